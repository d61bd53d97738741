"""A removal (article 18) on a tree of three levels: then it is nowhere, and a proof says so, or where it still is."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import quote

import pytest
from drill_kit import (
    CITY,
    COPY,
    GONE,
    NATION,
    OFFICER,
    PROVINCE,
    TRACES,
    Drill,
    city_rows,
    searched,
)
from server_kit import running

from tianlake.lake import keys
from tianlake.lake.cases import removal
from tianlake.lake.errors import LakeError
from tianlake.lake.store import DirectoryStore


def answered(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=20) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_after_apply_it_is_nowhere_and_the_proof_says_so(drill: Drill) -> None:
    before = drill.traces()
    places = {line.split("/")[0] for line in before}
    assert places == {"lake", "held", ".tianlake"}, "it was there, or this test could not fail"
    for text in TRACES:
        assert any(line.endswith(text) for line in before)
    old = json.loads((drill.lake / CITY / keys.pointer("places")).read_text())["version"]
    addresses = [
        f"releases/places/{old}/places.parquet",
        f"tiles/places/{old}/7/105/48.mvt",
        "data/places/places.parquet",
        "tiles/places/7/105/48.mvt",
        f"ogc/collections/n{CITY}-places/items?limit=100",
        "feed.json",
    ]
    with running(drill.root, [NATION, PROVINCE, CITY]) as server:
        base = f"{server.url}/{CITY}"
        warm = [answered(f"{base}/{quote(each, safe='/?=&')}") for each in addresses]
        assert [status for status, _ in warm] == [200] * 6
        case = drill.granted("--id", GONE["no"])
        copied = drill.root / ".tianlake/stac" / CITY / "0123456789abcdef-01234567.arrow"
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_text(GONE["name"], "utf-8")
        drill.case("apply", case)
        drill.run("federate")
        drill.run("replica", "push", COPY, "--node", CITY)
        proved = drill.case("prove", case, "--gateway", server.url)
        after = [answered(f"{base}/{quote(each, safe='/?=&')}") for each in addresses]
    assert [status for status, _ in after] == [404, 404, 200, 200, 200, 200]
    assert not any(text.encode() in body for _, body in after for text in TRACES)
    assert drill.traces() == []
    assert (proved["clean"], proved["found"], proved["unread"]) == (True, 0, 0)
    labels = [label for label, *_ in proved["places"]]
    assert labels == [CITY, "workspace", PROVINCE, NATION, f"replica {COPY}", base]
    assert proved["decoded"]["PMTiles"] >= 4
    files = sum(1 for each in (drill.lake / CITY).rglob("*") if each.is_file())
    listed = (drill.lake / CITY / keys.case_listing(case, proved["listing"])).read_text().splitlines()
    assert len(listed) == proved["objects"] > files
    stones = [json.loads(each.read_text()) for each in (drill.lake / CITY).rglob("withdrawn.json")]
    assert {stone["reason"] for stone in stones} == {removal.REASON}
    assert len(stones) == 2
    drill.case("close", case)
    drill.run("audit", "verify", "--node", CITY)


def test_a_decision_that_names_nothing_is_refused_before_anybody_signs_it(drill: Drill) -> None:
    case = str(drill.case("open", "--text", "请删除我家的位置")["case"])
    drill.case("report", case)
    grant = ("decide", case, "--grant", "--basis", "x", "--reason", "x", "--product", "places")
    for parts, wanted in (
        (("--id", GONE["no"], "--id", "nobody"), "has --id nobody; nothing was signed"),
        (("--where", "std_name=nothing"), "has --where std_name=nothing; "),
        (("--area", "1,1,2,2"), "has --area POLYGON"),
        (("--column", "fax"), "has --column fax; "),
    ):
        with pytest.raises(LakeError, match=wanted):
            drill.case(*grant, *parts)
    assert drill.json("case", "list", "--node", CITY)[0]["state"] == "reported"
    kinds = [each["kind"] for each in drill.json("audit", "show", "--node", CITY)]
    assert "case.decide" not in kinds
    assert drill.case(*grant, "--id", GONE["no"])["state"] == "granted"
    (drill.lake / CITY / keys.case_step(case, 1)).write_text("spoilt")
    other = str(drill.case("open", "--text", "另一件")["case"])
    rows = drill.json("case", "list", "--node", CITY, "--check", fails=True)
    assert {row["case"]: row["state"] for row in rows} == {case: "unreadable", other: "received"}
    assert f"{case}: cannot be read: " in drill.run("case", "list", "--node", CITY).output


def test_a_proof_finds_what_is_left_anywhere(drill: Drill) -> None:
    old = json.loads((drill.lake / CITY / keys.pointer("places")).read_text())["version"]
    archive = (drill.lake / CITY / keys.release_file("places", old, "places.pmtiles")).read_bytes()
    table = (drill.lake / CITY / keys.release_file("places", old, "places.parquet")).read_bytes()
    terms = (drill.lake / CITY / keys.release_file("places", old, "search/terms.parquet")).read_bytes()
    shutil.copytree(drill.lake / CITY, drill.root / "plain")
    case = drill.granted("--where", f"name={GONE['name']}".replace("name=", "std_name="))
    drill.case("apply", case)
    drill.run("federate")
    left = {
        f"lake/{PROVINCE}/federation/taken/old.pmtiles": archive,
        f"lake/{NATION}/portal/page.html": "".join(f"&#{ord(each)};" for each in GONE["name"]).encode(),
        f"lake/{CITY}/.tmp/1-ab.part": table,
        f"lake/{CITY}/releases/places/terms.parquet": terms,
        ".tianlake/cache/part.parquet": table,
        "held/releases/places/old.parquet": table,
    }
    for name, body in left.items():
        (drill.root / name).parent.mkdir(parents=True, exist_ok=True)
        (drill.root / name).write_bytes(body)
    with searched(GONE["name"]) as (url, asked):
        also = ("--copy", f"file:{drill.root}/plain", "--gateway", url)
        proved = drill.case("prove", case, *also, fails=True)
        assert not [each for each in asked if "/v2/search" in each], "nobody searches without a key"
        assert {each["reason"] for each in proved["not_read"]} == {"answered with 401"}
        keyed = drill.case("prove", case, *also, "--tk", "k", fails=True)
    assert keyed["unread"] == 0
    searches = {each["name"] for each in keyed["findings"] if each["place"] == f"{url}/{CITY}"}
    assert searches
    assert all(each.startswith("/v2/search?") for each in searches)
    found = {f"{each['place']}/{each['name']}" for each in proved["findings"]}
    assert {
        f"{PROVINCE}/federation/taken/old.pmtiles",
        f"{NATION}/portal/page.html",
        f"{CITY}/.tmp/1-ab.part",
        f"{CITY}/releases/places/terms.parquet",
        "workspace/.tianlake/cache/part.parquet",
        f"replica {COPY}/releases/places/old.parquet",
    } <= found
    assert any(each.startswith(f"file:{drill.root}/plain/releases/places/{old}/") for each in found)
    assert drill.json("case", "list", "--node", CITY)[0]["state"] == "applied"


@pytest.mark.long
def test_an_apply_that_is_killed_is_finished_by_repeating_it(drill: Drill) -> None:
    case = drill.granted("--id", GONE["no"])
    command = [sys.executable, "-m", "tianlake.cli", "-C", str(drill.root), "case", "apply", case]
    command += ["--node", CITY, "--as", OFFICER]
    state = "granted"
    for patience in (2.0, 4.0, 6.0):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
        time.sleep(patience)
        process.send_signal(signal.SIGKILL)
        process.wait()
        state = drill.json("case", "list", "--node", CITY)[0]["state"]
        if state == "applied":
            break
    if state != "applied":
        drill.case("apply", case)
    drill.run("federate")
    assert drill.case("prove", case)["clean"]
    assert drill.traces() == []


def test_an_apply_that_dies_between_any_two_writes_is_finished_by_repeating_it(
    drill: Drill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writes are those of a node's own store, after the release without it is out: deletions and tombstones."""
    case = drill.granted("--id", GONE["no"])
    calls = {"left": 0}

    class Killed(BaseException):
        """As SIGKILL: nothing catches it."""

    def dying(name: str) -> None:
        real = getattr(DirectoryStore, name)

        def call(self: DirectoryStore, *arguments: object, **more: object) -> object:
            if calls["left"] == 0:
                raise Killed
            calls["left"] -= 1
            return real(self, *arguments, **more)

        monkeypatch.setattr(DirectoryStore, name, call)

    dying("put")
    dying("delete")
    deaths = 0
    for allowed in (1, 5, 14, 20, 3, 8, 4):
        calls["left"] = allowed
        try:
            drill.case("apply", case)
        except Killed:
            deaths += 1
        else:
            break
    calls["left"] = 1_000_000
    if drill.json("case", "list", "--node", CITY)[0]["state"] != "applied":
        drill.case("apply", case)
    drill.run("federate")
    assert deaths > 2
    assert drill.case("prove", case)["clean"]
    assert drill.traces() == []


def test_what_the_gate_does_not_let_out_deletes_nothing_until_it_does(drill: Drill) -> None:
    case = drill.granted("--id", GONE["no"])
    policy = drill.root / "nodes" / NATION / "policy.toml"
    demo = policy.read_bytes()
    policy.unlink()
    before = {line for line in drill.traces() if not line.startswith(".tianlake")}
    with pytest.raises(LakeError, match="is not submitted for review; not published"):
        drill.case("apply", case)
    assert {line for line in drill.traces() if not line.startswith(".tianlake")} == before
    assert drill.json("case", "list", "--node", CITY)[0]["state"] == "applying"
    policy.write_bytes(demo)
    drill.case("apply", case)
    drill.run("federate")
    assert drill.case("prove", case)["clean"]
    assert drill.traces() == []


def test_it_does_not_come_back_with_the_next_import(drill: Drill) -> None:
    case = drill.granted("--id", GONE["no"])
    drill.case("apply", case)
    drill.publish(CITY, city_rows(other="又一广场"))
    drill.run("federate")
    assert drill.case("prove", case)["clean"]
    assert drill.traces() == []
    assert drill.traces(("又一广场",)), "what stays is published"


def test_an_attribute_goes_from_every_feature_and_every_place(drill: Drill) -> None:
    phones = ("0316-5550000", "0310-4400001", "0310-4400002", "0310-4400003")
    mine = {f"lake/{CITY}", ".tianlake"}
    assert len(drill.traces(phones)) > len(mine)
    case = drill.granted("--column", "phone")
    drill.case("apply", case)
    drill.run("federate")
    proved = drill.case("prove", case, fails=True)
    owners = {(each["place"], each["own_of"]) for each in proved["findings"]}
    assert {(PROVINCE, PROVINCE), (NATION, NATION)} <= owners
    assert {own for place, own in owners if place == "workspace"} <= {None}
    others = {each["place"] for each in proved["findings"]}
    assert others <= {PROVINCE, NATION, "workspace"}, "the same numbers are the province's and the nation's own"
    city = [line for line in drill.traces(phones) if CITY in line or line.startswith("held")]
    assert city == []


def test_a_product_withheld_as_a_whole_is_gone_from_every_catalog(drill: Drill) -> None:
    case = drill.granted("--whole")
    drill.case("apply", case)
    drill.run("federate")
    city = [line for line in drill.traces() if not line.startswith("sources")]
    assert city == []
    assert not (drill.lake / CITY / keys.pointer("places")).exists()
    catalog = (drill.lake / PROVINCE / "catalog.json").read_text()
    assert f"n{CITY}-places" not in catalog
    drill.run("build")
    assert not list((drill.root / ".tianlake" / "candidates" / CITY).rglob("candidate.json"))
