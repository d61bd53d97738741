"""The boxes of divisions, from the areas that a node itself publishes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from threading import Lock
from typing import Final

import duckdb

from tianlake.lake.areas import AREA_CLASSES, area_tables
from tianlake.lake.current import CurrentReleases
from tianlake.lake.duck import connect
from tianlake.lake.errors import StoreError
from tianlake.lake.words import Bounds

_log = logging.getLogger(__name__)

BOXES: Final = """
SELECT code, min(bbox.xmin), min(bbox.ymin), max(bbox.xmax), max(bbox.ymax)
FROM read_parquet($file)
WHERE starts_with(class_code, $areas) AND regexp_full_match(code, '156[0-9]{6}')
GROUP BY code
"""


class PublishedAreas:
    """An `Area`: the boxes of the divisions in a node's current releases; none where it publishes no areas."""

    def __init__(self, releases: CurrentReleases, code: str, secret: str | None = None) -> None:
        """Read nothing yet; `secret` is a statement that lets DuckDB read the store."""
        self._releases = releases
        self._code = code
        self._secret = secret
        self._lock = Lock()
        self._boxes: dict[str, Bounds] | None = None

    def __call__(self, code: str) -> Bounds | None:
        """Return the box of a node's division; raises `StoreError` where the areas cannot be read."""
        with self._lock:
            if self._boxes is None:
                self._boxes = dict(self._read())
        return self._boxes.get(code)

    def _read(self) -> Iterator[tuple[str, Bounds]]:
        tables = [(each, each.table) for each in area_tables(self._releases.of(self._code, fresh=True))]
        if not tables:
            return
        with connect() as connection:
            if self._secret is not None:
                connection.execute(self._secret)
            for release, table in tables:
                if table is None:
                    continue
                try:
                    found = connection.execute(BOXES, {"file": release.url(table.name), "areas": AREA_CLASSES})
                    yield from ((code, Bounds(*box)) for code, *box in found.fetchall())
                except duckdb.Error as error:
                    where = f"{release.product}/{table.name}"
                    _log.error("%s: %s", where, error)  # not in the message, which is published: it names our files
                    raise StoreError(
                        f"{where}: the areas of divisions cannot be read ({type(error).__name__})"
                    ) from None
