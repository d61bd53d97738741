"""`tianlake search`, as people and programs ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import addresses_kit
import pytest
from addresses_kit import CITY, spot
from command_kit import run
from pyproj import Geod

GEOD = Geod(a=6_378_137, rf=298.257222101)  # CGCS2000


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return addresses_kit.publish(tmp_path_factory.mktemp("search") / "w")


def searched(workspace: Path, *arguments: str) -> Any:
    done = run("-C", str(workspace), "search", *arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_a_name_is_found_with_its_address(workspace: Path) -> None:
    found = searched(workspace, "广阳万达广场")
    hit = found["hits"][0]
    mall = spot("g6")
    assert (hit["name"], hit["match"], hit["id"]) == (mall.name, "exact", "g6")
    assert (hit["node"], hit["product"], hit["division"]) == (CITY, "places", "156131003")
    assert (hit["lon"], hit["lat"]) == pytest.approx((mall.x, mall.y), abs=1e-6)
    assert hit["address"] == "河北省廊坊市广阳区银河北路街道友谊路15号广阳万达广场"


def test_people_get_a_table_in_their_language(workspace: Path) -> None:
    english = run("-C", str(workspace), "search", "广阳万达广场")
    chinese = run("-C", str(workspace), "search", "广阳万达广场", lang="zh_CN.UTF-8")
    assert english.stdout.splitlines()[0].split() == ["name", "match", "type", "address", "lon,lat"]
    assert chinese.stdout.splitlines()[0].split() == ["名称", "匹配", "类型", "地址", "经度,纬度"]
    for done, how in ((english, "same"), (chinese, "全名")):
        first = done.stdout.splitlines()[1].split()
        assert first[:3] == ["广阳万达广场", how, "商场"]
        assert first[-1] == "116.757000,39.557000"


def test_near_tells_the_distance(workspace: Path) -> None:
    near = (116.7000, 39.4700)
    found = searched(workspace, "和平路", "--near", "116.7,39.47")
    assert [each["name"] for each in found["hits"]] == ["和平路"] * 3
    for hit in found["hits"]:
        metres = GEOD.inv(*near, hit["lon"], hit["lat"])[2]
        assert hit["distance_m"] == pytest.approx(metres, rel=1e-3)
    assert found["hits"][0]["division"] == "156131002"
    done = run("-C", str(workspace), "search", "和平路", "--near", "116.7,39.47")
    assert done.stdout.splitlines()[0].split()[-1] == "distance"
    assert done.stdout.splitlines()[1].endswith("1.7 km")


def test_count_and_type_narrow_the_answer(workspace: Path) -> None:
    found = searched(workspace, "和平路", "--count", "1")
    assert (len(found["hits"]), found["total"], found["more"]) == (1, 3, False)
    done = run("-C", str(workspace), "search", "和平路", "--count", "1")
    assert done.stderr == "1 of 3 shown; --count shows more\n"
    assert {each["type"] for each in searched(workspace, "廊坊", "--type", "火车站")["hits"]} <= {"火车站"}


def test_a_node_stands_for_those_below_it(workspace: Path) -> None:
    for code in ("156000000", CITY):
        assert searched(workspace, "孔雀城", "--node", code)["total"] == 1


def test_nothing_found_is_no_error(workspace: Path) -> None:
    done = run("-C", str(workspace), "search", "zzqxv")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "nothing was found\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x", "--near", "116.7"), "'116.7' is not longitude,latitude"),
        (("x", "--near", "39.5,116.7"), "is not longitude,latitude"),
        (("x", "--near", "nan,nan"), "is not longitude,latitude"),
        (("x", "--count", "0"), "--count"),
        (("x", "--node", "156320000"), "156320000"),
        ((), "WORDS"),
    ],
)
def test_wrong_input_is_refused(workspace: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run("-C", str(workspace), "search", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_workspace_without_an_index_says_so(tmp_path: Path) -> None:
    assert run("init", str(tmp_path / "w")).returncode == 0
    done = run("-C", str(tmp_path / "w"), "search", "廊坊")
    assert done.returncode == 0
    assert done.stderr.startswith("no published product has a search index")
