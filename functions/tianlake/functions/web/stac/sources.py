"""Where the Items of an index are read: from its local copy, or where the file lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tianlake.functions.web.ogc.shapes import Ask
from tianlake.functions.web.stac.copies import Copy
from tianlake.functions.web.stac.index import Columns, ItemTable, documents, searched
from tianlake.functions.web.stac.shelf import Shelf

Row = dict[str, Any]
"""Columns of one Item: geometry as text of GeoJSON, moments as RFC 3339."""


@dataclass(frozen=True, slots=True)
class Items:
    """The Items of one index."""

    table: ItemTable
    key: str
    """Of the file: addresses in it that are relative begin there."""
    file: str
    """Where DuckDB reads it."""
    shelf: Shelf | None = None

    def rows(self, wanted: Sequence[int], ask: Ask) -> Iterator[Row]:
        """Yield whole Items by their rows, in the order that is wanted."""
        if not wanted:
            return
        if self.shelf is not None:
            yield from self.shelf.rows(wanted)
            return
        found = ask(documents(self.file, self.table.columns, wanted)).records()
        by_row = {each.pop("file_row_number"): each for each in found}
        yield from (by_row[each] for each in wanted)


def in_place(digest: str, columns: Columns, key: str, file: str) -> Items:
    """Return the Items of a file that is read where it lies."""
    return Items(ItemTable(digest, columns, f"({searched(file, columns)}) AS lake"), key, file)


def copied(copy: Copy, key: str, file: str) -> Items:
    """Return the Items of a file that has a local copy."""
    return Items(ItemTable(copy.digest, copy.columns, copy.source), key, file, copy.shelf)
