"""What cannot be read for sure is refused in one line, which says what to declare; nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from zipfile import ZIP_DEFLATED, ZipFile

import geopandas
import pytest
from messy_kit import counties, mark_language, seats, shapefile, table, zipped
from shapely import Point
from vector_kit import make_recipe

from tianlake.build.job import silent
from tianlake.build.vector.features import gather
from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import FeatureOptions, FieldsStep, Source

RECIPE = "nodes/156000000/products/sample.toml"
NOT_UTF8 = 'its text is not UTF-8; declare the encoding in the recipe, such as encoding = "GB18030"'


@pytest.fixture(scope="module")
def connection():
    with connect() as opened:
        yield opened


@pytest.fixture
def refused(connection, job_of, tmp_path):
    """Return what gives the message that a source is refused with."""

    def run(*sources: Source, features: FeatureOptions | None = None, steps=()) -> str:
        for (name,) in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall():
            connection.execute(f'DROP TABLE "{name}"')
        recipe = replace(make_recipe(*sources, steps=steps), features=features or FeatureOptions())
        with pytest.raises(LakeError) as caught:
            gather(connection, job_of(recipe, tmp_path), silent)
        message = str(caught.value)
        assert "\n" not in message
        assert str(tmp_path) not in message
        return message

    return run


def written(folder, crs: int, *, turned: bool = False) -> None:
    moved = seats().to_crs(crs).geometry
    x, y = (moved.y, moved.x) if turned else (moved.x, moved.y)
    table(seats(), X=x, Y=y).to_csv(folder / "a.csv", index=False)


@pytest.mark.parametrize("mark", [0x00, 0x57, 0x03], ids=["nothing", "ANSI", "Windows ANSI"])
def test_a_gbk_shapefile_never_becomes_mojibake_whatever_its_table_is_marked_with(refused, tmp_path, mark):
    shapefile(counties(), tmp_path / "a.shp", lacks=[".cpg"])
    mark_language(tmp_path / "a.dbf", mark)
    assert refused(Source("a.shp")) == f"a.shp: {NOT_UTF8}"


@pytest.mark.parametrize(("page", "version"), [("ANSI_1252", "AC1015"), ("ANSI_936", "AC1024")])
def test_a_gbk_drawing_never_becomes_mojibake(refused, tmp_path, page, version):
    words = f"0|SECTION|2|HEADER|9|$ACADVER|1|{version}|9|$DWGCODEPAGE|3|{page}|0|ENDSEC|0|SECTION|2|ENTITIES"
    words += "|0|TEXT|8|县名|10|116.7|20|39.5|40|2.5|1|廊坊市|0|ENDSEC|0|EOF|"
    (tmp_path / "a.dxf").write_bytes(words.replace("|", "\n").encode("gbk"))
    assert refused(Source("a.dxf", crs="EPSG:4490")) == f"a.dxf: {NOT_UTF8}"


def test_a_gbk_table_that_nobody_declares(refused, tmp_path):
    (tmp_path / "a.csv").write_bytes("名称,经度,纬度\n廊坊,116.7,39.5\n".encode("gbk"))
    assert refused(Source("a.csv", crs="EPSG:4490")) == f"a.csv: {NOT_UTF8}"


@pytest.mark.parametrize(
    ("crs", "hint"),
    [
        (4490, "its coordinates look like degrees of longitude and latitude"),
        (4527, "its eastings begin with 39, as those of EPSG:4527 do if the datum is CGCS2000"),
        (4498, "its eastings begin with 20, as those of EPSG:4498 do if the datum is CGCS2000"),
        (4548, "its coordinates look like a Gauss-Krüger zone without its number, such as EPSG:4548 of 117°E"),
    ],
)
def test_a_missing_crs_is_told_with_a_guess_that_nobody_acts_on(refused, tmp_path, crs, hint):
    shapefile(seats().to_crs(crs), tmp_path / "a.shp", lacks=[".prj"])
    assert refused(Source("a.shp")) == f'a.shp: has no CRS; declare it in the recipe, such as crs = "EPSG:4490"; {hint}'


def test_eastings_of_another_zone_name_both(refused, tmp_path):
    written(tmp_path, 4527)
    assert refused(Source("a.csv", crs="EPSG:4547")) == (
        "a.csv: is said to be in EPSG:4547 (central meridian 114°E, eastings without zone), but its eastings begin "
        "with 39463325, as those of EPSG:4527 (central meridian 117°E, eastings with zone) do; declare the right one"
    )
    assert "EPSG:4526 (central meridian 114°E" in refused(Source("a.csv", crs="EPSG:4526"))


def test_surveyors_axes_are_told(refused, tmp_path):
    written(tmp_path, 4527, turned=True)
    message = refused(Source("a.csv", crs="EPSG:4527"))
    assert "holds northings in x and eastings in y, for EPSG:4527" in message
    assert message.endswith("name the columns the other way round, or say swap = true")


def test_geocentric_coordinates_without_the_third(refused, tmp_path):
    table(seats(), X=[-2.1e6] * 10, Y=[4.4e6] * 10, Z=[4.1e6] * 10).to_csv(tmp_path / "a.csv", index=False)
    assert refused(Source("a.csv", crs="EPSG:4479")) == (
        f'{RECIPE}: sources.0.z: geocentric coordinates are three; name the third column, such as z = "Z"'
    )


def test_metres_that_are_said_to_be_degrees(refused, tmp_path):
    written(tmp_path, 4527)
    message = refused(Source("a.csv", crs="EPSG:4490"))
    assert message.startswith("a.csv: is said to be in China Geodetic Coordinate System 2000, but its coordinates")
    assert "EPSG:4527" in message


def test_degrees_that_are_said_to_be_metres(refused, tmp_path):
    table(seats(), X=seats().geometry.x, Y=seats().geometry.y).to_csv(tmp_path / "a.csv", index=False)
    message = refused(Source("a.csv", crs="EPSG:4548"))
    assert "no zone of China does; its coordinates look like degrees" in message


def test_a_table_whose_every_row_is_exchanged(refused, tmp_path):
    table(seats(), lon=seats().geometry.y, lat=seats().geometry.x).to_csv(tmp_path / "a.csv", index=False)
    assert refused(Source("a.csv", crs="EPSG:4490")) == (
        f"{RECIPE}: sources: no feature is left: 10 read, "
        "10 with coordinates exchanged (is swap = true meant?) or of another zone"
    )


def test_several_pairs_of_coordinates(refused, tmp_path):
    frame = table(seats(), lon=[1.0] * 10, lat=[2.0] * 10, X=[3.0] * 10, Y=[4.0] * 10)
    frame.to_csv(tmp_path / "a.csv", index=False)
    assert refused(Source("a.csv", crs="EPSG:4490")) == (
        f"{RECIPE}: sources.0: a.csv has several pairs of coordinates: lon, lat or X, Y; name one as x and y"
    )


def test_an_archive_of_several_data_sets(refused, tmp_path):
    (tmp_path / "县").mkdir()
    for name in ("a", "b"):
        shapefile(counties(), tmp_path / f"县/{name}.shp")
    zipped(tmp_path / "县")
    assert refused(Source("县.zip")) == (
        "县.zip: cannot be read: it holds several data sets, 县/a.shp, 县/b.shp; unpack it and name one"
    )


LAYER = """<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/http://127.0.0.1:9/a.geojson
</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"""
PIPELINE = (
    """{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read http://127.0.0.1:9/a.geojson"}"""
)
SERVICE = "<OGRWFSDataSource><URL>http://127.0.0.1:9/wfs</URL></OGRWFSDataSource>"


@pytest.mark.parametrize("name", ["a.vrt", "a.geojson", "a.zip"])
@pytest.mark.parametrize("text", [LAYER, PIPELINE, SERVICE], ids=["layer", "pipeline", "service"])
def test_what_leads_elsewhere_is_not_opened_whatever_it_is_called(refused, tmp_path, name, text):
    if name == "a.zip":
        with ZipFile(tmp_path / name, "w", ZIP_DEFLATED) as archive:
            archive.writestr("a.geojson", text)
    else:
        (tmp_path / name).write_text(text)
    assert refused(Source(name)) == (
        f"{name}: cannot be read: it holds no data, but leads to some elsewhere; name the file of the data itself"
    )


def test_an_archive_under_a_password(refused, tmp_path):
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.geojson", "{}")
    packed = bytearray((tmp_path / "a.zip").read_bytes())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # the bit that says so, in both headers (APPNOTE 4.4.4)
        packed[packed.index(mark) + at] |= 1
    (tmp_path / "a.zip").write_bytes(packed)
    assert "is encrypted, password required" in refused(Source("a.zip"))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["1", "2", "1", "2"], "'1' in 2 features (a.gpkg row 1, a.gpkg row 3); '2' in 2 features (a.gpkg row 2, a.g"),
        (["1", None, "2", "3"], "no value in 1 features (a.gpkg row 2)"),
        (["1", "  ", "2", "3"], "no value in 1 features (a.gpkg row 2)"),
        (["7", "7 ", "8", "9"], "'7' in 2 features (a.gpkg row 1, a.gpkg row 2)"),
    ],
)
def test_ids_that_name_no_feature_or_several(refused, tmp_path, values, told):
    places = [Point(116 + n, 39) for n in range(4)]
    geopandas.GeoDataFrame({"id_": values}, geometry=places, crs=4490).to_file(tmp_path / "a.gpkg")
    message = refused(Source("a.gpkg"), features=FeatureOptions(id="id_"))
    assert message.startswith(f"{RECIPE}: features.id: 'id_' must name each feature by a value of its own: {told}")


def test_ids_of_two_sources_that_differ_in_type_alone(refused, tmp_path):
    geopandas.GeoDataFrame({"code": [7]}, geometry=[Point(1, 2)], crs=4490).to_file(tmp_path / "a.gpkg")
    geopandas.GeoDataFrame({"code": ["7"]}, geometry=[Point(3, 4)], crs=4490).to_file(tmp_path / "b.gpkg")
    message = refused(Source("a.gpkg"), Source("b.gpkg"), features=FeatureOptions(id="code"))
    assert message.endswith("'7' in 2 features (a.gpkg row 1, b.gpkg row 1)")


def test_an_id_that_no_step_makes(refused, tmp_path):
    counties().to_file(tmp_path / "a.gpkg")
    step = FieldsStep("fields", {"label": "name"})
    message = refused(Source("a.gpkg"), features=FeatureOptions(id="gb"), steps=(step,))
    assert message == f"{RECIPE}: features.id: there is no attribute 'gb' after all steps; there are: label"
