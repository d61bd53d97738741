"""What the edge keeps: whole answers by their key, up to so many bytes, the ones used last."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tianlake_edge.messages import Said

Key = tuple[str, ...]
"""Origin, path as it goes on, and whatever else the cache policy tells answers apart by."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that is kept."""

    said: Said
    since: float
    """When the origin gave it or said that it still holds, seconds since the epoch."""
    ttl: float
    """Seconds for which it is fresh from then on."""

    def is_fresh(self, now: float) -> bool:
        """Say whether the origin need not be asked."""
        return 0 <= now - self.since < self.ttl


class Cache:
    """Answers by key; safe for threads."""

    def __init__(self, most: int) -> None:
        """Keep bodies of `most` bytes together."""
        self._most = most
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def find(self, key: Key) -> Kept | None:
        """Return what is kept, fresh or not."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(self, key: Key, said: Said, now: float, ttl: float) -> None:
        """Keep an answer, in the place of the one before."""
        with self._lock:
            self._drop(key)
            self._kept[key] = Kept(said, now, ttl)
            self._bytes += len(said.body)
            while self._bytes > self._most:
                self._drop(next(iter(self._kept)))

    def renew(self, key: Key, now: float, ttl: float) -> None:
        """Note that an answer still holds."""
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self._kept[key] = replace(found, since=now, ttl=ttl)

    def forget(self, paths: Iterable[str]) -> int:
        """Drop what lies at these paths, of which a final `*` stands for anything; return how many answers."""
        exact = {path for path in paths if not path.endswith("*")}
        begins = tuple(path[:-1] for path in paths if path.endswith("*"))
        with self._lock:
            doomed = [key for key in self._kept if key[1] in exact or (begins and key[1].startswith(begins))]
            for key in doomed:
                self._drop(key)
        return len(doomed)

    def _drop(self, key: Key) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._bytes -= len(found.said.body)
