"""The gateway as a process: what goes over the wire, and how it starts and stops."""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import os
import signal
import socket
import time
from dataclasses import replace

import httpx
import psutil
import pytest
from gateway_kit import CITY, NODE, RELEASE_1, RELEASE_2, pointer, release
from server_kit import Server, free_port, running, start, write

from tianlake.lake.quotas import DEFAULT_POLICY, METERS, Limit

BODY = os.urandom(3_000_000)
SMALL = os.urandom(50_000)
FILE = f"/releases/places/{RELEASE_1}/places.parquet"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    base = tmp_path_factory.mktemp("workspace")
    # These tests ask as fast as they can, without a key: more often than a node lets anybody.
    anybody = replace(
        DEFAULT_POLICY.tiers["anonymous"], limits=dict.fromkeys(METERS, Limit(10**12, 1e12, 10**12, 10**9))
    )
    policy = replace(DEFAULT_POLICY, tiers=DEFAULT_POLICY.tiers | {"anonymous": anybody})
    objects = {
        "quotas.json": json.dumps(policy.document()).encode(),
        "catalog.json": b'{"type":"Catalog"}',
        "portal/index.html": b"<!doctype html>",
        "private/x.json": b"secret",
    }
    files = {"places.parquet": BODY, "small.parquet": SMALL, "places.pmtiles": b"archive"}
    write(base / "lake" / NODE, objects | release(RELEASE_1, files) | pointer(RELEASE_1))
    write(base / "lake" / CITY, {"catalog.json": b'{"id":"city"}'})
    return base


@pytest.fixture(scope="module")
def server(base):
    with running(base, [NODE, CITY]) as server:
        yield server


def head_and_body(answer: bytes) -> tuple[bytes, dict[bytes, bytes], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in lines)
    return status, fields, body


def test_ranges_over_the_wire_are_slices_of_the_file(server):
    with httpx.Client(base_url=server.url) as client:
        for first, last in [(0, 0), (0, 15), (1_000_000, 1_999_999), (2_999_999, 2_999_999), (0, 2_999_999)]:
            answer = client.get(FILE, headers={"range": f"bytes={first}-{last}"})
            assert answer.status_code == 206
            assert answer.content == BODY[first : last + 1]
            assert answer.headers["content-range"] == f"bytes {first}-{last}/3000000"
        assert client.get(FILE).content == BODY


def test_a_head_over_the_wire_has_the_length_and_no_body(server):
    ask = f"HEAD {FILE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    status, fields, body = head_and_body(server.raw(ask))
    assert status == b"HTTP/1.1 200 OK"
    assert fields[b"content-length"] == b"3000000"
    assert body == b""


def test_a_304_and_a_204_over_the_wire_leave_the_connection_usable(server):
    with httpx.Client(base_url=server.url) as client:
        tag = client.get(FILE, headers={"range": "bytes=0-9"}).headers["etag"]
        for _ in range(3):
            assert client.get(FILE, headers={"range": "bytes=0-9", "if-none-match": tag}).status_code == 304
            assert client.options(FILE).status_code == 204
        assert client.get(FILE, headers={"range": "bytes=0-9"}).content == BODY[:10]


@pytest.mark.parametrize(
    "path",
    [
        b"/private/x.json",
        b"/portal/../private/x.json",
        b"/./private/x.json",
        b"/portal/%2e%2e/private/x.json",
        b"/portal/..%2fprivate/x.json",
        b"//private/x.json",
        b"/156131000/../156130000/private/x.json",
        b"/" + b"a" * 3000,
        b"http://other.test/private/x.json",
    ],
)
def test_no_spelling_on_the_wire_reaches_a_private_object(server, path):
    answer = server.raw(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    status, fields, body = head_and_body(answer)
    assert status == b"HTTP/1.1 404 Not Found"
    assert fields[b"access-control-allow-origin"] == b"*"
    assert b"secret" not in body


def test_requests_in_one_connection_are_answered_in_order(server):
    one = b"GET /catalog.json HTTP/1.1\r\nHost: x\r\n\r\n"
    last = f"GET /{CITY}/catalog.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    answer = server.raw(one + one + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.endswith(b'{"id":"city"}')


def test_a_request_without_a_host_still_gets_its_file(server):
    answer = server.raw(b"GET /catalog.json HTTP/1.0\r\n\r\n")
    assert answer.endswith(b'{"type":"Catalog"}')


def test_of_two_hosts_neither_is_believed(server):
    request = b"GET /tiles/places.json HTTP/1.1\r\nHost: map.test\r\n%sConnection: close\r\n\r\n"
    assert server.raw(request % b"").startswith(b"HTTP/1.1 200 ")
    assert server.raw(request % b"Host: evil.test\r\n").startswith(b"HTTP/1.1 400 ")


def test_a_file_cut_short_under_a_download_closes_the_connection(server, base):
    name = f"lake/{NODE}/releases/places/{RELEASE_1}/long.parquet"
    (base / name).write_bytes(bytes(200_000_000))
    with server.connect() as connection:
        path = f"/{name.removeprefix('lake/')}"
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        received = len(connection.recv(1000))
        os.truncate(base / name, 10_000_000)
        while part := connection.recv(1 << 20):
            received += len(part)
    (base / name).unlink()
    assert received < 200_000_000, "the missing bytes were made up"


def test_a_client_that_goes_away_stops_the_reading(server, base):
    name = f"lake/{NODE}/releases/places/{RELEASE_1}/endless.parquet"
    with (base / name).open("wb") as file:
        file.truncate(50_000_000_000)
    with server.connect() as connection:
        connection.sendall(f"GET /{name.removeprefix('lake/')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        connection.recv(1000)
    until = time.monotonic() + 10
    while any(name in file.path for each in workers(server) for file in each.open_files()):
        assert time.monotonic() < until, "the server reads on for nobody"
        time.sleep(0.1)
    (base / name).unlink()


def workers(server: Server) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children(recursive=True)


def test_it_listens_on_the_address_given_and_no_other(server):
    listening = {
        each.laddr for process in workers(server) for each in process.net_connections() if each.status == "LISTEN"
    }
    assert listening == {("127.0.0.1", server.port)}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port), timeout=2)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_without_a_word_on_standard_output(base, how):
    with running(base, [NODE], workers=2) as server:
        children = workers(server)
        assert len(children) == 2
        code, printed, log = server.stop(how)
        assert (code, printed) == (0, "")
        assert "Traceback" not in log
        assert not [each for each in children if each.is_running()]


def test_a_request_under_way_is_finished_when_the_server_stops(base):
    with running(base, [NODE]) as server, server.connect() as connection:
        connection.sendall(f"GET {FILE} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        received = connection.recv(1000)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        while part := connection.recv(1 << 20):
            received += part
        assert received.partition(b"\r\n\r\n")[2] == BODY


def test_two_workers_share_the_port_and_agree(base):
    with running(base, [NODE, CITY], workers=2) as server, httpx.Client(base_url=server.url) as client:

        def fetch(turn: int) -> str:
            first = turn * 100
            answer = client.get(FILE, headers={"range": f"bytes={first}-{first + 99}"})
            assert answer.content == BODY[first : first + 100]
            return answer.headers["etag"]

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(fetch, range(100)))) == 1


def test_a_worker_that_dies_is_replaced(base):
    with running(base, [NODE], workers=2) as server:
        before = workers(server)
        before[0].kill()
        until = time.monotonic() + 10
        while len(alive := [each for each in workers(server) if each.status() != psutil.STATUS_ZOMBIE]) < 2 or (
            before[0] in alive
        ):
            assert time.monotonic() < until
            time.sleep(0.1)
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        _, printed, log = server.stop()
        assert printed == "", "standard output belongs to the caller"
        assert "Unexpected exit from worker" in log


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"lake": "http://example.test"}, "lake url"),
        ({"root": CITY}, "is not among"),
        ({"host": "no-such-host.invalid"}, "no address of this machine"),
        ({"host": "192.0.2.1"}, "cannot be listened on"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(base, settings, rule):
    process = start(base, [NODE], **({"port": free_port()} | settings))
    out, log = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")
    assert log.startswith("error: ")
    assert rule in log
    assert log.count("\n") == 1


def test_a_port_that_is_taken_is_said_in_one_line(base, server):
    process = start(base, [NODE], port=server.port)
    _, log = process.communicate(timeout=20)
    assert process.returncode == 1
    assert log.startswith(f"error: serve: 127.0.0.1:{server.port}: the port is taken; ")
    assert log.count("\n") == 1


def test_a_publish_shows_within_a_second_and_never_as_a_mixture(base):
    root = base / "lake" / NODE
    new = os.urandom(50_000)
    write(root, release(RELEASE_2, {"small.parquet": new}))
    with running(base, [NODE], workers=2) as server, httpx.Client(base_url=server.url) as client:
        assert client.get("/data/places/small.parquet").content == SMALL
        part = root / "collections/places/.tmp-collection"
        part.write_bytes(pointer(RELEASE_2)["collections/places/collection.json"])
        part.replace(root / "collections/places/collection.json")
        seen, until = set(), time.monotonic() + 1.3
        while time.monotonic() < until:
            answer = client.get("/data/places/small.parquet")
            assert answer.content in (SMALL, new)
            seen.add(hashlib.sha256(answer.content).hexdigest())
        assert client.get("/data/places/small.parquet").content == new
        assert len(seen) == 2
    write(root, pointer(RELEASE_1))
