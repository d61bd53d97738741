"""A trail read from its end, by those who need what was told last and cannot read all of it first."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tianlake.lake import keys
from tianlake.lake.chain import Link
from tianlake.lake.errors import LakeError
from tianlake.lake.trail.anchors import stored_anchors
from tianlake.lake.trail.entries import Entry, read_entry
from tianlake.lake.trail.trail import Trail, read_hint

AHEAD: Final = 16
"""Entries that are fetched at a time: a bucket answers each after milliseconds."""


def latest_first(trail: Trail) -> Iterator[Entry]:
    """Yield what a trail tells, the newest act first, each as the entry after it holds its hash.

    Where the node's key is here, the end is signed with it, and so all of it is what the node told. A trail that is
    shorter than its hint or its last anchor says is refused; what was cut off with both, anchors of others tell of.

    Raises:
        LakeError: The trail was changed or cut off; `audit verify` tells where.
    """
    anchors = stored_anchors(trail.store)  # before the end: others may append meanwhile
    known = [anchor.seq for anchor in anchors.anchors] if anchors else []
    last = max([read_hint(trail.store), *known], default=0)
    end = trail.own_end()
    if last > (end.seq if end else 0):
        raise _changed(keys.audit_entry(last), "is missing: the end of the trail was cut off")
    if end is None:
        return
    wanted = end.digest
    with ThreadPoolExecutor(AHEAD) as pool:
        for top in range(end.seq, 0, -AHEAD):
            numbers = range(top, max(top - AHEAD, 0), -1)
            for seq, link in zip(numbers, pool.map(trail.chain.read, numbers), strict=True):
                found = _as_wanted(link, wanted, seq)
                yield read_entry(found)
                wanted = str(found.header["previous"])


def _as_wanted(link: Link | None, wanted: str, seq: int) -> Link:
    if link is None or link.digest != wanted:
        what = "is missing" if link is None else "is not the entry that the next one follows"
        raise _changed(keys.audit_entry(seq), what)
    return link


def _changed(file: str, what: str) -> LakeError:
    follow = "see: tianlake audit verify"
    zh = f"{file}：审计记录被改动或截断，不能据此放行；请运行：tianlake audit verify"
    return LakeError(f"{file}: {what}; nothing can be let out by such a trail; {follow}", zh=zh)
