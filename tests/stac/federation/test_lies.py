"""A child that lies is not believed: what it offers is taken whole or not at all."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from federation_kit import (
    CITY,
    NATION,
    NOW,
    PROVINCE,
    SIBLING,
    Member,
    Tree,
    holds_its_last_good_state,
    only,
    other_news,
)

from tianlake.lake import keys
from tianlake.lake.errors import LakeError
from tianlake.lake.words import Bounds
from tianlake.stac.federation.item_checks import check_items
from tianlake.stac.federation.records import Health
from tianlake.stac.federation.rows import Row, row_of

OFFER = keys.OFFER


def change(product: str, **members: object) -> Callable[[list[Row]], list[Row]]:
    """Return what changes members of one Collection."""

    def act(rows: list[Row]) -> list[Row]:
        row = only([each for each in rows if each.node == CITY], product)
        body = {**row.body(), **members}
        return [each for each in rows if each is not row] + [row_of(body, row.node, row.base)]

    return act


def alien(**members: str) -> Callable[[list[Row]], list[Row]]:
    """Return what says another thing about where the first record is from."""
    return lambda rows: [replace(rows[0], **members), *rows[1:]]


def asset(href: str) -> dict[str, object]:
    return {"assets": {"data": {"href": href, "roles": ["data"]}}}


def extent(*box: float) -> dict[str, object]:
    return {"extent": {"spatial": {"bbox": [list(box)]}, "temporal": {"interval": [[None, None]]}}}


def spoil(city: Member, body: bytes) -> None:
    (city.root / OFFER).write_bytes(body)


def below(code: str, parent: str) -> Callable[[Member], None]:
    return lambda city: city.forge(lambda offer: replace(offer, below=(Health(code, parent, "fresh", 0),)))


LIES: dict[str, tuple[Callable[[Member], None], str]] = {
    "another's signature": (lambda city: city.forge(seed=b"x" * 32), "by none of the keys that are registered"),
    "another node": (lambda city: city.forge(lambda offer: replace(offer, node=SIBLING)), "that of node 156130100"),
    "another address": (
        lambda city: city.forge(lambda offer: replace(offer, url="https://evil.example")),
        "register it anew",
    ),
    "made tomorrow": (
        lambda city: city.forge(lambda offer: replace(offer, made="2999-01-01T00:00:00Z")),
        "ahead of the clock here",
    ),
    "made before": (
        lambda city: city.forge(lambda offer: replace(offer, made="2020-01-01T00:00:00Z")),
        "older than the one taken before",
    ),
    "no JSON": (lambda city: spoil(city, b"tianlake-offer 1\n{\nx\n"), "by none of the keys"),
    "its parent below it": (below(PROVINCE, CITY), "which is not below 156131000"),
    "itself below it": (below(CITY, CITY), "tells of node 156131000, which is not below"),
    "the nation below it": (below(NATION, CITY), "which is not below 156131000"),
    "a sibling below it": (below(SIBLING, CITY), "which is not below 156131000"),
    "a sibling's id": (lambda city: city.forge(rows=change("counties", id="n156130100-counties")), "an id is n<node>"),
    "a record of the sibling": (
        lambda city: city.forge(
            rows=lambda rows: [*rows, row_of(rows[0].body() | {"id": "n156130100-a1"}, SIBLING, rows[0].base)]
        ),
        "node 156130100 is not 156131000",
    ),
    "an id twice": (lambda city: city.forge(rows=lambda rows: [*rows, rows[0]]), "the same id twice"),
    "a record less than told": (lambda city: city.forge(rows=lambda rows: rows[1:]), "its offer tells of "),
    "another id inside": (
        lambda city: city.forge(rows=alien(id="n156131000-other")),
        "has the id 'n156131000-climate'",
    ),
    "another base": (
        lambda city: city.forge(rows=alien(base="https://evil.example")),
        "is not where the other records",
    ),
    "a script for a base": (lambda city: city.forge(rows=alien(base="javascript:alert(1)")), "is not where the other"),
    "truncated JSON": (lambda city: city.forge(rows=alien(document='{"type": "Coll')), "not a JSON document"),
    "no Collection": (lambda city: city.forge(rows=alien(document='{"id": "n156131000-climate"}')), "Field required"),
    "files elsewhere": (
        lambda city: city.forge(rows=change("counties", **asset("https://evil.example/x.parquet"))),
        "is not below https://langfang.example.org",
    ),
    "files out of its folder": (
        lambda city: city.forge(rows=change("counties", **asset("https://langfang.example.org/a/%2e%2E/../x"))),
        "is not below https://langfang.example.org",
    ),
    "files of this machine": (
        lambda city: city.forge(rows=change("counties", **asset("file:///etc/passwd"))),
        "must be an http(s) address",
    ),
    "a script to click on": (
        lambda city: city.forge(rows=change("counties", links=[{"rel": "related", "href": "javascript:alert(1)"}])),
        "must be an http(s) address",
    ),
    "a script to reach its operator by": (
        lambda city: city.forge(rows=change("counties", contacts=[{"links": [{"href": "javascript:alert(1)"}]}])),
        "contacts.0.links.0.href: must be an http(s) address",
    ),
    "outside its division": (
        lambda city: city.forge(rows=change("counties", **extent(116.2, 38.5, 118.7, 40.0))),
        "reaches out of the node's division",
    ),
    "across the antimeridian": (
        lambda city: city.forge(rows=change("counties", **extent(170, 38.5, -170, 40.0))),
        "reaches out of the node's division",
    ),
    "nowhere on earth": (
        lambda city: city.forge(rows=change("counties", **extent(1, 95, 2, 99))),
        "must lie in -90..90",
    ),
    "an index of zeros": (lambda city: city.forge(files={"collections": b"\0" * 100}), "not a Parquet file"),
    "Items of zeros": (lambda city: city.forge(files={"items": b"\0" * 100}), "not stac-geoparquet"),
    "a file as large as the moon": (
        lambda city: city.forge(
            lambda offer: replace(offer, collections=replace(offer.collections, size=10**12, sha256="0" * 64))
        ),
        "1000000000000 bytes, more than",
    ),
    "a file out of its folder": (
        lambda city: city.forge(
            lambda offer: replace(
                offer, collections=replace(offer.collections, key="../156130000/node.json", sha256="0" * 64)
            )
        ),
        "must not hold the part '..'",
    ),
}
HEBEI, LANGFANG = Bounds(113.45, 36.04, 119.85, 42.62), Bounds(113.32, 36.4, 118.56, 42.01)
"""The second is the box of the test's assets, wider than the city: they are all of Hebei."""


def area(code: str) -> Bounds | None:
    return {PROVINCE: HEBEI, CITY: LANGFANG, SIBLING: HEBEI}.get(code)


@pytest.mark.parametrize("case", LIES)
def test_a_child_that_lies_is_not_believed(case: str, news: tuple[Tree, dict[str, bytes]]) -> None:
    tree, before = news
    tree.province.register(tree.city)
    act, reason = LIES[case]
    said = (tree.city.root / OFFER).read_bytes()
    act(tree.city)
    tree.province.harvest(NOW + 60, area=area)
    (tree.city.root / OFFER).write_bytes(said)
    holds_its_last_good_state(tree, before, reason)


def column(
    name: str, act: Callable[[list[Any]], list[Any]], kind: pa.DataType | None = None
) -> Callable[[pa.Table], pa.Table]:
    """Return what changes the values of one column."""

    def change(table: pa.Table) -> pa.Table:
        place = table.schema.get_field_index(name)
        values = act(table[name].to_pylist())
        return table.set_column(place, name, pa.array(values, kind or table.schema.field(name).type))

    return change


POINT = bytes(shapely.to_wkb(shapely.Point(2.35, 48.85)))


def script(links: list[Any]) -> list[Any]:
    return [[{**each, "href": "javascript:alert(1)"} for each in row] for row in links]


def away(assets: list[Any]) -> list[Any]:
    return [{"data": {**row["data"], "href": "https://evil.example/x.tif"}} for row in assets]


ITEMS: dict[str, tuple[Callable[[pa.Table], pa.Table], str]] = {
    "another's id": (
        column("id", lambda rows: ["n156130100-climate-x" for _ in rows]),
        "does not begin with n156131000-",
    ),
    "no id": (column("id", lambda rows: [None for _ in rows]), "an Item lacks one of id"),
    "an id twice": (lambda table: pa.concat_tables([table, table]), "the same id twice"),
    "a name of DuckDB's": (
        lambda table: table.append_column("File_Row_Number", pa.array([1] * len(table))),
        "no property may be called file_row_number",
    ),
    "numbers for ids": (column("id", lambda rows: [1 for _ in rows], pa.int64()), "the column id is of type int64"),
    "no geometry": (lambda table: table.drop_columns(["geometry"]), "the column geometry is missing"),
    "no WKB": (column("geometry", lambda rows: [b"\x01\x02" for _ in rows]), "a geometry is no WKB"),
    "elsewhere on earth": (
        column("geometry", lambda rows: [POINT for _ in rows]),
        "reaches out of the node's division",
    ),
    "a box elsewhere": (
        column("bbox", lambda rows: [{"xmin": 1.0, "ymin": 1.0, "xmax": 2.0, "ymax": 2.0} for _ in rows]),
        "reaches out of the node's division",
    ),
    "files elsewhere": (column("assets", away), "is not below https://langfang.example.org"),
    "a script to click on": (column("links", script), "is no http(s) address"),
    "a time that is a text": (
        column("datetime", lambda rows: ["2026-01-01T00:00:00Z" for _ in rows], pa.string()),
        "the column datetime is of type string, not a time",
    ),
    "a type that no JSON has": (
        lambda table: table.append_column("x", pa.array([b"x" * 16] * len(table), pa.binary(16))),
        "the column 'x' is there twice, or of a type that no JSON has: fixed_size_binary[16]",
    ),
    "a column twice": (
        lambda table: table.append_column("gsd", pa.array([1.0] * len(table))),
        "the column 'gsd' is there twice",
    ),
    "nothing said of geometries": (lambda table: table.replace_schema_metadata(), "not stac-geoparquet"),
}


@pytest.mark.parametrize("case", ITEMS)
def test_items_that_are_not_as_they_should_be_are_refused(case: str, pristine: Tree, tmp_path: Path) -> None:
    change, reason = ITEMS[case]
    file = pristine.city.offer().items
    assert file is not None
    path = tmp_path / "items.parquet"
    pq.write_table(change(pq.read_table(pristine.city.root / file.key)), path)
    with pytest.raises(LakeError, match=re.escape(reason)):
        check_items(path, pristine.city.rows(), area)


def test_items_as_they_are_pass(pristine: Tree) -> None:
    file = pristine.city.offer().items
    assert file is not None
    check_items(pristine.city.root / file.key, pristine.city.rows(), area)


def test_columns_of_another_type_than_those_of_others_are_made_to_fit(tree: Tree) -> None:
    """One city counts its clouds as text, and says more of each file: nobody's Items are left out for that."""
    file = tree.city.offer().items
    assert file is not None
    table = pq.read_table(tree.city.root / file.key)
    table = table.append_column("tianlake:native_gsd_m", pa.array(["about 10"] * len(table)))
    table = column("proj:code", lambda rows: [4490 for _ in rows], pa.int64())(table)
    sink = io.BytesIO()
    pq.write_table(table, sink)
    tree.city.forge(files={"items": sink.getvalue()})
    tree.province.harvest(NOW + 60)
    assert tree.province.child(CITY).state == "fresh"
    merged = tree.province.offer().items
    assert merged is not None
    found = duckdb.sql(
        f"""SELECT id, "proj:code", "tianlake:native_gsd_m", gsd FROM '{tree.province.root / merged.key}' ORDER BY id"""
    ).fetchall()
    assert found == [
        ("n156130000-scenes-part-0", "EPSG:4490", None, 817.0),
        ("n156130000-scenes-part-1", "EPSG:4490", None, 817.0),
        ("n156131000-climate-climate", "4490", "about 10", 817.0),
    ]


def test_items_of_others_are_not_believed_either(tree: Tree) -> None:
    """A city that hands up the index of its province's scenes: they are no records of its offer."""
    before = other_news(tree)
    province = tree.province.offer()
    assert province.items is not None
    tree.city.forge(files={"items": (tree.province.root / province.items.key).read_bytes()})
    tree.province.harvest(NOW + 60)
    holds_its_last_good_state(tree, before, "which is no record of this offer")
