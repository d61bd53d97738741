"""Folders that were replaced stay for an hour: somebody may have begun to read them a moment before.

What nothing leads to is marked with the time, and goes at a later run, when the mark is old enough. So it is by the
mark, not by when it was written, that it goes; and a run that breaks off forgets nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tianlake.lake import keys
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.records import dump_record, parse_record
from tianlake.lake.releases import JSON
from tianlake.lake.store import Store
from tianlake.lake.words import Instant

_log = logging.getLogger(__name__)

KEPT_S: Final = 3600
"""How long what was replaced can still be read, seconds: tokens of pages in the STAC API live no longer."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`replaced.json`: since when nothing leads to a folder."""

    replaced: Instant


def last_withdrawal(instants: Iterable[str | None]) -> float:
    """Return when something was withdrawn last, or that was learned of, seconds since the epoch; 0 where nothing was.

    Args:
        instants: UTC, RFC 3339, or None.
    """
    return max((datetime.fromisoformat(each).timestamp() for each in instants if each), default=0)


def sweep(store: Store, prefix: str, used: Collection[str], now: float, withdrawn: float = 0) -> None:
    """Mark the folders that nothing leads to, and remove those that were marked an hour ago.

    Args:
        store: The node's.
        prefix: Whose folders are looked at: `federation/taken/`, `federation/index/`.
        used: Folders that something leads to, each with a final `/`.
        now: Seconds since the epoch.
        withdrawn: When something was withdrawn last, seconds since the epoch. What nothing leads to and was written
            before goes at once: it may hold that, and a removal (article 18) does not wait for readers.
    """
    folders: dict[str, list[str]] = {}
    written: dict[str, float] = {}
    for info in store.list(prefix):
        folder = info.key.rpartition("/")[0] + "/"
        folders.setdefault(folder, []).append(info.key)
        if info.key != keys.replaced(folder):
            written[folder] = max(written.get(folder, 0), info.modified)
    for folder, found in folders.items():
        mark = keys.replaced(folder)
        if folder in used:
            if mark in found:
                store.delete(mark)
        elif (is_new := written.get(folder, 0) > withdrawn) and mark not in found:
            _put(store, mark, now)
        elif not is_new or now - _since(store, mark, now) >= KEPT_S:
            for key in (each for each in found if each != mark):
                store.delete(key)
            store.delete(mark)
            _log.info("%s: replaced an hour ago, or before a withdrawal: removed", folder)


def _put(store: Store, mark: str, now: float) -> None:
    since = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    store.put(mark, dump_record(Mark(since)), media_type=JSON)


def _since(store: Store, mark: str, now: float) -> float:
    """Return when a folder was marked; a mark that went meanwhile, or is damaged, is one of now."""
    with suppress(NotFoundError):
        body = store.get(mark)[1]
        try:
            return datetime.fromisoformat(parse_record(Mark, body, file=mark).replaced).timestamp()
        except LakeError:
            _put(store, mark, now)
    return now
