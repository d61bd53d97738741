"""Terms of addresses: a road, a road with a number, and what follows the county in a full address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb
import pyarrow as pa

from tianlake.build.search.readings import insert, read_each
from tianlake.lake.search.normal import normal

_ROW: Final = {"norm": pa.string(), "first": pa.uint32(), "count": pa.int32(), "importance": pa.uint8()}
ROADS: Final = pa.schema({"road": pa.string(), **_ROW})
ADDRESSES: Final = pa.schema({"address": pa.string(), **_ROW})


def make_addresses(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `search_roads` and `search_addresses` of the rows of `search_rows` that have a road or lie in a town.

    An address is what is typed after the county: with or without the town, the number, and the name.
    """
    insert(connection, "search_roads", ROADS.empty_table())
    insert(connection, "search_addresses", ADDRESSES.empty_table())
    chosen = (
        "SELECT doc, norm, importance, town_name, road, number FROM search_rows "
        "WHERE road IS NOT NULL OR town_name IS NOT NULL"
    )
    for rows in read_each(connection, chosen):
        roads, addresses = [], []
        for doc, norm, importance, *parts in rows:
            town, road, number = (normal(part or "") for part in parts)
            if road:
                roads.append((road, norm, doc, 1, importance))
            exact = road + number.removesuffix("号") if road else ""
            texts = {exact, exact + norm, road + norm, town + exact, town + exact + norm, town + norm}
            addresses += [(text, norm, doc, 1, importance) for text in sorted(texts - {town, road, norm, ""})]
        insert(connection, "search_roads", _table(roads, ROADS))
        insert(connection, "search_addresses", _table(addresses, ADDRESSES))


def _table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table([list(each) for each in columns], schema=schema)
