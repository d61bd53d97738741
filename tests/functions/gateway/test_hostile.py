"""What people send who mean no good, byte by byte to a running gateway."""

from __future__ import annotations

import secrets

import pytest
from gateway_kit import NODE, RELEASE_1, pointer, release
from server_kit import running, write

CANARY = secrets.token_hex(16)
"""In every private object; in no answer."""

HOST = b"Host: x\r\n"
CLOSE = b"Connection: close\r\n\r\n"
HIDDEN = b"GET /private/keys.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    base = tmp_path_factory.mktemp("workspace")
    objects = {"catalog.json": b'{"type":"Catalog"}', "private/keys.json": CANARY.encode()}
    files = {"places.parquet": b"table" * 2000, "places.pmtiles": b"archive"}
    write(base / "lake" / NODE, objects | release(RELEASE_1, files) | pointer(RELEASE_1))
    with running(base, [NODE]) as server:
        yield server


def statuses(answer: bytes) -> list[int]:
    """Return the status of each answer in a stream of them."""
    return [int(part.split(b" ", 1)[1][:3]) for part in answer.split(b"HTTP/1.1")[1:] for part in (b"x" + part,)]


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param(b"GET /catalog.json HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n" + CLOSE, 400, id="folded line"),
        pytest.param(b"GET /catalog.json HTTP/1.1\r\nHost: x\rX: y\r\n" + CLOSE, 400, id="bare CR"),
        pytest.param(b"GET /catalog.json HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n" + CLOSE, 400, id="NUL in a field"),
        pytest.param(b"GET /catalog.json\0 HTTP/1.1\r\n" + HOST + CLOSE, 400, id="NUL in the path"),
        pytest.param(b"GET /catalog.json\r\n\r\n", 400, id="HTTP/0.9"),
        pytest.param(b"GET /catalog.json HTTP/3.0\r\n" + HOST + CLOSE, 400, id="HTTP/3.0 as text"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, id="TLS"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None, id="HTTP/2 without TLS"),
        pytest.param(
            b"GET /catalog.json HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 500_000 + b"\r\n" + CLOSE,
            431,
            id="a field too long",
        ),
        pytest.param(b"GET /catalog.json HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 500 + CLOSE, 431, id="too many fields"),
        pytest.param(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + CLOSE, 414, id="a path too long"),
        pytest.param(b"CONNECT x:80 HTTP/1.1\r\n" + HOST + CLOSE, 405, id="CONNECT"),
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_closed(server, request_bytes, status):
    assert statuses(server.raw(request_bytes)) == ([status] if status else [])


@pytest.mark.parametrize("piece", [None, 1_000, 65_000], ids=["at once", "in small pieces", "in large pieces"])
@pytest.mark.parametrize(
    ("size", "status"), [(60_000, 200), (66_000, 431), (120_000, 431), (200_000, 431), (500_000, 431)]
)
def test_whether_a_head_is_too_large_hangs_on_its_size_alone(server, size, status, piece):
    """The server's reader refuses a head that is over its limit before a read, and not after the last one."""
    head = b"GET /catalog.json HTTP/1.1\r\n" + HOST + b"X: " + b"a" * size + b"\r\n" + CLOSE
    assert [statuses(server.raw(head, piece)) for _ in range(4)] == [[status]] * 4


def test_a_head_that_is_too_large_is_told_so_and_the_next_request_answered(server):
    many = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1_000) for number in range(80))
    head = b"GET /catalog.json HTTP/1.1\r\n" + HOST + many + b"\r\n"
    answer = server.raw(head + b"GET /catalog.json HTTP/1.1\r\n" + HOST + CLOSE)
    assert statuses(answer) == [431, 200]
    assert b'"code":"head-too-large"' in answer


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(b"Content-Length: 0\r\nContent-Length: 78\r\n\r\n", id="two lengths"),
        pytest.param(b"Content-Length: 0, 78\r\n\r\n", id="a list of lengths"),
        pytest.param(b"Content-Length: +0\r\n\r\n", id="a signed length"),
        pytest.param(b"Content-Length: 0x0\r\n\r\n", id="a length in hex"),
        pytest.param(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="length and chunks"),
        pytest.param(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", id="chunks and length"),
        pytest.param(b"Transfer-Encoding: xchunked\r\n\r\n", id="unknown coding"),
        pytest.param(b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", id="chunked not last"),
        pytest.param(b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", id="space before the colon"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n", id="a chunk of no size"),
    ],
)
@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_where_a_body_ends_is_never_doubtful(server, method, fields):
    """RFC 9112 §11.2: two servers that disagree on it take part of one client's request for another's."""
    answer = server.raw(method + b" /catalog.json HTTP/1.1\r\n" + HOST + fields + HIDDEN)
    assert len(statuses(answer)) == 1, answer
    assert CANARY.encode() not in answer


def test_a_body_that_looks_like_a_request_is_a_body(server):
    request = b"GET /catalog.json HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(HIDDEN)
    last = b"GET /nowhere HTTP/1.1\r\n" + HOST + CLOSE
    assert statuses(server.raw(request + HIDDEN + last)) == [200, 404]


@pytest.mark.parametrize("fill", [b"%2e%2e", b"%252e%252e", b"..", b".%00.", b"%c0%ae%c0%ae", b"\xe2\x80\xa5"])
@pytest.mark.parametrize("slash", [b"/", b"%2f", b"%5c", b"//"])
def test_no_way_up_leads_to_private(server, fill, slash):
    for start in (
        b"/portal/",
        b"/releases/places/",
        b"/data/places/",
        b"/tiles/",
        b"/156130000/portal/",
        b"/accounts/",
    ):
        path = start + slash.join([fill, fill, fill, b"private", b"keys.json"])
        answer = server.raw(b"GET " + path + b" HTTP/1.1\r\n" + HOST + CLOSE)
        assert statuses(answer)[0] in {400, 404}, path
        assert CANARY.encode() not in answer


def test_bare_line_feeds_end_lines_and_nothing_else(server):
    """RFC 9112 §2.2 lets a server take LF alone for the end of a line; a request still ends where it ends."""
    answer = server.raw(b"GET /catalog.json HTTP/1.1\nHost: x\nConnection: close\n\n" + HIDDEN)
    assert statuses(answer) == [200]
    assert CANARY.encode() not in answer
