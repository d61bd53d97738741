"""Registered copies (article 16) in a removal: what they must give back, and where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tianlake.cli.casework import Bench
from tianlake.cli.copies import open_keeper, opener, recalled_row, remains_opener, tell_recalled
from tianlake.lake.cases.removal import REASON
from tianlake.lake.people import Signer
from tianlake.lake.replicas import known_copies, recall


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
