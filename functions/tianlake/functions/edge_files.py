"""Takes the log files of a content network at a place into the logs of the nodes that it serves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from tianlake.functions.edge_logs import rows_of
from tianlake.lake.errors import LakeError
from tianlake.lake.logs.masks import Masks
from tianlake.lake.logs.rows import Row
from tianlake.lake.logs.taking import take_in
from tianlake.lake.store import S3Settings, Store, open_place

_ROWS: Final = 200_000
"""Rows that are held in memory before they are put; a file is put whole."""


@dataclass(frozen=True, slots=True)
class Taker:
    """The log of a node that takes rows in."""

    store: Store
    since: date = date.min
    """First day of UTC that is kept."""


def collect(place: str, settings: S3Settings | None, base: Path, *, nodes: Mapping[str, Taker], root: str) -> int:
    """Take in every file at a place that was not taken in before; return how many rows were new.

    Args:
        place: A folder, or `s3://BUCKET/PREFIX`.
        settings: How to reach S3.
        base: What a relative folder starts from.
        nodes: Those that the network serves, by code.
        root: Code of the node at `/`.

    Raises:
        LakeError: There is no file, or one is no such log; what came before it is in.
        StoreError: A store does not answer; the same call again goes on.
    """
    masks = {code: Masks(node.store) for code, node in nodes.items()}
    new, found = 0, False
    held: dict[str, list[Row]] = {}
    for digest, rows in _files(place, settings, base, (frozenset(nodes), root)):
        found = True
        held[digest] = rows
        if sum(map(len, held.values())) >= _ROWS:
            new += _put(held, nodes, masks)
            held = {}
    if not found:
        raise LakeError(f"stats: {place}: holds no log files", zh=f"访问统计：{place} 中没有日志文件")
    return new + _put(held, nodes, masks)


def _files(
    place: str, settings: S3Settings | None, base: Path, served: tuple[frozenset[str], str]
) -> Iterator[tuple[str, list[Row]]]:
    """Yield SHA-256 and rows of each file at a place."""
    source = open_place(place if place.startswith("s3://") else f"file:{(base / place).resolve()}", settings, base)
    codes, root = served
    for info in source.list():
        if info.size:
            body = source.get(info.key)[1]
            yield hashlib.sha256(body).hexdigest(), list(rows_of(body, name=info.key, codes=codes, root=root))


def _put(held: Mapping[str, list[Row]], nodes: Mapping[str, Taker], masks: Mapping[str, Masks]) -> int:
    new = 0
    for code in sorted({row.node for rows in held.values() for row in rows}):
        of_node = {digest: [row for row in rows if row.node == code] for digest, rows in held.items()}
        new += take_in(
            nodes[code].store,
            masks[code],
            {digest: rows for digest, rows in of_node.items() if rows},
            nodes[code].since,
        )
    return new
