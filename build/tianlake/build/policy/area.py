"""Where a node may publish: the area of its division, as a node above it publishes that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import duckdb

from tianlake.lake.areas import AREA_CLASSES, area_tables
from tianlake.lake.current import CurrentRelease
from tianlake.lake.duck import connect
from tianlake.lake.errors import StoreError
from tianlake.lake.words import Bounds

AREA: Final = """
SELECT ST_AsWKB(ST_Union_Agg(geometry)), min(bbox.xmin), min(bbox.ymin), max(bbox.xmax), max(bbox.ymax)
FROM read_parquet($file)
WHERE starts_with(class_code, $areas) AND code = $code
"""


@dataclass(frozen=True, slots=True)
class Area:
    """A node's division on the ground."""

    code: str
    """Code of the node."""
    wkb: bytes | None = None
    """Its polygons in degrees of CGCS2000; None where nobody publishes them."""
    box: Bounds | None = None
    """Its box, which is looked at where there are no polygons."""


def published_area(code: str, releases: Iterable[CurrentRelease], secret: str | None = None) -> Area:
    """Return the area of a node's division from the first product that holds it; one without polygons where none does.

    Args:
        code: Code of the node.
        releases: Current releases to look in: those of the nodes above it first, as nobody draws his own border.
        secret: A statement that lets DuckDB read the store.

    Raises:
        StoreError: A table cannot be read.
    """
    tables = [(each, each.table) for each in area_tables(releases)]
    if not tables:
        return Area(code)
    with connect() as connection:
        if secret is not None:
            connection.execute(secret)
        for release, table in tables:
            if table is None:
                continue
            try:
                found = connection.execute(
                    AREA, {"file": release.url(table.name), "areas": AREA_CLASSES, "code": code}
                ).fetchone()
            except duckdb.Error as error:
                where = f"{release.code}/{release.product}/{table.name}"
                raise StoreError(f"{where}: the areas of divisions cannot be read ({type(error).__name__})") from None
            if found is not None and found[1] is not None:  # the union of nothing is an empty shape
                return Area(code, bytes(found[0]), Bounds(*found[1:]))
    return Area(code)
