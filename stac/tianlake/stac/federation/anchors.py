"""What a parent keeps of the audit trails of its children: their ends, as each offer told them.

A node that writes its whole trail anew with its own key is found out by these: see `tianlake audit verify --anchors`.
"""

from __future__ import annotations

import logging
from typing import Final

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, NotFoundError
from tianlake.lake.records import dump_record
from tianlake.lake.releases import JSON
from tianlake.lake.store import ABSENT, Condition, Matches, Store
from tianlake.lake.trail.anchors import Anchors, read_anchors, with_anchor
from tianlake.stac.federation.records import Offer

_log = logging.getLogger(__name__)

ATTEMPTS: Final = 5


def keep_anchor(store: Store, child: str, offer: Offer, key: str) -> None:
    """Add the end of a child's trail to what is kept of it, at most one a day; what is kept is never taken back.

    Args:
        store: The parent's.
        child: Its code.
        offer: What was taken.
        key: With which the offer was signed.
    """
    if offer.trail is None:
        return
    file = keys.anchors_of(child)
    condition: Condition
    for _ in range(ATTEMPTS):
        try:
            info, body = store.get(file)
            known, condition = read_anchors(body, file=file), Matches(info.etag)
        except NotFoundError:
            known, condition = Anchors(1, child, key), ABSENT
        _warn(child, known, offer)
        found = Anchors(1, child, key, with_anchor(known.anchors, offer.trail))
        if found == known:
            return
        try:
            store.put(file, dump_record(found), media_type=JSON, condition=condition)
        except ConflictError:
            continue
        return
    _log.warning("%s: others keep writing; the anchor is kept with the next harvest", file)


def _warn(child: str, known: Anchors, offer: Offer) -> None:
    last = known.anchors[-1] if known.anchors else None
    if last is None or offer.trail is None:
        return
    same = offer.trail.seq == last.seq and offer.trail.sha256 != last.sha256
    if offer.trail.seq < last.seq or same:
        rule = f"audit verify --node {child}, with this node's {keys.anchors_of(child)}, tells what was changed"
        _log.warning("%s: its audit trail is not the one that it had; %s", child, rule)
