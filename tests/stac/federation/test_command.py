"""`tianlake node add`, `federate`, `node tree`: three levels in one workspace, and in three, each behind a gateway."""

from __future__ import annotations

import base64
import json
import shutil
import stat
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from command_kit import run
from federation_kit import CITY, NATION, PROVINCE, Tree, planted
from office_kit import refused, told, workspace
from server_kit import running
from stac_kit import Assets

from tianlake.lake import keys
from tianlake.lake.releases import Candidate
from tianlake.lake.store import DirectoryStore
from tianlake.lake.trail import Act, Trail

WITHDRAWN = ("--reason", "x", "--yes")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, assets: Assets, candidates: dict[str, Candidate]) -> Tree:
    return planted(tmp_path_factory.mktemp("published") / "lake", assets, candidates)


@pytest.fixture(scope="module")
def joined(published: Tree, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """One workspace with the nation, the province and the city, harvested; and what the command told."""
    folder = tmp_path_factory.mktemp("joined")
    shutil.copytree(published.folder, folder / "lake")
    workspace(folder, NATION, PROVINCE, CITY)
    for code in (CITY, PROVINCE, NATION):
        assert told(folder, "node", "add", code, "--new-key")["key"].startswith("ed25519:")
    return folder, told(folder, "federate")


@pytest.fixture
def whole(joined: tuple[Path, Any], tmp_path: Path) -> Path:
    """The same workspace, of the test's own."""
    return shutil.copytree(joined[0], tmp_path / "whole")


def test_three_nodes_of_one_workspace_are_a_tree(joined: tuple[Path, Any]) -> None:
    folder, (province, nation) = joined
    assert [each["node"] for each in (province, nation)] == [PROVINCE, NATION], "the lowest first"
    assert nation["children"][0]["added"] == ["n156130000-scenes", "n156131000-climate", "n156131000-counties"]
    catalog = json.loads((folder / f"lake/{NATION}/catalog.json").read_bytes())
    assert f"./federation/{PROVINCE}/catalog.json" in [each["href"] for each in catalog["links"]]
    shown = told(folder, "node", "tree")
    assert [(each["code"], each["parent"], each["state"], each["collections"]) for each in shown] == [
        (NATION, "", "fresh", 1),
        (PROVINCE, NATION, "fresh", 1),
        (CITY, PROVINCE, "fresh", 2),
    ]
    lines = run("-C", str(folder), "node", "tree").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [NATION, PROVINCE, CITY]
    assert lines[3].startswith(f"    {CITY}  天地图·廊坊")


def test_private_keys_are_for_their_owner_alone_and_in_no_bucket(joined: tuple[Path, Any]) -> None:
    folder, _told = joined
    assert (folder / "signing/.gitignore").read_text() == "*\n"
    published = [path.read_bytes() for path in (folder / "lake").rglob("*") if path.is_file()]
    for code in (CITY, PROVINCE, NATION):
        key = folder / f"signing/{code}.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        seed = key.read_bytes().strip()
        assert not [body for body in published if seed in body or base64.b64decode(seed) in body]


def test_a_child_that_fails_is_told_with_exit_code_1_and_seen_in_the_tree(whole: Path) -> None:
    (whole / f"lake/{CITY}" / keys.OFFER).unlink()
    province, nation = told(whole, "federate", code=1)
    assert province["children"][0]["outcome"] == "failed"
    assert "does not exist" in province["children"][0]["reason"]
    assert nation["children"][0]["outcome"] == "taken"
    states = {each["code"]: (each["state"], each["collections"]) for each in told(whole, "node", "tree")}
    assert states == {NATION: ("fresh", 1), PROVINCE: ("fresh", 1), CITY: ("stale", 2)}


def test_what_is_wrong_is_told_in_one_line(whole: Path) -> None:
    assert "has no registered children" in refused(whole, "federate", "--node", CITY)
    child = whole / f"nodes/{PROVINCE}/children/{CITY}.toml"
    child.write_text(child.read_text().replace("ed25519:", "ed25519:A"))
    assert f"nodes/{PROVINCE}/children/{CITY}.toml: keys.0: " in refused(whole, "federate")
    assert "--key: the child's public key is needed" in refused(whole, "node", "add", "https://map.example")
    assert "ed25519:" in refused(whole, "node", "add", f"file:{whole}/lake/{CITY}", "--key", "ed25519:AAAA")
    (whole / f"signing/{CITY}.key").chmod(0o644)
    assert "a private key that others can read; run: chmod 600" in refused(whole, "node", "show", CITY)
    node = whole / f"nodes/{PROVINCE}/node.toml"
    node.write_text(
        "\n".join(line for line in node.read_text().splitlines() if not line.startswith('url = "https://hebei'))
    )
    assert f"nodes/{PROVINCE}/node.toml: url: " in refused(whole, "node", "add", PROVINCE)


def test_three_offices_each_behind_a_gateway_of_its_own(published: Tree, tmp_path: Path) -> None:
    """Each has a workspace, a key and a server; all they tell each other is an address and a public key."""
    with ExitStack() as stack:
        places: dict[str, Path] = {}
        for code in (CITY, PROVINCE, NATION):
            base = tmp_path / code
            shutil.copytree(published.folder / code, base / "lake" / code)
            server = stack.enter_context(running(base, [code]))
            places[code] = workspace(base, code, url=server.url)
            key = told(base, "node", "add", code)["key"]
            if code == CITY:
                city = (server.url, key)
            if code == PROVINCE:
                wrong = refused(base, "node", "add", city[0], "--key", key)
                assert "by none of the keys" in wrong
                assert told(base, "node", "add", city[0], "--key", city[1])["parent"] == PROVINCE
                assert told(base, "federate")[0]["children"][0]["added"] == [
                    "n156131000-climate",
                    "n156131000-counties",
                ]
                province = (server.url, key)
        nation = places[NATION]
        skipped = refused(nation, "node", "add", city[0], "--key", city[1])
        assert f"it is registered at its parent {PROVINCE}" in skipped
        told(nation, "node", "add", province[0], "--key", province[1])
        (report,) = told(nation, "federate")
        assert report["children"][0]["added"] == ["n156130000-scenes", "n156131000-climate", "n156131000-counties"]
        (report,) = told(nation, "federate")
        assert report["children"][0]["outcome"] == "same", "the gateway's entity tag was believed"
        copy = json.loads(
            (nation / f"lake/{NATION}/federation/{PROVINCE}/{CITY}/counties/collection.json").read_bytes()
        )
        canonical = next(each["href"] for each in copy["links"] if each["rel"] == "canonical")
        assert canonical == f"{city[0]}/collections/counties/collection.json"


def test_a_parent_finds_out_a_child_that_writes_its_whole_trail_anew(whole: Path) -> None:
    """Keys were replaced when the nodes joined; the province's harvest keeps how the city's trail ended."""
    verified = told(whole, "audit", "verify")
    assert [(each["node"], each["findings"], each["anchors"]) for each in verified] == [
        (NATION, [], 1),
        (PROVINCE, [], 2),
        (CITY, [], 2),
    ]
    kinds = [each["kind"] for each in told(whole, "audit", "show", "--node", CITY)]
    assert kinds == ["trail.begin", "publish", "publish", "trail.new-key"]
    assert [each["subject"] for each in told(whole, "audit", "show", "--kind", "federation.take")] == [PROVINCE, CITY]

    lake = whole / f"lake/{CITY}"
    seed = base64.b64decode((whole / f"signing/{CITY}.key").read_text())
    before = list(Trail(DirectoryStore(lake), CITY, None).entries())
    shutil.rmtree(lake / "private/audit")
    (lake / keys.AUDIT_ANCHORS).unlink()
    again = Trail(DirectoryStore(lake), CITY, seed)
    for entry in before:
        if entry.kind == "publish":
            again.record(Act("publish", entry.subject, details=entry.details))
    again.record(Act("key.issue", "nothing"))
    (found,) = told(whole, "audit", "verify", "--node", CITY, code=1)
    rules = [each["rule"] for each in found["findings"]]
    assert rules == ["anchor", "act", "act"], "approvals are signed with the key before, of which it no longer tells"
    kept = whole / f"lake/{PROVINCE}/federation/anchors/{CITY}.json"
    (found,) = told(whole, "audit", "verify", "--node", CITY, "--anchors", str(kept), code=1)
    assert "anchor" in [each["rule"] for each in found["findings"]]


def test_a_missing_key_is_not_replaced_in_silence(whole: Path) -> None:
    (whole / f"signing/{CITY}.key").unlink()
    assert "missing, and the node has an audit trail" in refused(whole, "node", "add", CITY)
    assert "missing: nothing is done" in refused(whole, "withdraw", "--node", CITY, "--product", "climate", *WITHDRAWN)
    told(whole, "node", "add", CITY, "--new-key", "--lost", "硬盘损坏")
    (found,) = told(whole, "audit", "verify", "--node", CITY, code=1)
    assert [each["rule"] for each in found["findings"]] == ["lost"], "nobody vouches yet"
    told(whole, "federate", "--node", PROVINCE)
    (found,) = told(whole, "audit", "verify", "--node", CITY)
    assert found["findings"] == []
    assert "is here, so it is not lost" in refused(whole, "node", "add", CITY, "--new-key", "--lost", "x")
