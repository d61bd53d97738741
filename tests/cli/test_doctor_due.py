"""`tianlake doctor` tells what time runs out for: incidents and the keys of another node, and what to do next."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from drill_kit import CITY, OFFICER, Drill, write_nodes

from tianlake.cli.app import tianlake
from tianlake.functions.accounts.snapshot import MEDIA_TYPE, public_key, write_snapshot
from tianlake.lake import keys
from tianlake.lake.store import DirectoryStore

SEED = bytes(range(32))


@pytest.fixture
def drill(tmp_path: Path) -> Drill:
    write_nodes(tmp_path)
    made = Drill(tmp_path)
    made.run("people", "add", OFFICER, "--node", CITY, "--name", "甲", "--organisation", "单位", "--role", "officer")
    return made


def found(drill: Drill, check: str) -> list[str]:
    """Return what one check of the city finds."""
    told = CliRunner().invoke(tianlake, ["-C", str(drill.root), "doctor", "--node", CITY, "--json"])
    rows = [row for row in json.loads(told.stdout)["findings"] if row["check"] == check]
    assert told.exit_code == 1 or all(row["level"] == "warning" for row in rows)
    return [f"{row['level']}: {row['what']['en']} -> {row['then']}" for row in rows]


def opened(drill: Drill, sort: str, hours_ago: float) -> str:
    when = f"{datetime.now(UTC) - timedelta(hours=hours_ago):%Y-%m-%dT%H:%M:%SZ}"
    told = ("--sort", sort, "--title", "甲", "--text", "乙", "--found", when, "--node", CITY, "--as", OFFICER)
    return str(drill.json("incident", "open", *told)["incident"])


def test_incidents_are_told_before_and_after_their_deadline_with_the_step_that_is_due(drill: Drill) -> None:
    assert found(drill, "incidents") == []
    late, soon = opened(drill, "incident", 25), opened(drill, "incident", 1)
    assert sorted(each.partition(" due ")[0] for each in found(drill, "incidents")) == sorted(
        [f"wrong: incident {late}: was", f"warning: incident {soon}: is"]
    )
    assert all(each.endswith(f"--node {CITY} --reported") for each in found(drill, "incidents"))
    for name in (late, soon):
        drill.run("incident", "update", name, "--reported", "--text", "已报", "--node", CITY, "--as", OFFICER)
    assert found(drill, "incidents") == [], "thirty days are left to close them"
    risk = opened(drill, "risk", 29 * 24)
    [told] = found(drill, "incidents")
    assert told.startswith(f"wrong: incident {risk}: was due ")
    assert told.endswith(f"-> tianlake incident close {risk} --node {CITY}")


def test_an_incident_that_cannot_be_believed_does_not_hide_the_next(drill: Drill) -> None:
    names = sorted((opened(drill, "incident", 30), opened(drill, "incident", 30)))
    file = drill.lake / CITY / keys.incident_step(names[0], 1)
    file.write_bytes(file.read_bytes().replace("乙".encode(), "丙".encode()))
    first, second = found(drill, "incidents")
    assert "is not the step that officer-a signed" in first
    assert names[1] in second


@pytest.fixture
def ages(drill: Drill) -> Drill:
    settings = drill.root / "tianlake.toml"
    settings.write_text(f'{settings.read_text("utf-8")}\n[accounts]\nissuer_key = "{public_key(SEED)}"\n', "utf-8")
    return drill


def test_the_age_of_keys_of_another_node_is_told_with_the_sync_that_comes_next(ages: Drill) -> None:
    then = f"tianlake keys sync --node {CITY}"
    assert found(ages, "snapshot") == [
        f"wrong: {CITY}/private/keys.snapshot: there is none: no key is known here -> {then}"
    ]
    store = DirectoryStore(ages.lake / CITY)
    for hours, level in ((1, None), (25, "warning"), (24 * 7 + 1, "wrong")):
        data = write_snapshot([], "156000000", SEED, time.time() - hours * 3600)
        store.put(keys.KEYS_SNAPSHOT, data, media_type=MEDIA_TYPE)
        what = f"{CITY}/private/keys.snapshot: is {hours} hours old: keys that were revoked since still work here"
        assert found(ages, "snapshot") == ([f"{level}: {what} -> {then}"] if level else [])
    store.put(keys.KEYS_SNAPSHOT, b"tianlake-keys 1\n{}\nAAAA\n", media_type=MEDIA_TYPE)
    [told] = found(ages, "snapshot")
    assert told.startswith("wrong: ")
    assert told.endswith(then)


def test_a_node_with_keys_of_its_own_has_no_snapshot_to_tell_of(drill: Drill) -> None:
    assert found(drill, "snapshot") == []
