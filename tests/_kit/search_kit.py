"""Releases with a search index, made of a few places."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import lake_kit
import pyarrow as pa

from tianlake.build.search.write import write_index
from tianlake.lake import keys
from tianlake.lake.current import CurrentRelease
from tianlake.lake.duck import connect
from tianlake.lake.recipes import ProductClass
from tianlake.lake.releases import FileEntry, Manifest

RELEASE = "20261101T000000Z-11111111"


@dataclass(frozen=True, slots=True)
class Place:
    """One row of a table of class `place`, as far as the index reads it."""

    std_name: str | None
    place_id: str = ""
    lon: float = 116.0
    lat: float = 39.0
    province_code: str | None = None
    city_code: str | None = None
    county_code: str | None = None
    town: str | None = None
    town_code: str | None = None
    type_code: str | None = None
    type: str | None = None
    full_address: str | None = None
    road: str | None = None
    number: str | None = None
    pinyin: str | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """One row of a table of class `entity`, as far as the index reads it."""

    name: str | None
    entity_id: str
    class_code: str
    wkt: str
    aliases: str | None = None
    admin_code: str | None = None


def write(rows: list[Any], out: Path, product_class: ProductClass = "place", **extra: pa.Array) -> list[str]:
    """Write the index of some rows into a folder; returns the names of its files."""
    out.mkdir(parents=True, exist_ok=True)
    columns = {each.name: [getattr(row, each.name) for row in rows] for each in fields(rows[0])}
    kinds = {name: pa.float64() if name in {"lon", "lat"} else pa.string() for name in columns}
    table = pa.table({name: pa.array(values, kinds[name]) for name, values in columns.items()} | extra)
    shape = "ST_GeomFromText(wkt)" if product_class == "entity" else "ST_Point(lon, lat)"
    with connect(threads=1) as connection:
        connection.register("given", table)
        connection.execute(f"CREATE TABLE features AS SELECT *, {shape} AS geometry FROM given")
        return [each.name for each in write_index(connection, "features", product_class, out)]


def indexed(
    root: Path,
    rows: list[Any],
    *,
    node: str = "156130000",
    product: str = "places",
    product_class: ProductClass = "place",
) -> CurrentRelease:
    """Return a release below `root` with the index of some rows."""
    at = root / node
    folder = at / keys.release_prefix(product, RELEASE)
    names = write(rows, folder, product_class)
    entries = []
    for name in sorted(names):
        body = (folder / name).read_bytes()
        entries.append(FileEntry(name, hashlib.sha256(body).hexdigest(), len(body), "application/vnd.apache.parquet"))
    candidate = lake_kit.candidate(root / "scratch", "", product=product)
    return CurrentRelease(node, Manifest(RELEASE, candidate, tuple(entries)), f"{at}/", "etag")


def places(names: list[str], **more: Any) -> list[Place]:
    """Return a place for each name, a tenth of a degree apart."""
    return [
        Place(name, f"p-{number}", 73 + number % 600 / 10, 18 + number // 600 / 10, **more)
        for number, name in enumerate(names)
    ]
