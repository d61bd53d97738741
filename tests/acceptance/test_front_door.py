"""The front door as an operator and a user meet it: commands, a server of two workers, DuckDB.

What has to be the same wherever a node is served is asked of a gateway alone, of nginx in front of one, and of the edge
of a CDN with the packaged function, over a bucket.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError

import duckdb
import pytest
from command_kit import run
from demo_kit import free_port, wait_for
from edge_stack import edge, gateway, make_cloud
from localstack_kit import LocalStack
from nginx_kit import nginx, pass_of

from tianlake.lake.duck import connect

QUOTAS = """
version = "2026-01-01"
[tiers.anonymous]
title = { zh = "公众", en = "Anybody" }
reach = "open"
limits.tile = { per_day = 100, per_second = 10, burst = 10 }
[tiers.personal]
title = { zh = "个人", en = "Personal" }
reach = "key"
limits.tile = { per_day = 100, per_second = 10, burst = 50 }
limits.data = { per_day = 40, per_second = 100, burst = 100, slice = 10 }
limits.bytes = { per_day = 1000000, per_second = 1000000, burst = 1000000, slice = 100000 }
[registration]
person = "personal"
"""

NODE = "156130000"
DATA = "/data/places/places.parquet"


@dataclass(frozen=True)
class House:
    """A workspace with one node, whose only product asks for a key, and where it is served."""

    folder: Path
    port: int
    logs: tuple[Path, ...] = ()
    """Further files that servers in front write."""

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = run("-C", str(self.folder), *arguments)
        assert done.returncode == 0, done.stderr
        return done

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, Message, bytes]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=dict(headers or {}))
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.headers, answer.read()
        except HTTPError as error:
            return error.code, error.headers, error.read()

    def issue(self, *options: str) -> str:
        return self.run(
            "keys", "issue", "--name", "张三", "--kind", "person", "--accept-terms", *options
        ).stdout.strip()

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve it with two workers, as `tianlake serve` does; Ctrl-C ends it."""
        command = [sys.executable, "-m", "tianlake.cli", "-C", str(self.folder), "serve", "--port", str(self.port)]
        with (self.folder / "serve.log").open("ab") as log:
            process = subprocess.Popen([*command, "--workers", "2"], stdout=log, stderr=log)
            try:
                wait_for(f"http://127.0.0.1:{self.port}/readyz", process)
                yield
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(30)


def build(folder: Path, *options: str, settings: str | None = None) -> House:
    """Write, build and publish a workspace whose only product asks for a key."""
    assert run("init", str(folder), "--node", NODE, *options).returncode == 0
    recipe = folder / f"nodes/{NODE}/products/places.toml"
    recipe.write_text(recipe.read_text("utf-8").replace('access = "open"', 'access = "key"'), "utf-8")
    (folder / "quotas.toml").write_text(QUOTAS, "utf-8")
    if settings is not None:
        (folder / "tianlake.toml").write_text(settings, "utf-8")
    made = House(folder, free_port())
    made.run("build")
    made.run("publish")
    return made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return build(tmp_path_factory.mktemp("house") / "ws")


@pytest.fixture(scope="module")
def open_house(house: House) -> Iterator[House]:
    with house.served():
        yield house


@contextmanager
def behind_nginx(house: House, folder: Path) -> Iterator[House]:
    with gateway(house.folder, {}, "--workers", "2") as port, nginx(pass_of(house.folder), port, folder) as running:
        yield House(
            house.folder,
            running.port,
            tuple(folder / f"{name}.log" for name in ("tianlake", "tianlake-error", "error")),
        )


@contextmanager
def behind_edge(localstack: LocalStack, folder: Path) -> Iterator[House]:
    cloud = make_cloud(localstack)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cloud.environment.items():
            patch.setenv(name, value)
        made = build(folder / "ws", settings=cloud.settings)
        with gateway(made.folder, cloud.environment) as port:
            origins = dict.fromkeys(("gateway", "api", "web", "stac"), f"http://127.0.0.1:{port}")
            with edge(cloud, [NODE], NODE, folder, origins) as found:
                yield House(made.folder, found, (folder / "serve.log",))


@pytest.fixture(scope="module", params=["gateway", "nginx", "edge"])
def any_house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house as clients meet it: at its gateway, behind nginx, behind a CDN."""
    folder = tmp_path_factory.mktemp(request.param)
    match request.param:
        case "gateway":
            yield request.getfixturevalue("open_house")
        case "nginx":
            with behind_nginx(request.getfixturevalue("house"), folder) as found:
                yield found
        case _:
            with behind_edge(request.getfixturevalue("localstack"), folder) as found:
                yield found


def test_who_has_no_key_finds_the_product_and_is_told_how_to_have_it(any_house: House) -> None:
    status, _, body = any_house.get("/collections/places/collection.json")
    assert (status, json.loads(body)["tianlake:access"]) == (200, "key")
    status, headers, body = any_house.get(DATA, {"Origin": "https://example.org"})
    told = json.loads(body)
    assert (status, told["code"]) == (401, "key-missing")
    assert {"zh", "en"} == told["message"].keys() == told["resolve"].keys()
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert any_house.get(told["hint"])[0] == 200, "the hint leads somewhere"


@pytest.mark.parametrize("way", ["?tk=", "?TK=", "secret"])
def test_duckdb_reads_with_a_key_that_was_just_issued(any_house: House, way: str) -> None:
    key = any_house.issue()
    connection = connect()
    url = f"http://127.0.0.1:{any_house.port}{DATA}"
    if way == "secret":
        connection.execute(f"CREATE SECRET (TYPE http, BEARER_TOKEN '{key}')")
    else:
        url += f"{way}{key}"
    assert connection.execute(f"SELECT count(*) FROM read_parquet('{url}')").fetchone() == (3,)
    wrong = f"http://127.0.0.1:{any_house.port}{DATA}?tk={'0' * 32}"
    with pytest.raises(duckdb.Error):
        connect().execute(f"SELECT count(*) FROM read_parquet('{wrong}')")


def test_a_key_is_good_only_where_it_is_bound_to(any_house: House) -> None:
    browser, server = any_house.issue("--browser", "*.example.org"), any_house.issue("--server", "192.0.2.0/24")
    assert any_house.get(DATA, {"X-Api-Key": browser, "Origin": "https://map.example.org"})[0] == 200
    status, _, body = any_house.get(DATA, {"X-Api-Key": browser, "Referer": "https://example.net/page"})
    assert (status, json.loads(body)["seen"]) == (403, {"referer": "example.net"})
    status, _, body = any_house.get(DATA, {"X-Api-Key": server})
    assert (status, json.loads(body)["seen"]) == (403, {"client": "127.0.0.1"})


def test_all_keys_of_an_account_share_its_day_over_workers_and_restarts(house: House, open_house: House) -> None:
    issued = json.loads(
        house.run("keys", "issue", "--name", "李四", "--kind", "person", "--accept-terms", "--json").stdout
    )
    keys = [issued["key"], house.run("keys", "issue", "--account", issued["account"]).stdout.strip()]
    answers = [open_house.get(DATA, {"X-Api-Key": keys[n % 2]}) for n in range(60)]
    statuses = [status for status, _, _ in answers]
    # What one worker still holds the other cannot spend: fewer than the day's 40 by less than its slice of 10.
    assert 30 < statuses.count(200) <= 40
    assert set(statuses) == {200, 429}
    status, headers, body = answers[-1]
    assert (status, json.loads(body)["code"]) == (429, "day-used-up")
    assert int(headers["Retry-After"]) > 0
    warned = [headers.get("Tianlake-Quota-Warning") for status, headers, _ in answers if status == 200]
    assert warned[0] is None
    assert warned[-1] is not None
    told = json.loads(house.run("keys", "usage", issued["account"], "--json").stdout)
    assert str(issued["account"]) in json.dumps(told)
    assert open_house.get("/usage", {"X-Api-Key": keys[0]})[0] == 200


def test_what_was_used_before_a_restart_counts_after_it(house: House) -> None:
    issued = json.loads(
        house.run("keys", "issue", "--name", "王五", "--kind", "person", "--accept-terms", "--json").stdout
    )
    own = House(house.folder, free_port())
    counts = []
    for _ in range(2):
        with own.served():
            counts.append([own.get(DATA, {"X-Api-Key": issued["key"]})[0] for _ in range(30)].count(200))
    assert counts[0] == 30
    # Each worker may still hold up to a slice that the other needed; without what the first server gave back, none.
    assert 1 <= counts[1] <= 10, "leases come back when a server stops, and no unit is spent twice"


def test_no_key_is_in_the_log_nor_in_the_file_of_accounts(any_house: House) -> None:
    key = any_house.issue()
    for path in (
        f"{DATA}?tk={key}",
        f"/tiles/places/1/1/0.mvt?Tk={key}",
        f"/nowhere?tk={key}",
        f"/data/places/x?tk={key}",
    ):
        any_house.get(path, {"Authorization": f"Bearer {key}"})
    for file in (any_house.folder / "serve.log", *any_house.folder.glob("accounts.sqlite*"), *any_house.logs):
        assert key.encode() not in file.read_bytes()
