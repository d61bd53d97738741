"""nginx in front of a gateway, as it is delivered: files come from its cache, and the gateway decides about each."""

from __future__ import annotations

import socket
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError

import pytest
from command_kit import run
from edge_stack import gateway
from localstack_kit import LocalStack
from nginx_kit import Nginx, nginx, pass_of

NODE = "156130000"
OPEN, CLOSED = "/data/places/places.parquet", "/data/closed/closed.parquet"
QUOTAS = """
version = "2026-01-01"
[tiers.anonymous]
title = { zh = "公众", en = "Anybody" }
reach = "open"
limits.tile = { per_day = 10000, per_second = 100, burst = 600 }
limits.data = { per_day = 10000, per_second = 100, burst = 600, slice = 100 }
limits.bytes = { per_day = 2000000000, per_second = 20000000, burst = 400000000, slice = 20000000 }
[tiers.personal]
title = { zh = "个人", en = "Personal" }
reach = "key"
limits.data = { per_day = 1000, per_second = 100, burst = 500, slice = 100 }
limits.bytes = { per_day = 20000, per_second = 20000, burst = 20000, slice = 1000 }
[registration]
person = "personal"
"""


@dataclass(frozen=True)
class Site:
    """A workspace whose lake is a bucket, and where nginx and its gateway serve it."""

    folder: Path
    nginx: Nginx
    behind: int
    """Port of the gateway."""

    def run(self, *arguments: str) -> str:
        done = run("-C", str(self.folder), *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET", port: int = 0
    ) -> tuple[int, Message, bytes]:
        url = f"http://127.0.0.1:{port or self.nginx.port}{path}"
        request = urllib.request.Request(url, headers=dict(headers or {}), method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except HTTPError as error:
            return error.code, error.headers, error.read()

    def raw(self, path: str, port: int) -> tuple[int, bytes]:
        """Send a path exactly as it is written; return the status and the body."""
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            said = b"".join(iter(lambda: connection.recv(65536), b""))
        head, _, body = said.partition(b"\r\n\r\n")
        return int(head.split()[1]), body


@pytest.fixture(scope="module")
def site(localstack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("nginx")
    folder = base / "ws"
    credentials = localstack.session.get_credentials()
    assert credentials is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", credentials.access_key)
        patch.setenv("AWS_SECRET_ACCESS_KEY", credentials.secret_key)
        assert run("init", str(folder), "--node", NODE, "--lake", f"s3://{localstack.make_bucket()}").returncode == 0
        with (folder / "tianlake.toml").open("a", encoding="utf-8") as file:
            file.write(f'\n[aws]\nendpoint_url = "{localstack.url}"\nregion = "us-east-1"\n')
        products = folder / f"nodes/{NODE}/products"
        recipe = (products / "places.toml").read_text("utf-8")
        closed = recipe.replace('id = "places"', 'id = "closed"').replace('access = "open"', 'access = "key"')
        (products / "closed.toml").write_text(closed, "utf-8")
        (folder / "quotas.toml").write_text(QUOTAS, "utf-8")
        for command in ("build", "publish"):
            done = run("-C", str(folder), command)
            assert done.returncode == 0, done.stderr
        with gateway(folder, {}) as port, nginx(pass_of(folder), port, base / "nginx") as running:
            yield Site(folder, running, port)


def test_a_file_is_fetched_once_and_then_kept_and_says_the_same_as_the_gateway(site: Site) -> None:
    status, headers, body = site.get(OPEN)
    theirs = site.get(OPEN, port=site.behind)
    assert (status, body) == (theirs[0], theirs[2]) == (200, theirs[2])
    for name in ("ETag", "Content-Type", "Content-Length", "Cache-Control", "Access-Control-Allow-Origin"):
        assert headers[name] == theirs[1][name], name
    assert headers["RateLimit-Limit"] == theirs[1]["RateLimit-Limit"]
    status, headers, again = site.get(OPEN)
    assert (status, headers["X-Cache"], again) == (200, "HIT", body)
    status, headers, _body = site.get(OPEN, method="HEAD")
    assert (status, int(headers["Content-Length"])) == (200, len(body))


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-3", 206, slice(0, 4)),
        ("bytes=-4", 206, slice(-4, None)),
        ("bytes=4-", 206, slice(4, None)),
        ("bytes=99999999-", 416, None),
        ("bytes=0-0,2-2", 200, slice(None)),
    ],
)
def test_ranges_are_cut_from_what_is_kept(site: Site, wanted: str, status: int, part: slice | None) -> None:
    whole = site.get(OPEN)[2]
    told, headers, body = site.get(OPEN, {"Range": wanted})
    assert told == status
    if part is not None:
        assert body == whole[part]
    if status == 206:
        assert headers["Content-Range"].endswith(f"/{len(whole)}")


def test_conditions_hold(site: Site) -> None:
    etag = site.get(OPEN)[1]["ETag"]
    assert site.get(OPEN, {"If-None-Match": etag})[0] == 304
    assert site.get(OPEN, {"If-None-Match": '"other"'})[0] == 200
    assert site.get(OPEN, {"If-Match": etag, "Range": "bytes=0-3"})[0] == 206
    assert site.get(OPEN, {"If-Match": '"other"'})[0] == 412
    assert site.get(OPEN, {"If-Range": '"other"', "Range": "bytes=0-3"})[0] == 200


def test_what_is_kept_is_for_those_alone_whom_the_gateway_lets_in(site: Site) -> None:
    key = site.run("keys", "issue", "--name", "张三", "--kind", "person", "--accept-terms")
    for _time in range(2):
        status, headers, body = site.get(f"{CLOSED}?tk={key}")
    assert (status, headers["X-Cache"], headers["Cache-Control"].partition(",")[0]) == (200, "HIT", "private")
    assert site.get(CLOSED, {"X-Api-Key": key})[2] == body
    refused = site.get(CLOSED)
    theirs = site.get(CLOSED, port=site.behind)
    assert (refused[0], refused[2]) == (theirs[0], theirs[2]) == (401, theirs[2])
    assert refused[1]["Access-Control-Allow-Origin"] == "*"
    assert site.get(f"{CLOSED}?tk={'0' * 32}")[0] == 403
    assert site.get(CLOSED, {"Tianlake-Admitted": "00" * 32})[0] == 401
    assert site.get(CLOSED, method="OPTIONS")[0] == 204
    assert key not in site.nginx.logs
    assert (site.nginx.folder / "pass.conf").read_text("utf-8").split()[-1].rstrip(";") not in site.nginx.logs


def test_bytes_that_nginx_sends_are_charged_to_the_account(site: Site) -> None:
    key = site.run("keys", "issue", "--name", "李四", "--kind", "person", "--accept-terms")
    size = len(site.get(OPEN)[2])
    ranges = [f"bytes=0-{999 + number}" for number in range(40)]  # 1,000 bytes and some each, of 20,000 a day
    assert size > 1_100
    statuses = [site.get(OPEN, {"X-Api-Key": key, "Range": each})[0] for each in ranges]
    assert 15 <= statuses.count(206) <= 20
    assert set(statuses) == {206, 429}
    assert site.get(OPEN, {"X-Api-Key": key, "Range": "bytes=0-1999"})[1]["Retry-After"]


HOSTILE = (
    "/private/audit/end.json",
    "//private/audit/end.json",
    "/data/places/../../private/audit/end.json",
    "/data/places/..%2f..%2fprivate/audit/end.json",
    "/data/places/%2e%2e/%2e%2e/private/audit/end.json",
    "/releases/%2e%2e/private/audit/end.json",
    "/private%2faudit%2fend.json",
    "/private/x.pmtiles",
    "/data/places/../closed/closed.parquet",
    "/data/places/%2e%2e/closed/closed.parquet",
    "/data/places%2f..%2fclosed%2fclosed.parquet",
    "/data//closed/closed.parquet",
    "/data/closed/closed.parquet%00.txt",
    "/data/closed/closed%2eparquet",
    "/data\\closed\\closed.parquet",
    "/x/../data/closed/closed.parquet",
    f"/{NODE}/../data/closed/closed.parquet",
    "/_tianlake_word",
    "/data/../_tianlake_word",
)


@pytest.fixture(scope="module")
def key(site: Site) -> str:
    return site.run("keys", "issue", "--name", "王五", "--kind", "person", "--accept-terms")


@pytest.mark.parametrize("path", HOSTILE)
def test_no_spelling_of_a_path_opens_what_is_closed(site: Site, path: str, key: str) -> None:
    status, body = site.raw(path, site.nginx.port)
    assert status in {400, 401, 404}, (status, body[:100])
    assert b"PAR1" not in body
    # Nor after somebody who may have it made nginx keep it.
    if "closed" in path:
        assert site.get(f"{CLOSED}?tk={key}")[0] == 200
        assert b"PAR1" not in site.raw(path, site.nginx.port)[1]


def test_what_is_withdrawn_is_refused_though_it_is_kept(site: Site) -> None:
    kept = site.get("/tiles/places.pmtiles")
    assert (kept[0], site.get("/tiles/places.pmtiles")[1]["X-Cache"]) == (200, "HIT")
    site.run("withdraw", "--node", NODE, "--product", "places", "--reason", "test", "--yes")
    until = time.monotonic() + 20
    while site.get("/tiles/places.pmtiles")[0] != 404 and time.monotonic() < until:
        time.sleep(0.5)
    assert [site.get(path)[0] for path in ("/tiles/places.pmtiles", OPEN)] == [404, 404]
