"""`tianlake stats`: its figures are those of requests that were really sent through a gateway, counted by hand."""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archive_kit import one_tile
from command_kit import run
from gateway_kit import KEY, NODE, ONE_KEY, RELEASE_1, MemoryReader, ask_async, gateway_of, pointer, release

from tianlake.functions.gateway.access_log import Logged
from tianlake.functions.gateway.log_writer import LogWriter
from tianlake.functions.gateway.node import Node
from tianlake.lake.freshness import today
from tianlake.lake.store import DirectoryStore

PATHS = [
    *["/tiles/places/0/0/0.mvt"] * 7,
    *[f"/data/places/places.parquet?tk={KEY}"] * 3,
    *["/catalog.json"] * 2,
    *["/nothing/here"] * 4,
    *["/healthz"] * 9,
]


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> tuple[Path, list[tuple[str, int, int]]]:
    """A workspace whose node was asked for all of `PATHS`, and what came: path, status, bytes."""
    folder = tmp_path_factory.mktemp("stats")
    (folder / f"nodes/{NODE}").mkdir(parents=True)
    (folder / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    text = f'code = "{NODE}"\n[operator]\nname = "x"\nurl = "https://example.org"\n[authority]\nname = "y"\n'
    (folder / f"nodes/{NODE}/node.toml").write_text(text)
    files = {"places.pmtiles": one_tile(folder), "places.parquet": bytes(5000)}
    objects = release(RELEASE_1, files) | pointer(RELEASE_1) | {"catalog.json": b'{"id":"n"}'}
    writer = LogWriter({NODE: DirectoryStore(folder / "lake" / NODE)}, folder / "spool")
    app = Logged(
        gateway_of({NODE: Node(NODE, MemoryReader(objects))}, ONE_KEY),
        writer.note,
        writer.close,
        root=NODE,
        trust_forwarded=False,
    )

    async def all_of_them() -> list[tuple[str, int, int]]:
        answers = [(path, await ask_async(app, path)) for path in PATHS]
        return [(path, answer.status, len(answer.body)) for path, answer in answers]

    got = asyncio.run(all_of_them())
    writer.close()
    return folder, got


def test_the_figures_are_those_of_what_was_sent(asked):
    folder, got = asked
    done = run("-C", str(folder), "stats", "--json", "--by", "kind", "--by", "product", "--by", "day", "--by", "code")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    counted = [each for each in got if each[0] != "/healthz"]
    every = told["all"]
    assert every["requests"] == len(counted) == 16
    assert every["bytes"] == sum(size for _, _, size in counted)
    assert every["answered"] == sum(status < 400 for _, status, _ in counted)
    assert every["refused"] == sum(400 <= status < 500 for _, status, _ in counted) == 4
    assert (every["failed"], every["hits"], every["accounts"], every["clients"]) == (0, 0, 1, 1)
    assert 0 < every["p50_ms"] <= every["p99_ms"]
    kinds = {each["name"]: each["requests"] for each in told["by"]["kind"]}
    assert kinds == {"tile": 7, "data": 3, "catalog": 2, "other": 4}
    assert [(each["name"], each["requests"]) for each in told["by"]["product"]] == [(f"{NODE} places", 10)]
    assert [(each["name"], each["requests"]) for each in told["by"]["code"]] == [("not-found", 4)]
    assert sum(each["requests"] for each in told["by"]["day"]) == 16
    assert Counter(status for _, status, _ in counted) == {200: 12, 404: 4}


def test_people_see_a_chart_and_days_of_china(asked):
    folder, _ = asked
    done = run("-C", str(folder), "stats", "--by", "day", lang="zh_CN.UTF-8")
    assert done.returncode == 0, done.stderr
    [_, row] = done.stdout.strip().splitlines()
    assert row.split()[:3] == [today(datetime.now(UTC)).isoformat(), "16", "4"]
    assert row.endswith("█" * 40)
    assert "请求 16（拒绝 4，失败 0）" in done.stderr


def test_logs_of_an_edge_are_taken_in_once_and_old_ones_go_by_policy(asked, tmp_path):
    folder = shutil.copytree(asked[0], tmp_path / "workspace")
    days = [datetime.now(UTC) - timedelta(days=age) for age in (0, 199, 202)]
    head = "#Fields: date time sc-bytes c-ip cs-method cs-uri-stem sc-status x-edge-result-type time-taken\n"
    rows = [f"{day:%Y-%m-%d}\t00:00:01\t100\t192.0.2.9\tGET\t/tiles/roads/0/0/0.mvt\t200\tHit\t0.002\n" for day in days]
    (folder / "edge").mkdir()
    (folder / "edge/a.gz").write_bytes(gzip.compress((head + "".join(rows)).encode()))
    since = f"{days[-1] - timedelta(days=2):%Y-%m-%d}"
    done = run("-C", str(folder), "stats", "--json", "--collect", "edge", "--tidy", "--since", since, "--by", "product")
    told = json.loads(done.stdout)
    assert told["collected"] == 2  # one is older than the policy keeps
    assert {each["name"]: (each["requests"], each["hits"]) for each in told["by"]["product"]} == {
        f"{NODE} roads": (2, 2),
        f"{NODE} places": (10, 0),
    }
    again = run("-C", str(folder), "stats", "--json", "--collect", "edge", "--since", since)
    assert json.loads(again.stdout)["collected"] == 0
    refused = run("-C", str(folder), "stats", "--collect", "nowhere")
    assert (refused.returncode, refused.stderr) == (2, "tianlake: stats: nowhere: holds no log files\n")


def test_a_window_without_a_log_says_so(asked):
    done = run("-C", str(asked[0]), "stats", "--until", "2026-01-31", "--since", "2026-01-01", lang="zh_CN.UTF-8")
    assert (done.returncode, done.stdout) == (0, "")
    assert "没有访问日志" in done.stderr


@pytest.mark.parametrize("given", [("--since", "0001-01-01"), ("--until", "9999-12-31")])
def test_days_that_no_log_can_have_are_refused_in_one_line(given: tuple[str, str], asked) -> None:
    done = run("-C", str(asked[0]), "stats", *given)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "a day from 1970-01-02 on is meant, before the year 9999" in done.stderr


def test_what_a_network_has_at_its_root_is_of_the_node_that_is_there_whoevers_figures_are_shown(tmp_path: Path) -> None:
    (tmp_path / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    for code in ("156000000", NODE):
        (tmp_path / f"nodes/{code}").mkdir(parents=True)
        text = f'code = "{code}"\n[operator]\nname = "a"\n[authority]\nname = "b"\n'
        (tmp_path / f"nodes/{code}/node.toml").write_text(text)
    head = "#Fields: date time sc-bytes c-ip cs-method cs-uri-stem sc-status x-edge-result-type time-taken\n"
    row = f"{datetime.now(UTC):%Y-%m-%d}\t00:00:01\t100\t192.0.2.9\tGET\t%s\t200\tHit\t0.002\n"
    for number, place in enumerate(("edge", "own")):
        (tmp_path / place).mkdir()
        paths = [f"/{NODE}/tiles/roads/0/0/0.mvt"] * 2 + ["/tiles/roads/0/0/0.mvt"] * (3 + number)
        (tmp_path / place / "a").write_text(head + "".join(row % path for path in paths))

    def counted(code: str, *more: str) -> int:
        done = run("-C", str(tmp_path), "stats", "--node", code, "--json", *more)
        assert done.returncode == 0, done.stderr
        return int(json.loads(done.stdout)["all"]["requests"])

    assert counted(NODE, "--collect", "edge") == 2
    assert counted("156000000") == 3
    assert counted(NODE, "--collect", "own", "--root", NODE) == 2 + 2 + 4
    assert run("-C", str(tmp_path), "stats", "--root", NODE).returncode == 2
