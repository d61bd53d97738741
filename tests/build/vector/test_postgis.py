"""A table of PostGIS is a source like a file: its rows, its CRS, its changes; and nothing of who reads it is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas
import pytest
import shapely
from messy_kit import counties
from postgis_kit import PASSWORD, Database, postgis
from vector_kit import make_recipe

from tianlake.build.candidates import BuildOptions, build
from tianlake.build.fingerprint import HashCache, record_sources
from tianlake.build.job import silent
from tianlake.build.vector.features import gather
from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.recipes import Source, Tiles
from tianlake.lake.words import Bounds

TABLE = "cadastre.县"

pytestmark = pytest.mark.xdist_group("postgis")  # one server


@pytest.fixture(scope="module")
def database():
    with postgis() as running:
        running.run(
            'CREATE SCHEMA cadastre; CREATE TABLE cadastre."县" (gb text PRIMARY KEY, name text, '
            "population bigint, geom geometry(MultiPolygon, 4490), label geometry(Point, 4490))"
        )
        for row in counties().itertuples():
            wkt = shapely.to_wkt(row.geometry, rounding_precision=-1)
            running.run(
                f"INSERT INTO cadastre.\"县\" VALUES ('{row.gb}', '{row.name}', 100000, "
                f"ST_GeomFromText('{wkt}', 4490), ST_PointOnSurface(ST_GeomFromText('{wkt}', 4490)))"
            )
        running.run("INSERT INTO cadastre.\"县\" VALUES ('156131099', '未定', NULL, NULL, NULL)")
        running.run('GRANT USAGE ON SCHEMA cadastre TO surveyor; GRANT SELECT ON cadastre."县" TO surveyor')
        yield running


@pytest.fixture(autouse=True)
def password(monkeypatch, tmp_path):
    """The password comes from where libpq looks for it, and no home is needed."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)


@pytest.fixture
def read(job_of, tmp_path):
    """Return what reads a source into the features and their frame, in the order of their codes."""

    def run(source: Source):
        with connect() as connection:
            features = gather(connection, job_of(make_recipe(source), tmp_path), silent)
            rows = connection.sql("SELECT gb, name, ST_AsWKB(geometry) FROM features ORDER BY gb").fetchall()
        gb, name, wkb = zip(*rows, strict=True)
        frame = geopandas.GeoDataFrame({"gb": gb, "name": name}, geometry=shapely.from_wkb(wkb), crs=4490)
        return features, frame

    return run


def test_a_table_gives_its_rows_and_its_crs(database: Database, read):
    features, frame = read(Source(database.url, layer=TABLE))
    assert features.attributes == ("gb", "name", "population")
    wanted = counties()
    assert list(frame.name) == list(wanted.name)
    assert all(found.equals(where) for found, where in zip(frame.geometry, wanted.geometry, strict=True))
    [report] = features.sources
    assert (report.path, report.crs, report.crs_from) == (f"postgresql:{TABLE}", "EPSG:4490", "file")
    assert [(each.rule, each.count, each.samples[0].id) for each in features.findings] == [("geometry.null", 1, "未定")]


def test_a_query_chooses_rows_and_another_geometry_in_another_crs(database: Database, read):
    query = (
        "SELECT gb, name, ST_Transform(label, 4527) AS place FROM cadastre.\"县\" WHERE name LIKE '%县' ORDER BY name;"
    )
    features, frame = read(Source(database.url, query=query))
    assert list(frame.name) == [name for name in counties().name if name.endswith("县")]
    text = database.run("SELECT ST_AsText(label, 15) FROM cadastre.\"县\" WHERE name LIKE '%县' ORDER BY gb")
    wanted = shapely.from_wkt(text.splitlines())
    assert max(found.distance(where) for found, where in zip(frame.geometry, wanted, strict=True)) < 1e-9
    assert (features.sources[0].path, features.sources[0].crs) == ("postgresql:query", "EPSG:4527")


def test_columns_of_coordinates_are_points(database: Database, read):
    query = 'SELECT gb, name, ST_X(label) AS 经度, ST_Y(label) AS 纬度 FROM cadastre."县"'
    features, frame = read(Source(database.url, query=query, crs="EPSG:4490"))
    assert len(frame) == 10
    assert {each.rule: each.count for each in features.findings} == {"coordinates.missing": 1}


def test_a_build_notices_a_changed_row_and_nothing_else(database: Database, tmp_path):
    recipe = make_recipe(Source(database.url, layer=TABLE), tiles=Tiles(max_zoom=3))
    options = BuildOptions(tmp_path / "state")

    def built() -> bool:
        return build(recipe, "156000000", tmp_path, options, silent)[1]

    assert built()
    assert not built()
    database.run('UPDATE cadastre."县" SET population = population WHERE true')  # rows move, nothing changes
    assert not built()
    database.run("UPDATE cadastre.\"县\" SET population = 100001 WHERE gb = '156131022'")
    folder, new = build(recipe, "156000000", tmp_path, options, silent)
    assert new
    [record] = folder.candidate.sources
    assert record.path == f"postgresql:{TABLE}"
    assert_no_secret_in(folder.path, database)


def assert_no_secret_in(folder: Path, database: Database) -> None:
    secrets = [PASSWORD, "127.0.0.1", str(database.port), "surveyor"]
    for file in folder.iterdir():
        text = file.read_bytes().decode("utf-8", "replace")
        assert [secret for secret in secrets if secret in text] == []


def test_the_report_of_a_plain_table_says_nothing_of_the_database(database: Database, tmp_path):
    query = 'SELECT gb, name, population FROM cadastre."县"'
    recipe = make_recipe(Source(database.url, query=query, where="population IS NOT NULL"))
    recipe = replace(recipe, card=replace(recipe.card, kind="table", extent=Bounds(116, 38, 118, 41)))
    folder, _ = build(recipe, "156000000", tmp_path, BuildOptions(tmp_path / "state"), silent)
    [found] = json.loads((folder.path / "quality.json").read_bytes())["findings"]
    assert (found["rule"], found["source"], found["count"]) == ("step.where", "postgresql:query", 1)
    assert_no_secret_in(folder.path, database)


def test_a_renamed_column_is_a_change(database: Database, tmp_path):
    def digest(query: str) -> str:
        [record] = record_sources(tmp_path, make_recipe(Source(database.url, query=query)), HashCache(tmp_path / "h"))
        return record.sha256

    assert digest('SELECT gb AS a FROM cadastre."县"') != digest('SELECT gb AS b FROM cadastre."县"')
    assert digest('SELECT gb FROM cadastre."县" ORDER BY 1') == digest('SELECT gb FROM cadastre."县" ORDER BY 1 DESC')


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"path": "postgresql://a:geheim@h/db"}, LakeError, "sources.0.path: must hold no password"),
        ({"path": "postgresql://h/db?password=geheim"}, LakeError, "sources.0.path: must hold no password"),
        ({"path": "postgresql://h/db?sslpassword=geheim"}, LakeError, "sources.0.path: must hold no password"),
        ({"layer": None}, LakeError, 'sources.0.layer: a database needs either layer = "schema.table" or query'),
        ({"query": "SELECT 1"}, LakeError, "sources.0.layer: a database needs either"),
        ({"layer": "cadastre.nowhere"}, LakeError, "postgresql:cadastre.nowhere: cannot be read: "),
        ({"layer": None, "query": "SELEC"}, LakeError, 'Failed to prepare query "SELECT * FROM (SELEC) q'),
        ({"layer": None, "query": 'SELECT gb FROM cadastre."县"'}, LakeError, "has no geometry: name its columns"),
        ({"layer": None, "query": 'SELECT gb, ST_SetSRID(geom, 0) FROM cadastre."县"'}, LakeError, "has no CRS"),
        ({"path": "postgresql://127.0.0.1:1/survey"}, StoreError, "the database cannot be reached"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_without_a_secret(database: Database, read, change, error, told):
    source = replace(Source(database.url, layer=TABLE), **change)
    with pytest.raises(error) as caught:
        read(source)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_wrong_password_is_told_as_a_failure_of_the_store(database: Database, read, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "falsch")
    with pytest.raises(StoreError, match=r"^postgresql:cadastre\.县: the database cannot be reached: .*authentication"):
        read(Source(database.url, layer=TABLE))


def test_a_query_writes_nothing(database: Database, read):
    query = 'WITH gone AS (DELETE FROM cadastre."县" RETURNING *) SELECT * FROM gone'
    with pytest.raises(LakeError, match=r"read-only|permission|data-modifying"):
        read(Source(database.url, query=query))
    assert database.run('SELECT count(*) FROM cadastre."县"') == "11"
