"""Entries of terms that were looked up before: pairs of characters and their sounds are asked for again and again."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Final

MOST: Final = 1_000_000
"""Entries that are kept, those used last, beside as many terms as have none: some 20 MB."""

_TERM: Final = 8
"""What a term costs beside its entries, in entries: its place in the order."""


class KeptEntries:
    """Keeps entries by file and term. A file of a release never changes, so what is kept is never wrong.

    Safe to use from several threads.
    """

    def __init__(self, most: int = MOST) -> None:
        """Keep `most` entries at most."""
        self._most = most
        self._kept: OrderedDict[tuple[str, int], array[int]] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def known(self, url: str, keys: Iterable[int]) -> dict[int, Sequence[int]]:
        """Return the entries of those terms that are kept; none for a term that the file does not have."""
        found: dict[int, Sequence[int]] = {}
        with self._lock:
            for key in keys:
                if (entries := self._kept.get((url, key))) is not None:
                    self._kept.move_to_end((url, key))
                    found[key] = entries
        return found

    def keep(self, url: str, found: dict[int, Sequence[int]]) -> None:
        """Keep what was looked up."""
        with self._lock:
            for key, entries in found.items():
                if (url, key) not in self._kept:
                    self._kept[url, key] = array("q", entries)
                    self._size += len(entries) + _TERM
            while self._size > self._most:
                _key, entries = self._kept.popitem(last=False)
                self._size -= len(entries) + _TERM
