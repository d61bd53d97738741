"""Whatever is wrong is refused in one line that names the file, the place and the rule."""

import geopandas
import pytest
from kit import DATA
from shapely import LineString, Point
from vector_kit import PROVINCES, make_recipe

from tianlake.build.vector.build import build_vector
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import ClipStep, FieldsStep, Source, Tiles

RECIPE = "nodes/156000000/products/sample.toml"
SEATS = "cpca/resources/adcodes.csv"


def refusal(job, parts):
    with pytest.raises(LakeError) as caught:
        build_vector(job)
    message = str(caught.value)
    assert "\n" not in message
    assert str(job.out.parent) not in message
    for part in parts:
        assert part in message
    assert list(job.out.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        (Source("no/such.gpkg"), [f"{RECIPE}: sources.0.path: no/such.gpkg does not exist"]),
        (Source(PROVINCES, where="nme = 'x'"), [f"{RECIPE}: sources.0.where: ", '"nme" not found', "name, gb"]),
        (Source(PROVINCES, where="gb ="), [f"{RECIPE}: sources.0.where: syntax error"]),
        (Source(PROVINCES, where="gb::INT > 5"), [f"{RECIPE}: sources.0.where: Could not convert string"]),
        (Source(PROVINCES, where="false"), [f"{RECIPE}: sources: no feature is left: 42 read, 42 left out by where"]),
        (Source(PROVINCES, crs="EPSG:4490000"), [f"{RECIPE}: sources.0.crs: 'EPSG:4490000' is not a CRS"]),
        (Source(PROVINCES, encoding="klingon"), [f"{RECIPE}: sources.0.encoding: 'klingon' is not a text encoding"]),
        (Source(PROVINCES, layer="nope"), [f"{PROVINCES}: nope: cannot be read"]),
        (Source(PROVINCES, x="name", y="gb"), ["no feature is left: 42 read, 42 without geometry"]),
        (
            Source("cpca/resources/56_nations.csv", crs="EPSG:4326"),
            [f"{RECIPE}: sources.0: cpca/resources/56_nations.csv has no geometry: name its columns", "x and y"],
        ),
        (Source(SEATS, x="lon", y="latitude"), [f"{RECIPE}: sources.0.x: {SEATS} has no column 'lon'", "longitude"]),
        (Source(SEATS, x="longitude", y="latitude"), [f"{SEATS}: has no CRS; declare it"]),
        (
            Source(SEATS, x="latitude", y="longitude", crs="EPSG:4326", where="longitude::DOUBLE > 90"),
            ["no feature is left: 3511 read", "with coordinates exchanged (is swap = true meant?)"],
        ),
    ],
)
def test_a_wrong_source(job_of, source, parts):
    refusal(job_of(make_recipe(source)), parts)


@pytest.mark.parametrize(
    ("step", "parts"),
    [
        (FieldsStep("fields", {"a": "gb", "b": "nme"}), [f"{RECIPE}: steps.0.fields.b: ", "columns: name, gb"]),
        (FieldsStep("fields", {"a": "(gb"}), [f"{RECIPE}: steps.0.fields.a: syntax error"]),
        (FieldsStep("fields", {"a": "count(*)"}), [f"{RECIPE}: steps.0.fields.a: "]),
        (FieldsStep("fields", {"a": "CAST(name AS INTEGER)"}), [f"{RECIPE}: steps: Could not convert string"]),
        (FieldsStep("fields", {"a": "unnest([1, 2])"}), [f"{RECIPE}: steps: an expression makes several rows"]),
        (FieldsStep("fields", {"bbox": "gb"}), [f"{RECIPE}: steps: column 'bbox' is Tianlake's own"]),
        (FieldsStep("fields", {"geometry": "gb"}), [f"{RECIPE}: steps: column 'geometry' is Tianlake's own"]),
        (ClipStep("clip", "no.gpkg"), [f"{RECIPE}: steps.0.path: no.gpkg does not exist"]),
        (ClipStep("clip", PROVINCES, where="x"), [f"{RECIPE}: steps.0.where: "]),
        (ClipStep("clip", PROVINCES, where="gb = ''"), [f"{RECIPE}: steps.0: no areas to clip by are left"]),
    ],
)
def test_a_wrong_step(job_of, step, parts):
    refusal(job_of(make_recipe(Source(PROVINCES), steps=(step,))), parts)


@pytest.mark.parametrize(
    ("tiles", "place"),
    [
        (Tiles(fields=("nme",)), "tiles.fields: there is no column 'nme'; columns: name, gb"),
        (Tiles(min_zoom=6, max_zoom=3), "tiles.min_zoom: 6 is above max_zoom 3"),
        (Tiles(options=("--no-tile-size-limit",)), "tiles.options: '--no-tile-size-limit' is set by Tianlake"),
    ],
)
def test_wrong_tiles(job_of, tiles, place):
    job = job_of(make_recipe(Source(PROVINCES), tiles=tiles))
    with pytest.raises(LakeError) as caught:
        build_vector(job)
    assert str(caught.value).startswith(f"{RECIPE}: {place}")


def test_an_option_that_tippecanoe_does_not_know_is_told_in_its_words(job_of):
    job = job_of(make_recipe(Source(PROVINCES), tiles=Tiles(max_zoom=1, options=("--no-such-option",))))
    with pytest.raises(LakeError, match=r"^tippecanoe failed with status \d+: unrecognized option '--no-such-option'$"):
        build_vector(job)


def test_a_column_layer_is_refused_only_where_the_product_has_several_layers(job_of, tmp_path):
    frame = geopandas.GeoDataFrame({"layer": ["x"]}, geometry=[Point(1, 2)], crs=4490)
    frame.to_file(tmp_path / "a.gpkg")
    built = build_vector(job_of(make_recipe(Source("a.gpkg"), tiles=Tiles(max_zoom=1)), tmp_path))
    assert built.quality.written == 1
    two = make_recipe(Source("a.gpkg", name="a"), Source("a.gpkg", name="b"))
    refusal(job_of(two, tmp_path), [f"{RECIPE}: steps: column 'layer' is Tianlake's own"])


def test_sources_whose_columns_do_not_fit_together_are_refused(job_of, tmp_path):
    line = LineString([(0, 0), (1, 1)])
    geopandas.GeoDataFrame({"v": [[1, 2]]}, geometry=[line], crs=4490).to_parquet(tmp_path / "a.parquet")
    geopandas.GeoDataFrame({"v": ["text"]}, geometry=[line], crs=4490).to_parquet(tmp_path / "b.parquet")
    refusal(job_of(make_recipe(Source("a.parquet"), Source("b.parquet")), tmp_path), [f"{RECIPE}: steps: "])


def test_a_table_that_names_a_column_twice_is_refused(job_of, tmp_path):
    (tmp_path / "a.csv").write_text("name,NAME,x,y\na,b,1,2\n", "utf-8")
    recipe = make_recipe(Source("a.csv", x="x", y="y", crs="EPSG:4490"))
    refusal(job_of(recipe, tmp_path), ["a.csv: line 1: must name every column, each by a name of its own"])


def test_a_table_with_a_ragged_line_is_refused_with_its_number(job_of, tmp_path):
    (tmp_path / "a.csv").write_text("name,x,y\na,1,2\nb,1\n", "utf-8")
    recipe = make_recipe(Source("a.csv", x="x", y="y", crs="EPSG:4490"))
    refusal(job_of(recipe, tmp_path), ["a.csv: cannot be read: ", "Line: 3"])


def test_the_data_folder_is_as_it_was(job_of):
    before = {file: file.stat().st_mtime_ns for file in (DATA / PROVINCES).parent.iterdir()}
    build_vector(job_of(make_recipe(Source(PROVINCES), tiles=Tiles(max_zoom=0))))
    assert {file: file.stat().st_mtime_ns for file in (DATA / PROVINCES).parent.iterdir()} == before
