"""Clients that people have, with a key in the address and in a header, reading what needs one.

Of a gateway, of nginx in front of one, which keeps the files, and of the edge of a CDN, which has them from a bucket.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import geopandas
import numpy as np
import pyogrio
import pytest
import rasterio
from command_kit import run
from edge_stack import edge, gateway, make_cloud
from gateway_kit import CARD, KEY, NODE, RELEASE_1, pointer, release
from issue_kit import issue, issue_in, secret_of
from localstack_kit import LocalStack
from nginx_kit import nginx
from rasterio.windows import Window
from server_kit import running, write

from tianlake.functions.accounts.dynamodb import DynamoAccounts
from tianlake.lake import duck

WRONG = "z" * 32
WINDOW = Window(700, 500, 300, 200)


@dataclass(frozen=True)
class Served:
    url: str
    table: Path


@contextmanager
def at_the_edge(localstack: LocalStack, lake: Path, folder: Path) -> Iterator[str]:
    """Give the address of a CDN in front of the node's bucket, and of a gateway for what is made."""
    cloud = make_cloud(localstack)
    localstack.upload(lake, cloud.mark)
    issue_in(DynamoAccounts(cloud.mark, localstack.settings, localstack.session))
    assert run("init", str(folder / "ws"), "--node", NODE).returncode == 0
    (folder / "ws/tianlake.toml").write_text(cloud.settings, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cloud.environment.items():
            patch.setenv(name, value)
        with gateway(folder / "ws", cloud.environment) as behind:
            origins = dict.fromkeys(("gateway", "api", "web", "stac"), f"http://127.0.0.1:{behind}")
            with edge(cloud, [NODE], NODE, folder, origins) as port:
                yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module", params=["gateway", "nginx", "edge"])
def served(request, provinces, climate, province_source, tmp_path_factory):
    base = tmp_path_factory.mktemp("workspace")
    table = base / "provinces.parquet"
    geopandas.read_file(province_source).to_parquet(table, row_group_size=10, write_covering_bbox=True)
    files = {path.name: path.read_bytes() for path in (provinces, climate, table)}
    card = replace(CARD, access="professional")
    archive = {"href": f"../../releases/places/{RELEASE_1}/{provinces.name}", "type": "application/vnd.pmtiles"}
    collection = {"version": RELEASE_1, "tianlake:access": card.access, "assets": {"tiles": archive}}
    current = dict.fromkeys(pointer(RELEASE_1), json.dumps(collection).encode())
    write(base / "lake" / NODE, release(RELEASE_1, files, card=card) | current)
    if request.param == "edge":
        with at_the_edge(request.getfixturevalue("localstack"), base / "lake", base) as url:
            yield Served(url, table)
        return
    issue(base)
    behind = request.param == "nginx"
    with running(base, [NODE], trust_forwarded=behind) as server:
        if not behind:
            yield Served(server.url, table)
            return
        with nginx(secret_of(base), server.port, base / "nginx") as front:
            yield Served(f"http://127.0.0.1:{front.port}", table)


@contextmanager
def gdal(**options: str) -> Iterator[None]:
    """Set GDAL's options for both packages, each of which has a GDAL of its own, and take them back."""
    options |= {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"}
    pyogrio.set_gdal_config_options(options)
    with rasterio.Env(**options):
        yield
    pyogrio.set_gdal_config_options(dict.fromkeys(options))


KEYED: list[tuple[str, dict[str, str]]] = [
    (f"?tk={KEY}", {}),
    ("", {"GDAL_HTTP_HEADERS": f"X-Api-Key: {KEY}"}),
    ("", {"GDAL_HTTP_HEADERS": f"Authorization: Bearer {KEY}"}),
]


@pytest.mark.parametrize(("query", "options"), KEYED)
def test_gdal_reads_a_cog(served, climate, query, options):
    with gdal(**options), rasterio.open(f"/vsicurl/{served.url}/data/places/{climate.name}{query}") as there:
        found = there.read(1, window=WINDOW)
    with rasterio.open(climate) as here:
        assert np.array_equal(found, here.read(1, window=WINDOW))


@pytest.mark.parametrize(("query", "options"), KEYED)
def test_gdal_reads_the_features_of_an_archive(served, provinces, query, options):
    # GDAL knows this format by the end of the name, so the address has to end like the file.
    url = f"/vsicurl/{served.url}/tiles/places.pmtiles{query}{'&.pmtiles' if query else ''}"
    with gdal(**options):
        there = pyogrio.read_dataframe(url, layer="province", ZOOM_LEVEL=4)
    assert there.equals(pyogrio.read_dataframe(provinces, layer="province", ZOOM_LEVEL=4))


@pytest.mark.parametrize(("query", "status"), [("", "401"), (f"?tk={WRONG}", "403")])
def test_gdal_says_which_status_it_met(served, climate, query, status):
    with gdal(), pytest.raises(rasterio.errors.RasterioIOError, match=status):
        rasterio.open(f"/vsicurl/{served.url}/releases/places/{RELEASE_1}/{climate.name}{query}").close()


def count(url: str, **secret: str) -> int:
    """Return the rows that DuckDB counts west of 100°, with a secret for the server if given."""
    with duck.connect() as connection:
        if secret:
            name, value = next(iter(secret.items()))
            connection.execute(f"CREATE SECRET (TYPE http, {name} {value}, SCOPE '{url.rpartition('/data/')[0]}')")
        query = "SELECT count(*) FROM read_parquet(?) WHERE bbox.xmin < 100"
        return int(connection.execute(query, [url]).fetchall()[0][0])


def test_duckdb_reads_a_table(served):
    url = f"{served.url}/data/places/{served.table.name}"
    here = count(str(served.table))
    assert here > 3
    assert count(f"{url}?tk={KEY}") == here
    assert count(url, BEARER_TOKEN=f"'{KEY}'") == here
    assert count(url, EXTRA_HTTP_HEADERS=f"MAP {{'X-Api-Key': '{KEY}'}}") == here


@pytest.mark.parametrize("query", ["", f"?tk={WRONG}"])
def test_duckdb_is_refused_and_does_not_say_why(served, query):
    """It drops the answer of an error, status and all: to learn why, ask for the same address with anything else."""
    with pytest.raises(duckdb.HTTPException, match="HTTP GET error on"):
        count(f"{served.url}/data/places/{served.table.name}{query}")


def fetch(url: str, **headers: str) -> tuple[int, Any]:
    """Ask with nothing but Python's own library."""
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_script_reads_a_tile_and_is_told_what_is_wrong(served):
    tile = f"{served.url}/tiles/places/3/6/3.mvt"
    status, body = fetch(f"{tile}?tk={KEY}")
    assert status == 200
    assert fetch(tile, X_Api_Key=KEY) == fetch(tile, Authorization=f"Bearer {KEY}") == (200, body)
    for query, status, code in [
        ("", 401, "key-missing"),
        (f"?tk={WRONG}", 403, "key-unknown"),
        ("?tk=1", 400, "key-malformed"),
    ]:
        answered, problem = fetch(tile + query)
        assert (answered, problem["code"]) == (status, code)
        assert problem["resolve"]["zh"]
        assert problem["hint"]


def test_documents_need_no_key(served):
    for path in ("/tiles/places.json", "/data/places/manifest.json"):
        assert fetch(f"{served.url}{path}")[0] == 200
