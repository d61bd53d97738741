"""Registered copies (article 16) and backups in a removal: what they must give back, and where they lie."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tianlake.cli.backing import known_backups, open_series, own_seed
from tianlake.cli.casework import Bench
from tianlake.cli.copies import open_keeper, opener, recalled_row, remains_opener, tell_recalled
from tianlake.cli.output import tell
from tianlake.cli.words import say
from tianlake.lake.backup import forget, removed_by
from tianlake.lake.cases.removal import REASON
from tianlake.lake.errors import LakeError
from tianlake.lake.people import Signer
from tianlake.lake.replicas import known_copies, recall
from tianlake.lake.words import instant


def recall_all(bench: Bench, signer: Signer, objects: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Take removed releases back from every registered copy; say of each whether it could be reached.

    A copy that cannot be reached keeps an open recall: `tianlake replica push --recall` makes up for it.

    Args:
        bench: The node.
        signer: The officer who answers for it.
        objects: Keys of objects in the removed releases, one of each at least.
    """
    copies = known_copies(bench.store, bench.code, opener(bench.session), remains_opener(bench.session))
    if not copies:
        return
    keeper = open_keeper(bench.session, bench.code, signer)
    for copy in copies:
        done = recall(keeper, copy, objects, REASON)
        tell_recalled(done)
        row = recalled_row(done) or {}
        yield {"replica": copy.id, "reached": row["reached"], "deleted": row["deleted"]}


def forget_all(bench: Bench, kept: Mapping[str, str | None]) -> Iterator[dict[str, Any]]:
    """Delete what was removed from every backup that is known; say of each whether it could be reached.

    Args:
        bench: The node, whose own lake has it no more.
        kept: Product → release that stayed; None: the whole product went.
    """
    for where in known_backups(bench.session, bench.code):
        deleted, reason = 0, None
        for product, release in kept.items():  # one that is not forgotten whole keeps no other back
            try:
                series = open_series(bench.session, bench.code, where)
                gone = removed_by(bench.store, product, release)
                done = forget(series, gone, own_seed(bench.session, bench.code), instant(time.time()))
                deleted += done.deleted
            except LakeError as error:
                reason = say(error.zh, str(error))
        name = f"backup {where.url}"
        tell(_told(name, deleted, reason))
        yield {"replica": name, "reached": reason is None, "deleted": deleted}


def _told(name: str, deleted: int, reason: str | None) -> str:
    if reason is None:
        zh = f"{name}：已从全部快照中清除，删除 {deleted} 个对象"
        return say(zh, f"{name}: forgotten in every snapshot, {deleted} objects deleted")
    zh = f"{name}：未能清除（{reason}）；排除后再次运行 tianlake case apply"
    return say(zh, f"{name}: not forgotten ({reason}); see to that, and run tianlake case apply again")
