"""What the cities of a simulated nation hand up, written as real nodes publish it."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from nation import BUILT, SENSORS, City, box_of, history_of, node_card, product_card, put, release_of, sha256, url_of

from tianlake.lake import keys
from tianlake.lake.nodes import NodeCard
from tianlake.lake.records import dump_record
from tianlake.lake.releases import (
    COG,
    PARQUET,
    Asset,
    Band,
    Candidate,
    Column,
    Manifest,
    RasterFacts,
    Scene,
    TableFacts,
)
from tianlake.lake.words import Bounds, Text
from tianlake.stac import StacDescriber
from tianlake.stac.federation.hrefs import absolute
from tianlake.stac.federation.offers import write_offer
from tianlake.stac.federation.records import File, Offer
from tianlake.stac.federation.rows import Row, row_of, write_rows
from tianlake.stac.geoparquet import ROW_GROUP, items_parquet
from tianlake.stac.items import Place, scene_item


def write_cities(root: Path, cities: list[City]) -> None:
    """Write what cities hand up, each into the folder of its code; two processes at once."""
    with ProcessPoolExecutor(2) as pool:
        for _ in pool.map(partial(write_city, root), cities, chunksize=8):
            pass


def write_city(root: Path, city: City) -> None:
    """Write what a city hands up."""
    node, place = node_card(city.code), root / city.code
    made = [_product(city, number) for number in range(city.products)]
    rows = [_row(node, candidate, release_of(candidate)) for candidate in made]
    files = {"node.json": dump_record(node), "collections.parquet": write_rows(rows)}
    tables = [_items(node, city, each) for each in made if each.assets[0].media_type == COG]
    if any(each.num_rows for each in tables):
        files["items.parquet"] = _parquet(tables, box_of(city.code))
    named = {name: File(keys.index_file(sha256(body), name), sha256(body), len(body)) for name, body in files.items()}
    offer = Offer(
        1,
        city.code,
        url_of(city.code),
        BUILT.format(1 + max(city.editions)),
        named["node.json"],
        named["collections.parquet"],
        named.get("items.parquet"),
        city.products,
    )
    for name, body in files.items():
        put(place / named[name].key, body)
    put(place / keys.OFFER, write_offer(offer, city.seed))


def _product(city: City, number: int) -> Candidate:
    edition = city.editions[number]
    imagery = number % 3 == 0
    built = BUILT.format(1 + edition)
    made = product_card(city.code, number, "raster" if imagery else "vector")
    facts: RasterFacts | TableFacts = _scene(city, number, 0) if imagery else _table(box_of(city.code))
    name = f"{made.id}-0000000.tif" if imagery else f"{made.id}.parquet"
    digest = hashlib.sha256(f"{city.code} {number} {edition}".encode()).hexdigest()
    title = Text("数据", "Data")
    media_type = COG if imagery else PARQUET
    own = Asset(name, "data", media_type, digest, 10_000_000 + number, title, facts)
    # Two scenes make a product of Items; both are there, so that the record is of the form that such products have.
    beside = (replace(own, name=f"{made.id}-0000001.tif"),) if imagery else ()
    return Candidate(city.code, made, built, digest, box_of(city.code), (own, *beside), (), {"gdal": "3.11"})


def _table(box: Bounds) -> TableFacts:
    columns = tuple(Column(each, "VARCHAR") for each in ("id", "name", "class_code", "province_code", "city_code"))
    return TableFacts(
        10_000, (*columns, Column("geometry", "GEOMETRY")), "geometry", ("LineString",), box, "EPSG:4490", 3
    )


def _scene(city: City, number: int, place: int) -> RasterFacts:
    box = box_of(city.code)
    wide, high = (box.east - box.west) / 64, (box.north - box.south) / 64
    west, south = box.west + wide * (place % 64), box.south + high * (place // 64 % 64)
    ring = ((west, south), (west + wide, south), (west + wide, south + high), (west, south + high), (west, south))
    when = f"{2018 + number % 9}-{1 + place % 12:02}-{1 + place % 28:02}T{place % 24:02}:30:00Z"
    return RasterFacts(
        10_000,
        10_000,
        tuple(Band("uint8", 0.0, 1.0, 255.0) for _ in range(3)),
        (wide / 10_000, 0.0, west, 0.0, -high / 10_000, south + high),
        Bounds(west, south, west + wide, south + high),
        "EPSG:4490",
        0.8,
        ring,
        scene=Scene(when, when, SENSORS[number % 4], float(place % 100), "L2A", 2.5, 0.8),
    )


def _row(node: NodeCard, candidate: Candidate, manifest: Manifest) -> Row:
    history = history_of(manifest)
    key, url = keys.pointer(candidate.card.id), url_of(node.code)
    document = json.loads(StacDescriber().pointer(node, history).body)
    return row_of(absolute(document, f"{url}/{key}"), node.code, url)


def _items(node: NodeCard, city: City, candidate: Candidate) -> pa.Table:
    """Return the Items of one product: one made by the describer, the others after it."""
    number = int(candidate.card.id.rpartition("-")[2])
    rasters = len(range(0, city.products, 3))
    count = city.items // rasters + (number // 3 < city.items % rasters)
    manifest = release_of(candidate)
    base = f"{url_of(node.code)}/{keys.release_prefix(candidate.card.id, manifest.release)}"
    first = scene_item(candidate, candidate.assets[0], Place(f"{url_of(node.code)}/", base))
    schema = pq.ParquetFile(pa.BufferReader(items_parquet([first]))).schema_arrow.remove_metadata()
    (row,) = pq.read_table(pa.BufferReader(items_parquet([first]))).to_pylist()
    if count == 0:
        return schema.empty_table()
    facts = [_scene(city, number, place) for place in range(count)]
    shapes = shapely.to_wkb(shapely.polygons([each.footprint for each in facts]))
    made = []
    for place, (fact, shape) in enumerate(zip(facts, shapes, strict=True)):
        when, box = fact.scene.acquired_start if fact.scene else None, fact.bounds
        data = row["assets"]["data"] | {
            "href": f"{base}{candidate.card.id}-{place:07}.tif",
            "file:size": 10_000_000 + place * 7919 % 90_000_000,
            "file:checksum": f"1220{hashlib.sha256(f'{candidate.fingerprint}{place}'.encode()).hexdigest()}",
        }
        made.append(
            row
            | {
                "id": f"n{node.code}-{candidate.card.id}-{candidate.card.id}-{place:07}",
                "title": f"{candidate.card.title.zh} · {candidate.card.id}-{place:07}",
                "geometry": shape,
                "bbox": {"xmin": box.west, "ymin": box.south, "xmax": box.east, "ymax": box.north},
                "datetime": row["datetime"] if when is None else datetime.fromisoformat(when),
                "eo:cloud_cover": fact.scene.cloud_cover if fact.scene else None,
                "assets": {"data": data},
            }
        )
    return pa.Table.from_pylist(made, schema=schema)


def _parquet(tables: list[pa.Table], box: Bounds) -> bytes:
    column = {
        "encoding": "WKB",
        "geometry_types": ["Polygon"],
        "bbox": box.as_list(),
        "covering": {"bbox": {each: ["bbox", each] for each in ("xmin", "ymin", "xmax", "ymax")}},
    }
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    table = pa.concat_tables(tables, promote_options="permissive")
    table = table.replace_schema_metadata({"geo": json.dumps(geo), "stac-geoparquet": json.dumps({"version": "1.0.0"})})
    sink = BytesIO()
    pq.write_table(table, sink, compression="zstd", row_group_size=ROW_GROUP)
    return sink.getvalue()
