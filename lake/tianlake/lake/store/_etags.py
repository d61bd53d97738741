"""What tells one version of a file from the next, and hashes of files that need not be made twice."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

# Documents are told apart by content: the same bytes written again keep their etag and with it every cache,
# and a lake that was copied still matches. Hashing an archive of gigabytes on every request is out of the
# question, so bigger objects are told apart by inode, time and size: every write makes a new inode with a
# time of its own.
HASHED_BYTES: Final = 1 << 20
"""The biggest object whose etag is a hash of its content, bytes (hashing as much takes under 1 ms)."""

_ETAG_DIGITS: Final = 32

_SETTLED_NS: Final = 2_000_000_000
"""How long a file must have lain untouched before its times can vouch for its content, nanoseconds.

Times of files move in steps: of 4 to 10 ms on Linux's own file systems, of 1 s on ext3, of 2 s on FAT. Two writes
within one step leave the same times. See "racy-git" in Git's technical documentation for the same rule.
"""

_MOST: Final = 4096
"""Hashes that are kept at once: about 2 MB."""

Stamp = tuple[int, int, int, int, int]


def stamp_of(facts: os.stat_result) -> Stamp:
    """Return what changes with every write to a file: no program can set the time of change back."""
    return facts.st_dev, facts.st_ino, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size


def etag_of_content(content: bytes) -> str:
    """Return the etag of a document."""
    return hashlib.sha256(content).hexdigest()[:_ETAG_DIGITS]


def etag_of_file(facts: os.stat_result) -> str:
    """Return the etag of an object above `HASHED_BYTES`."""
    return f"{facts.st_ino:x}-{facts.st_mtime_ns:x}-{facts.st_size:x}"


class KnownEtags:
    """Etags of documents by the stamp of their file, the least recently used forgotten first; for any thread.

    A stamp is trusted only if it was old already when the content was read: whatever is written later, even while
    that is read, has a time of its own. Blind to one way of changing a file, which no store uses: through a shared
    memory map, whose writes the system dates when it notices them.
    """

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        """Start with none; `clock` gives nanoseconds since the epoch."""
        self._clock = clock
        self._lock = threading.Lock()
        self._etags: OrderedDict[Stamp, str] = OrderedDict()

    def find(self, stamp: Stamp) -> str | None:
        """Return the etag of the file that bears `stamp` now, if it is known."""
        with self._lock:
            etag = self._etags.get(stamp)
            if etag is not None:
                self._etags.move_to_end(stamp)
        return etag

    def settled(self, facts: os.stat_result) -> bool:
        """Say whether what is read from now on may be kept: any later write changes the stamp."""
        return self._clock() - max(facts.st_mtime_ns, facts.st_ctime_ns) > _SETTLED_NS

    def keep(self, stamp: Stamp, etag: str) -> None:
        """Remember the etag of content that was read after its file was found to be settled and to bear `stamp`."""
        with self._lock:
            self._etags[stamp] = etag
            if len(self._etags) > _MOST:
                self._etags.popitem(last=False)
