"""What a node costs a month: arithmetic that holds whatever the traffic, and the command over a real lake."""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields, replace
from math import isclose
from pathlib import Path

import pytest
from command_kit import run
from hypothesis import given
from hypothesis import strategies as st

import tianlake.cli.stack.prices
from tianlake.cli.stack.costing import (
    PROTOMAPS_MILLION,
    Prices,
    Use,
    compared,
    estimate,
    per_million_tiles,
    read_prices,
    settings,
)
from tianlake.lake.errors import LakeError

NODE = "156130000"
LIST = read_prices()
REGIONS = sorted(LIST.regions)
amounts = st.floats(0, 1e10, allow_nan=False)
uses = st.builds(
    Use,
    stored_gb=st.floats(0, 1e6),
    tiles=amounts,
    tile_kb=st.floats(0, 500),
    searches=amounts,
    download_gb=st.floats(0, 1e6),
    hits=st.floats(0, 1),
    copies=st.integers(0, 3),
    gateways=st.integers(0, 60),
)
ROUNDED = 1 + 1e-9
regions = st.sampled_from(REGIONS)


def month(use, region):
    return sum(each.cost for each in estimate(use, LIST.of(region)))


@given(uses, regions, st.sampled_from(["stored_gb", "tiles", "tile_kb", "searches", "download_gb"]), st.floats(1, 10))
def test_more_never_costs_less_and_nothing_costs_less_than_nothing(use, region, name, factor):
    more = replace(use, **{name: getattr(use, name) * factor + 1})
    assert 0 <= month(use, region) <= month(more, region) * ROUNDED
    if name == "stored_gb":
        assert month(use, region) < month(more, region)


@given(uses, regions, st.floats(0, 1))
def test_more_hits_never_cost_more(use, region, hits):
    low, high = sorted((use.hits, hits))
    assert month(replace(use, hits=high), region) <= month(replace(use, hits=low), region) * ROUNDED


@given(uses, regions)
def test_twice_the_traffic_is_twice_the_cost_of_traffic_and_what_lasts_stays(use, region):
    twice = replace(use, tiles=2 * use.tiles, searches=2 * use.searches, download_gb=2 * use.download_gb)
    lasting = {"storage", "copies", "gateway", "waf", "keys"}
    for one, two in zip(estimate(use, LIST.of(region)), estimate(twice, LIST.of(region)), strict=True):
        assert (one.name, one.unit) == (two.name, two.unit)
        assert isclose(two.cost, one.cost * (1 if one.name in lasting else 2), rel_tol=1e-9, abs_tol=1e-12)


@given(uses, regions)
def test_prices_are_in_the_units_that_they_are_multiplied_with(use, region):
    """Twice as dear in one thing is twice the cost of that thing, and of no other."""
    prices = LIST.of(region)
    usual = {each.name: each.cost for each in estimate(use, prices)}
    dear = {each.name: each.cost for each in estimate(use, replace(prices, cdn_gb=2 * prices.cdn_gb))}
    assert {name: cost for name, cost in dear.items() if name != "egress"} == {
        name: cost for name, cost in usual.items() if name != "egress"
    }
    assert isclose(dear["egress"], 2 * usual["egress"], rel_tol=1e-9, abs_tol=1e-12)


def test_a_month_worked_out_by_hand():
    """North Virginia: 100 GB and a copy, ten million tiles of 20 kB with nine hits in ten, no searches."""
    use = Use(stored_gb=100, tiles=10e6, hits=0.9, gateways=0)
    found = {each.name: round(each.cost, 4) for each in estimate(use, LIST.of("us-east-1"))}
    lasting = {"storage": 2.3, "copies": 2.3, "gateway": 0, "waf": 9, "keys": 2}
    tiles = {
        "cdn": 10,
        "edge": 6,
        "edge-time": 0.3126,
        "firewall": 6,
        "reads": 0.4,
        "leases": 0.4375,
        "look-ups": 0.6375,
    }
    searches = dict.fromkeys(("api", "functions", "function-time", "search-reads", "door"), 0)
    assert found == lasting | tiles | searches | {"egress": 17}


@given(regions, st.floats(1, 1e9))
def test_what_a_million_tiles_cost_does_not_depend_on_how_many_there_are(region, tiles):
    prices = LIST.of(region)
    lines = ("cdn", "edge", "edge-time", "firewall", "reads", "leases", "look-ups")
    cost = sum(each.cost for each in estimate(Use(0, tiles, hits=0.5), prices) if each.name in lines)
    assert isclose(cost / tiles * 1e6, per_million_tiles(prices, 0.5), rel_tol=1e-9)


def test_without_admission_a_million_tiles_cost_no_more_than_protomaps_says():
    """Theirs runs a function for each miss; ours reads ranges of archives, and admits every request before."""
    prices = LIST.of("us-east-1")
    bare = replace(prices, edge_million=0, edge_gb_second=0, waf_million=0, write_million=0, read_million=0)
    assert per_million_tiles(bare, 0.5) == pytest.approx(1.2)
    assert per_million_tiles(bare, 0.5) < PROTOMAPS_MILLION < per_million_tiles(prices, 0.5) < 2 * PROTOMAPS_MILLION
    found = compared(Use(0, 1, hits=0.5), prices, "USD")
    assert (found["here"], found["protomaps"]) == (found["here_with_own_hits"], 1.7)


def test_every_setting_is_priced_and_told_when_it_is_no_dearer_than_protomaps():
    """By hand for North Virginia: CDN 1.00, function 0.63, firewall 0.60, reads 0.20, quotas 0.11 or 0.02."""
    found = {(each.edge, each.firewall): each for each in settings(LIST.of("us-east-1"), "USD")}
    assert {setting: round(each.million, 2) for setting, each in found.items()} == {
        (True, True): 2.54,
        (True, False): 1.94,
        (False, True): 1.82,
        (False, False): 1.22,
    }
    assert found[True, True].enough_hits is found[True, False].enough_hits is None
    assert found[False, False].enough_hits == 0
    enough = found[False, True].enough_hits
    assert enough is not None
    assert enough == pytest.approx(0.77, abs=0.005)
    assert per_million_tiles(LIST.of("us-east-1"), enough, edge=False) == pytest.approx(PROTOMAPS_MILLION)


@given(uses, regions)
def test_what_is_not_set_up_costs_nothing_and_nothing_else_changes(use, region):
    usual = {each.name: each.cost for each in estimate(use, LIST.of(region))}
    bare = {each.name: each.cost for each in estimate(replace(use, firewall=False), LIST.of(region))}
    assert bare["firewall"] == bare["waf"] == 0
    changed = {"firewall", "waf", "door"}
    assert {name: bare[name] for name in usual if name not in changed} == {
        name: usual[name] for name in usual if name not in changed
    }


def test_every_price_names_where_it_is_from():
    folder = Path(tianlake.cli.stack.prices.__file__).parent
    for file in folder.glob("*.toml"):
        found = tomllib.loads(file.read_text())
        assert found["version"] == file.stem
        names = {each.name for each in fields(Prices)}
        assert set(found["sources"]) == names
        assert all(set(region) == names for region in found["regions"].values())


def test_a_list_that_is_wrong_is_refused_by_file_and_place(tmp_path):
    text = (Path(tianlake.cli.stack.prices.__file__).parent / f"{LIST.version}.toml").read_text()
    file = tmp_path / "own.toml"
    for wrong, told in (
        (text.replace("cdn_gb = 0.085", "cdn_gb = -1"), "cdn_gb must not be below 0"),
        (text.replace("cdn_gb = 0.085", ""), r"regions\.us-east-1\.cdn_gb"),
        ("x =", "is no TOML"),
    ):
        file.write_text(wrong)
        with pytest.raises(LakeError, match=told):
            read_prices(file)
    with pytest.raises(LakeError, match=r"regions\.eu-west-1: is missing; there are ap-southeast-1, us-east-1"):
        LIST.of("eu-west-1")


def test_the_command_adds_up_what_is_stored_and_compares(tmp_path):
    folder = tmp_path / "ws"
    assert run("init", str(folder), "--node", NODE).returncode == 0
    (folder / "lake" / NODE).mkdir(parents=True)
    (folder / "lake" / NODE / "a.bin").write_bytes(bytes(3_000_000))
    asked = ("-C", str(folder), "cost", "--node", NODE, "--tiles", "1e6", "--region", "us-east-1")
    done = run(*asked, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["use"]["stored_gb"] == pytest.approx(0.003)
    assert told["month"] == pytest.approx(sum(each["cost"] for each in told["items"]))
    assert (told["protomaps"], told["hits"], told["confirmed"]) == (1.7, 0.5, None)
    shown = run(*asked, "--stored-gb", "100")
    assert shown.returncode == 0
    assert "Protomaps' model 1.70" in shown.stderr
    assert "2.54  admission at the edge, firewall: dearer than the model at any share of hits" in shown.stderr
    assert "1.22  admission at the gateway, no firewall: no dearer from 0% hits on" in shown.stderr
    plain = json.loads(run(*asked, "--no-edge", "--no-firewall", "--json").stdout)
    assert plain["here"] == pytest.approx(1.22, abs=0.005)
    assert "confirmed by nobody" in shown.stderr
    assert shown.stdout.splitlines()[-1].split()[0] == "all"


def test_china_has_prices_of_its_own_and_no_others_are_taken_for_them(tmp_path):
    """What is not known is refused, and a list of the operator's own is taken."""
    folder = tmp_path / "ws"
    assert run("init", str(folder), "--node", NODE).returncode == 0
    asked = ("-C", str(folder), "cost", "--node", NODE, "--stored-gb", "100", "--region")
    for region in ("cn-north-1", "cn-northwest-1"):
        done = run(*asked, region)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"regions.{region}: is missing; China's regions have lists of their own, in yuan" in done.stderr
    text = (Path(tianlake.cli.stack.prices.__file__).parent / f"{LIST.version}.toml").read_text()
    own = text.replace('currency = "USD"', 'currency = "CNY"').replace("[regions.us-east-1]", "[regions.cn-north-1]")
    (tmp_path / "cn.toml").write_text(own)
    done = run(*asked, "cn-north-1", "--prices", str(tmp_path / "cn.toml"))
    assert done.returncode == 0, done.stderr
    assert "CNY; Protomaps' model is in dollars, and not compared" in done.stderr
    assert "1.70" not in done.stderr
