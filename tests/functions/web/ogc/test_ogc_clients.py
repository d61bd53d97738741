"""Clients that are not ours, at a gateway that runs: OWSLib, GDAL, and a tool that makes up requests."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pyogrio
import pytest
from gateway_kit import KEY, generous, quotas
from issue_kit import issue
from ogc_kit import CODE
from owslib.ogcapi.features import Features
from owslib.ogcapi.records import Records
from server_kit import running

from tianlake.functions.web.ogc.conformance import CLASSES

PLACES = f"n{CODE}-places"
REGISTER = f"n{CODE}-register"


@pytest.fixture(scope="module")
def server(lake):
    """A gateway over the lake that counts nothing down: what is asked here is more than a day's quota."""
    for key, body in quotas(generous()).items():
        (lake / "lake" / CODE / key).write_bytes(body)
    issue(lake)
    with running(lake, [CODE]) as found:
        yield found
        _code, _printed, log = found.stop()
        assert "Traceback" not in log, log[-3000:]


@pytest.fixture(scope="module")
def url(server):
    return f"{server.url}/{CODE}/ogc"


def test_owslib_finds_its_way(url):
    service = Features(url)
    assert service.conformance()["conformsTo"] == list(CLASSES)
    assert service.api()["openapi"] == "3.0.3"
    assert service.feature_collections() == [f"n{CODE}-areas", PLACES, REGISTER]
    assert service.collection(PLACES)["id"] == PLACES
    assert "rank" in service.collection_queryables(PLACES)["properties"]
    found = service.collection_items(PLACES, bbox=[114.45, 38.05, 114.85, 38.45], limit=5, sortby=("rank", "desc"))
    assert [each["properties"]["rank"] for each in found["features"]] == [6, 6, 5, 5, 5]
    filtered = service.collection_items(PLACES, filter="rank = 3 AND std_name LIKE '廊坊市%'", limit=100)
    assert {each["properties"]["rank"] for each in filtered["features"]} == {3}
    assert service.collection_item(PLACES, "p-0025")["geometry"]["coordinates"] == [114.5, 38.1]


def test_owslib_finds_records(url):
    service = Records(url)
    assert service.records() == ["records", "tree"]
    assert [each["id"] for each in service.collection_items("records", q="地图")["features"]] == ["atlas"]
    assert service.collection_item("records", f"n{CODE}-places")["properties"]["type"] == "dataset"


def test_gdal_reads_every_feature_and_passes_filters_on(url):
    source = f"OAPIF:{url}"
    assert sorted(pyogrio.list_layers(source)[:, 0]) == sorted([f"n{CODE}-areas", PLACES, REGISTER, "records", "tree"])
    everything = pyogrio.read_dataframe(source, layer=PLACES)
    assert len(everything) == 200
    assert everything.crs.to_epsg() == 4490 or everything.crs.to_string() == "OGC:CRS84"
    assert everything.geometry.iloc[25].coords[0] == pytest.approx((114.5, 38.1))
    inside = pyogrio.read_dataframe(source, layer=PLACES, bbox=(114.45, 38.05, 114.85, 38.45))
    assert len(inside) == 16
    chosen = pyogrio.read_dataframe(source, layer=PLACES, where="rank = 3 AND std_name = '廊坊市101'")
    assert list(chosen["place_id"]) == ["p-0101"]


def test_gdal_reads_another_crs_in_its_axis_order(url):
    frame = pyogrio.read_dataframe(f"OAPIF:{url}", layer=PLACES, CRS="EPSG:4490", max_features=26)
    assert frame.geometry.iloc[25].coords[0] == pytest.approx((114.5, 38.1)), "GDAL turns it to longitude first"


@pytest.mark.parametrize(
    ("query", "options"), [(f"?tk={KEY}", {}), ("", {"GDAL_HTTP_AUTH": "BEARER", "GDAL_HTTP_BEARER": KEY})]
)
def test_gdal_reads_a_professional_product_with_a_key(url, query, options):
    pyogrio.set_gdal_config_options(options)
    try:
        assert len(pyogrio.read_dataframe(f"OAPIF:{url}{query}", layer=f"n{CODE}-areas")) > 0
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(options))


def test_a_professional_product_is_seen_by_all_and_its_features_are_not(server):
    collection = f"{server.url}/{CODE}/ogc/collections/n{CODE}-areas"
    with urllib.request.urlopen(collection, timeout=10) as answer:
        assert json.load(answer)["id"] == f"n{CODE}-areas"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{collection}/items", timeout=10)
    with refused.value:
        assert refused.value.code in {401, 403}


@pytest.mark.parametrize("examples", [1, pytest.param(4, marks=pytest.mark.long)])
def test_a_tool_that_makes_up_requests_from_the_definition_finds_no_fault(url, tmp_path, examples):
    tool = str(Path(sys.executable).with_name("schemathesis"))
    with urllib.request.urlopen(f"{url}/api", timeout=10) as answer:
        (tmp_path / "openapi.json").write_bytes(answer.read())
    checks = "not_a_server_error,content_type_conformance,response_schema_conformance"
    command = [tool, "run", str(tmp_path / "openapi.json"), "--url", url, "--checks", checks, "--seed", "1"]
    options = [
        "--max-examples",
        str(examples),
        "--phases",
        "examples,fuzzing",
        "--no-color",
        "--generation-deterministic",
    ]
    done = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert "Tested: 26" in done.stdout, done.stdout[-1000:]
