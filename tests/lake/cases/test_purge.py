"""Caches are told what to forget: the paths, and one invalidation of CloudFront however often it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree as ET

import pytest

from tianlake.lake.cases.purge import MOST, CloudFrontPurger, Purge, purge_of
from tianlake.lake.errors import StoreError
from tianlake.lake.store import S3Settings

CASE = "c20261127-0123456789"


def test_of_one_product_every_address_is_forgotten_below_the_nodes_root() -> None:
    found = purge_of(CASE, "/156131000", {"places": "r2"}, ())
    assert found.paths == ("/156131000/*",), "more paths than CloudFront takes at once are one"
    own = purge_of(CASE, "", {}, ("vec",)).paths
    assert len(own) <= MOST
    assert {"/vec_*", "/feed.*", "/federation/*", "/ogc*"} <= set(own)


def test_the_same_purge_has_the_same_reference_and_another_release_another() -> None:
    first, again = (purge_of(CASE, "", {"places": "r2"}, ()) for _ in range(2))
    assert first == again
    assert purge_of(CASE, "", {"places": "r3"}, ()).reference != first.reference


@pytest.fixture
def cloudfront(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A server that imitates CloudFront's CreateInvalidation (API of 2020-05-31), and keeps what it was told."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    asked: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            asked.append((self.path, body))
            known = "/distribution/E1A2B3C4D5/" in self.path
            space = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
            good = f'<Invalidation xmlns="{space}"><Id>I1</Id><Status>InProgress</Status></Invalidation>'
            bad = f'<ErrorResponse xmlns="{space}"><Error><Code>NoSuchDistribution</Code></Error></ErrorResponse>'
            answer = (good if known else bad).encode()
            self.send_response(201 if known else 404)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_cloudfront_is_told_the_paths_and_the_reference(cloudfront: tuple[str, list[tuple[str, bytes]]]) -> None:
    url, asked = cloudfront
    purger = CloudFrontPurger("E1A2B3C4D5", S3Settings(endpoint_url=url, region="us-east-1"))
    assert purger.purge(Purge(("/156131000/*", "/feed.*"), "c1-abc")) == "I1"
    [(path, body)] = asked
    assert path == "/2020-05-31/distribution/E1A2B3C4D5/invalidation"
    texts = [each.text for each in ET.fromstring(body).iter() if each.text and each.text.strip()]
    assert sorted(texts) == sorted(["2", "/156131000/*", "/feed.*", "c1-abc"])


def test_a_distribution_that_is_not_told_stops_the_case(cloudfront: tuple[str, list[tuple[str, bytes]]]) -> None:
    url, _asked = cloudfront
    purger = CloudFrontPurger("E9", S3Settings(endpoint_url=url, region="us-east-1"))
    with pytest.raises(StoreError, match=r"E9: was not told to forget: .*NoSuchDistribution"):
        purger.purge(Purge(("/*",), "c1-abc"))
