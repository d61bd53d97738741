"""What the map's tools compute, against PROJ: the 3-degree grid, lengths and areas; and what they read and write."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import pytest
from geodesy_kit import ELLIPSOID, apart, area_of, length_of
from kit import REPO
from portal_kit import run_node
from pyproj import Transformer

STATIC = REPO / "portal/tianlake/portal/static"
SEED = 20261127
SCRIPT = """
globalThis.window = globalThis; // of pages, in which these modules live
const [path, name, rows] = process.argv.slice(1);
const called = (await import(path))[name];
const answer = (row) => {
    try { return called(...row); } catch (error) {
        if (error.key === undefined) throw error;
        return [error.key, error.values];
    }
};
console.log(JSON.stringify(JSON.parse(rows).map(answer)));
"""


def call(module: str, name: str, rows: list[Any]) -> list[Any]:
    """Return what a function of the page returns for each list of arguments; of a refusal, its key and values."""
    path = (STATIC / module).as_uri()
    done = run_node("node", "--input-type=module", "-e", SCRIPT, path, name, json.dumps(rows), cwd=REPO)
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


def places(count: int) -> list[tuple[float, float]]:
    """Return places all over China and its seas, the edges of zones among them."""
    chance = random.Random(SEED)
    some = [(chance.uniform(73.6, 136.4), chance.uniform(0, 54)) for _ in range(count)]
    return [*some, *((3 * zone + edge, 40.0) for zone in (26, 39, 45) for edge in (-1.4999, 1.4999))]


def test_the_grid_is_that_of_proj_within_a_centimetre():
    """Of every zone in both of its EPSG codes, for places up to its edges."""
    asked = places(600)
    answers = call("tools/grid.mjs", "toGrid", [list(place) for place in asked])
    seen = set()
    for (lon, lat), said in zip(asked, answers, strict=True):
        zone = said["zone"]
        assert abs(lon - said["meridian"]) <= 1.5
        for code, prefix in ((4513 + zone - 25, 0), (4534 + zone - 25, zone * 1_000_000)):
            x, y = _grid(code).transform(lat, lon)
            assert said["x"] == pytest.approx(x, abs=0.001), (lon, lat)
            assert said["y"] == pytest.approx(y + prefix, abs=0.001), (lon, lat)
        seen.add(zone)
    assert seen == set(range(25, 46))


def _grid(code: int) -> Transformer:
    return Transformer.from_crs("EPSG:4490", f"EPSG:{code}")


def test_from_the_grid_one_comes_back_to_the_place():
    asked = places(300)
    there = call("tools/grid.mjs", "toGrid", [list(place) for place in asked])
    back = call("tools/grid.mjs", "fromGrid", [[place] for place in there])
    assert np.array(back) == pytest.approx(np.array(asked), abs=1e-9)


def test_where_china_has_no_zone_there_is_no_grid():
    outside = (73.4, 136.6, 0.0, -120.0)
    assert call("tools/grid.mjs", "toGrid", [[lon, 40] for lon in outside]) == [None] * 4
    assert call("tools/places.mjs", "write", [["grid", lon, 40] for lon in outside]) == [None] * 4


@pytest.mark.parametrize(
    ("form", "metres"), [("degrees", 0.12), ("dms", 0.35), ("grid", 0.02)], ids=["degrees", "dms", "grid"]
)
def test_what_is_written_is_read_back(form: str, metres: float):
    asked = places(300)
    texts = call("tools/places.mjs", "write", [[form, *place] for place in asked])
    back = call("tools/reading.mjs", "readPlace", [[text] for text in texts])
    assert max(apart(*pair) for pair in zip(asked, back, strict=True)) < metres


def test_seconds_and_minutes_never_show_sixty():
    assert (
        call("tools/places.mjs", "write", [["dms", 116.9999999, -39.99999999]])
        == [["117°00′00.00″E, 40°00′00.00″S"]][0]
    )


BEIJING = (116 + 23 / 60 + 28 / 3600, 39 + 54 / 60 + 25 / 3600)


WAYS = (
    "116.3911111, 39.9069444",
    "116.3911111，39.9069444",
    "39.9069444 116.3911111",
    "（１１６．３９１１１１１，３９．９０６９４４４）",
    "经度：116.3911111，纬度：39.9069444",
    "北纬39.9069444度 东经116.3911111度",
    "116.3911111°E；39.9069444°N",
    "东经116度23分28秒，北纬39度54分25秒",
    "北纬39度54分25秒、东经116度23分28秒",
    "116°23′28″E 39°54′25″N",
    "116°23'28\"E, 39°54'25\"N",
    "E116°23’28” N39°54’25”",
    "116°23′28″ 39°54′25″",
    "116 23 28 39 54 25",
    "116°23.466667′E 39°54.416667′N",
    "x=4419374.21, y=39447933.94",
    "X：4419374.21；Y：39447933.94",
    "39447933.94, 4419374.21",
    "39带 4419374.21, 447933.94",
    "三度带第39带，x=4419374.21，y=447933.94",
    "中央经线117度 4419374.21 447933.94",
    "CM 117°E, x=4419374.21, y=39447933.94",
    "EPSG:4527 4419374.21 39447933.94",
    "EPSG:4548 4419374.21 447933.94",
    "EPSG:4548 447933.94 4419374.21",
)


def test_every_way_to_write_a_place_is_read():
    for text, place in zip(WAYS, call("tools/reading.mjs", "readPlace", [[text] for text in WAYS]), strict=True):
        assert apart(place, BEIJING) < 0.05, text


def test_places_of_the_south_and_the_west_are_read():
    texts = ["-70.5, -33.25", "70.5W 33.25S", "西经70度30分 南纬33度15分", "−70.5 −33.25"]
    assert call("tools/reading.mjs", "readPlace", [[text] for text in texts]) == [[-70.5, -33.25]] * 4


FAULTS = (
    (" ", "请输入坐标", "Enter coordinates"),
    ("116.4", "只有一个数", "Only one number"),
    ("116.4, 39.9, 20", "有 3 个数", "3 numbers"),
    ("天安门", "看不懂“天安门”", "“天安门”"),
    ("116°75′E 39°N", "分 75 应小于 60", "75 minutes"),
    ("116°23′61″E 39°N", "秒 61 应小于 60", "61 seconds"),
    ("116.5°23′E, 39°N", "只有最后一位可以带小数", "only the last"),
    ("116E, 39E", "两个都是经度", "Both are longitudes"),
    ("200, 30", "经度 200 超出", "Longitude 200"),
    ("120, 95", "纬度 95 超出", "Latitude 95"),
    ("120, 89", "纬度 89 不在地图上", "not on this map"),
    ("4418012, 443211", "y 没有带号", "y has no zone"),
    ("60带 4418012, 443211", "没有 60 带", "no 3° zone 60"),
    ("39带 x=4418012 y=38443211", "与所写的 39 带不符", "zone 39 is written"),
    ("CM 116 4418012, 443211", "中央经线 116° 不是", "multiple of 3°"),
    ("EPSG:4326 4418012, 443211", "EPSG:4326 不是", "EPSG:4326 is no"),
    ("39带 x=12418012 y=443211", "x 12418012 应在", "x 12418012 must"),
    ("39带 4418012, 943211", "离中央经线太远", "too far"),
)


def test_what_is_no_place_is_told_in_one_line_that_says_why():
    refused = call("tools/reading.mjs", "readPlace", [[text] for text, _zh, _en in FAULTS])
    for language, wanted in (("zh", [zh for _, zh, _ in FAULTS]), ("en", [en for _, _, en in FAULTS])):
        told = call("tools/tool_words.mjs", "sayTool", [[language, *each] for each in refused])
        for line, part in zip(told, wanted, strict=True):
            assert part in line
            assert not {"{", "\n"} & set(line)


def test_lengths_are_those_of_proj():
    chance = random.Random(SEED)
    paths: list[Any] = [list(places(chance.randint(2, 8))) for _ in range(3)]
    paths += [[[chance.uniform(-179, 179), chance.uniform(-85, 85)] for _ in range(5)] for _ in range(100)]
    answers = call("tools/geodesy.mjs", "lengthOf", [[path] for path in paths])
    for path, said in zip(paths, answers, strict=True):
        assert said == pytest.approx(length_of(path), rel=1e-12, abs=1e-6)


def test_areas_and_perimeters_are_those_of_proj_whichever_way_round():
    chance = random.Random(SEED)
    rings = []
    for _ in range(100):
        lon, lat, size = chance.uniform(73, 135), chance.uniform(4, 53), 10 ** chance.uniform(-4, 1)
        angles = sorted(chance.uniform(0, 6.28) for _ in range(6))
        ring = [[lon + size * np.cos(angle), lat + size * np.sin(angle) * 0.8] for angle in angles]
        rings.append(ring if chance.random() < 0.5 else ring[::-1])
    answers = call("tools/geodesy.mjs", "areaOf", [[ring] for ring in rings])
    for ring, said in zip(rings, answers, strict=True):
        area, perimeter = area_of(ring)
        assert said["area"] == pytest.approx(area, rel=1e-9, abs=1e-3)
        assert said["perimeter"] == pytest.approx(perimeter, rel=1e-12, abs=1e-6)


def test_a_drawn_path_is_the_geodesic():
    """From Urumqi to Shanghai a straight line on the map lies 100 km off it."""
    ends = [[87.6, 43.8], [121.5, 31.2]]
    [path] = call("tools/geodesy.mjs", "drawnPath", [[ends]])
    assert path[0] == ends[0]
    assert path[-1] == pytest.approx(ends[1])
    whole = length_of(ends)
    assert length_of(path) == pytest.approx(whole, rel=1e-9)
    (lon1, lat1), (lon2, lat2) = ends
    azimuth = ELLIPSOID.inv(lon1, lat1, lon2, lat2)[0]
    lon, lat, _back = ELLIPSOID.fwd(lon1, lat1, azimuth, whole / 2)
    assert min(apart((lon, lat), place) for place in path) < 30_000


def test_a_path_over_180_degrees_does_not_leap():
    [path] = call("tools/geodesy.mjs", "drawnPath", [[[[175, 20], [-175, 22]]]])
    assert path[-1] == pytest.approx([185, 22])
    assert max(abs(np.diff([lon for lon, _lat in path]))) < 1


RINGS = (
    ([[0, 0], [1, 0], [1, 1], [0, 1]], False),
    ([[0, 0], [1, 1], [1, 0], [0, 1]], True),
    ([[0, 0], [2, 0], [2, 2], [1, 0.5], [0, 2]], False),
    ([[0, 0], [2, 0], [2, 2], [1, -0.5], [0, 2]], True),
    ([[0, 0], [1, 0], [0, 1]], False),
)


def test_a_ring_that_crosses_itself_is_known():
    answers = call("tools/geodesy.mjs", "crossesItself", [[ring] for ring, _crosses in RINGS])
    assert answers == [crosses for _ring, crosses in RINGS]


def test_measures_are_told_in_the_unit_that_reads_best_or_the_one_that_was_chosen():
    rows = [
        ["length", 532.456, "", "zh"],
        ["length", 1069819.45, "", "zh"],
        ["length", 1852, "nmi", "en"],
        ["length", 1000, "li", "zh"],
        ["area", 6666.6667, "mu", "zh"],
        ["area", 6154854786.5, "", "en"],
        ["area", 50_000, "ha", "en"],
    ]
    assert call("tools/units.mjs", "amountIn", rows) == [
        "532.46 米",
        "1,069.8 千米",
        "1 nmi",
        "2 里",
        "10 亩",
        "6,154.9 km²",
        "5 ha",
    ]


def test_a_scale_bar_has_a_round_length_that_fits():
    wanted = {1: "100 米", 3.9: "200 米", 4.2: "500 米", 1000: "100 千米", 2400: "200 千米"}
    bars = call("tools/scale.mjs", "scaleBar", [[per_pixel, 120, "zh"] for per_pixel in wanted])
    assert [bar["text"] for bar in bars] == list(wanted.values())
    assert all(40 <= bar["pixels"] <= 120 for bar in bars)


def test_a_link_is_read_as_it_was_written():
    link = {
        "view": {"zoom": 12.5, "lat": 39.90707, "lon": -116.39123, "bearing": 30, "pitch": 45},
        "layers": ["n156000000-seats", "ground"],
        "lang": "en",
        "mark": {"lon": 116.7, "lat": 39.5, "label": "廊坊 & 固安, 50% #1"},
    }
    [written] = call("permalink.mjs", "writeLink", [["#compare=a@b&map=1/2/3", link]])
    assert written.startswith(
        "#compare=a@b&map=12.5/39.90707/-116.39123/30.0/45.0&layers=n156000000-seats,ground&lang=en"
    )
    assert call("permalink.mjs", "readLink", [[written]]) == [link]


def test_what_is_no_view_asks_for_none():
    texts = [
        "#map=",
        "#map=a/b/c",
        "#map=3/95/10",
        "#map=30/5/10",
        "#map=3/5/190",
        "#map=3/5",
        "#",
        "",
        "#mark=1",
        "#mark=,,",
    ]
    nothing = {"view": None, "layers": None, "lang": None, "mark": None}
    assert call("permalink.mjs", "readLink", [[text] for text in texts]) == [nothing] * len(texts)
