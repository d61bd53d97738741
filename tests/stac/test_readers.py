"""The catalog as other people's software reads it: pystac, pyarrow, geopandas, stac-geoparquet."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas
import pyarrow.parquet as pq
import pystac
import pytest
import stac_geoparquet.arrow
from pystac.errors import STACValidationError
from pystac.validation.stac_validator import JsonSchemaSTACValidator
from shapely.geometry import shape

from tianlake.lake.releases import Band
from tianlake.stac.geoparquet import items_parquet
from tianlake.stac.items import Place, scene_item


@pytest.fixture(scope="session")
def schemas() -> JsonSchemaSTACValidator:
    """pystac's validator with the schemas that come with rashid, so that nothing is fetched."""
    validator = JsonSchemaSTACValidator()
    shipped = files("rashid") / "_schemas"
    roots = [Path(str(shipped / name)) for name in ("extensions", "portolan", "stac", "geojson")]
    for path in (path for root in roots for path in root.rglob("*.json")):
        schema = json.loads(path.read_text("utf-8"))
        validator.schema_cache.setdefault(str(schema["$id"]).removesuffix("#"), schema)
    return validator


def validate(schemas: JsonSchemaSTACValidator, found: pystac.STACObject, body: dict[str, Any]) -> None:
    schemas.validate(body, found.STAC_OBJECT_TYPE, "1.1.0", body["stac_extensions"])


def test_pystac_walks_the_catalog_and_every_object_is_valid(lake, schemas):
    root = pystac.Catalog.from_file(str(lake / "catalog.json"))
    collections = {each.id: each for each in root.get_collections()}
    assert set(collections) == {"n156130000-climate", "n156130000-counties", "n156130000-scenes"}
    items = list(root.get_items(recursive=True))
    assert {item.id for item in items} == {"n156130000-scenes-part-0", "n156130000-scenes-part-1"}
    for each in (root, *collections.values(), *items):
        validate(schemas, each, json.loads(Path(each.self_href).read_text("utf-8")))
    for item in items:
        assert item.get_parent() is collections["n156130000-scenes"]
        assert Path(item.assets["data"].get_absolute_href() or "").is_file()


def test_pystac_would_have_refused_a_wrong_document(lake, schemas):
    root = pystac.Catalog.from_file(str(lake / "catalog.json"))
    counties = root.get_child("n156130000-counties")
    assert counties is not None
    body = json.loads(Path(counties.self_href).read_text("utf-8"))
    body["assets"]["data"]["proj:code"] = 4490
    with pytest.raises(STACValidationError):
        validate(schemas, counties, body)


def test_pystac_follows_the_version_links_of_a_release(lake, schemas):
    for path in sorted(lake.glob("releases/*/*/release.json")):
        found = pystac.Collection.from_file(str(path))
        validate(schemas, found, json.loads(path.read_text("utf-8")))
        data = [asset for asset in found.assets.values() if "data" in (asset.roles or [])]
        assert data
        assert all(Path(asset.get_absolute_href() or "").is_file() for asset in data)


def test_a_collection_says_what_is_in_its_table(lake):
    body = json.loads((lake / "collections/counties/collection.json").read_text("utf-8"))
    table = pq.ParquetFile(lake / "collections/counties" / body["assets"]["data"]["href"])
    assert body["table:row_count"] == table.metadata.num_rows
    assert [each["name"] for each in body["table:columns"]] == table.schema_arrow.names
    assert body["table:primary_geometry"] == "geometry"
    assert body["vector:geometry_types"] == ["MultiPolygon"]
    assert body["assets"]["data"]["proj:code"] == "EPSG:4490"
    [layers] = [each["pmtiles:layers"] for each in body["links"] if each["rel"] == "pmtiles"]
    assert layers == ["counties"]


def test_a_collection_says_how_its_raster_lies_and_what_its_values_mean(lake):
    import rasterio  # noqa: PLC0415 - only here

    body = json.loads((lake / "collections/climate/collection.json").read_text("utf-8"))
    data = body["assets"]["data"]
    with rasterio.open(lake / "collections/climate" / data["href"]) as raster:
        assert data["proj:shape"] == [raster.height, raster.width]
        assert data["proj:transform"] == pytest.approx(list(raster.transform)[:6])
        assert data["proj:bbox"] == pytest.approx(list(raster.bounds))
        assert data["proj:code"] == raster.crs.to_string()
        [band] = data["bands"]
        assert (band["data_type"], band["nodata"]) == (raster.dtypes[0], raster.nodata)
    assert {"values": [3], "summary": "温带 · Temperate"} in data["file:values"]
    assert body["renders"]["default"]["colormap"]["3"] == [0x7F, 0xBF, 0x6B, 255]


def _source(collection):
    """Return how a record leads to where its data came from; to its approval it leads as related, too."""
    links = [each for each in collection["links"] if not each["href"].endswith("/approval.json")]
    return [each["rel"] for each in links if each["rel"] in {"via", "related"}]


def test_who_answers_is_named_and_a_copy_of_others_data_says_so(lake):
    counties, climate, scenes = (
        json.loads((lake / f"collections/{name}/collection.json").read_text("utf-8"))
        for name in ("counties", "climate", "scenes")
    )
    assert [(each["name"], each["roles"]) for each in counties["providers"]] == [
        ("OpenStreetMap contributors", ["producer", "licensor"]),
        ("河北省自然资源档案馆", ["host"]),
    ]
    assert [each["roles"] for each in climate["providers"]] == [["producer", "host"]]
    assert [each["roles"] for each in scenes["providers"]] == [["producer", "host"]]
    assert [_source(each) for each in (counties, climate)] == [["via"], ["related"]]
    assert {each["name"] for each in counties["contacts"]} == {"河北省自然资源档案馆", "河北省自然资源厅"}


def test_the_index_holds_every_scene_and_reads_back_as_items(lake, schemas):
    path = lake / "index/items.parquet"
    frame = geopandas.read_parquet(path)
    assert set(frame["id"]) == {
        "n156130000-climate-climate",
        "n156130000-scenes-part-0",
        "n156130000-scenes-part-1",
    }
    assert frame.crs.to_string() == "OGC:CRS84"
    for body in stac_geoparquet.arrow.stac_table_to_items(pq.read_table(path)):
        item = pystac.Item.from_dict(body)
        schemas.validate(body, item.STAC_OBJECT_TYPE, "1.1.0", body["stac_extensions"])
        assert (path.parent / body["assets"]["data"]["href"]).is_file()
        assert (path.parent / next(each["href"] for each in body["links"] if each["rel"] == "collection")).is_file()


def test_the_mirror_of_a_release_holds_its_items_as_their_documents_say(lake):
    [path] = lake.glob("releases/scenes/*/items.parquet")
    rows = {body["id"]: body for body in stac_geoparquet.arrow.stac_table_to_items(pq.read_table(path))}
    documents = [json.loads(each.read_text("utf-8")) for each in lake.glob("collections/scenes/*/*.json")]
    assert len(documents) == len(rows) == 2
    for body in documents:
        row = rows[body["id"]]
        assert shape(row["geometry"]).equals(shape(body["geometry"]))
        assert row["bbox"] == body["bbox"]
        assert datetime.fromisoformat(row["properties"]["datetime"]) == datetime.fromisoformat(
            body["properties"]["datetime"]
        )
        assert row["assets"]["data"]["file:checksum"] == body["assets"]["data"]["file:checksum"]
        assert (path.parent / row["assets"]["data"]["href"]).is_file()


def test_an_index_of_many_scenes_is_geoparquet_in_the_order_of_the_ground(tmp_path, candidates):
    items = []
    for index in range(400):
        row, column = divmod(index * 137 % 400, 20)  # every cell of a grid once, far from the one before
        west, south = 100 + column, 20 + row
        scene = replace(candidates["scenes"].assets[0], name=f"scene-{index:03}.tif")
        ring = ((west, south), (west + 1, south), (west + 1, south + 1), (west, south + 1), (west, south))
        scene = replace(scene, facts=replace(scene.facts, footprint=ring))
        items.append(scene_item(candidates["scenes"], scene, Place("../", "../releases/scenes/x/")))
    path = tmp_path / "items.parquet"
    path.write_bytes(items_parquet(items))
    geo = json.loads(pq.ParquetFile(path).schema_arrow.metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    frame = geopandas.read_parquet(path, bbox=(105, 25, 107, 27))
    assert len(frame) == 16
    centres = geopandas.read_parquet(path).geometry.representative_point()
    steps = [one.distance(other) for one, other in pairwise(centres)]
    assert sum(steps) / len(steps) < 2, "in the order they came in, neighbours in the file are 9 degrees apart"


def test_a_raster_without_a_number_for_nodata_is_described(candidates):
    climate = candidates["climate"]
    scene = climate.assets[0]
    bands = (Band("float32", float("nan"), None, float("inf")),)
    odd = replace(scene, facts=replace(scene.facts, bands=bands, classes=()))
    item = scene_item(climate, odd, Place("../", "./"))
    [band] = item["assets"]["data"]["bands"]
    assert band["nodata"] == "nan"
    assert "statistics" not in band
    plain = scene_item(climate, scene, Place("../", "./"))
    assert len(items_parquet([item, {**plain, "id": "other"}])) > 0, "one column holds a number and the word nan"
