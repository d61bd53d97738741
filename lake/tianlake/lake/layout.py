"""Which version of docs/layout.md a lake is of: `layout` of its `node.json`."""

from __future__ import annotations

import json
from typing import Final

from tianlake.lake import keys
from tianlake.lake.errors import LakeError, NotFoundError, fault
from tianlake.lake.plain import LAYOUT
from tianlake.lake.store import Store

UNMARKED: Final = 0
"""Of a lake from before lakes said it: releases may have no approval, acts may be on no trail."""


def layout_of(store: Store) -> int | None:
    """Return the version of a lake's layout; None where nothing is published yet.

    A `node.json` that cannot be read says nothing, as one from before: whatever is written next makes it anew.

    Raises:
        StoreError: The store does not answer.
    """
    try:
        body = store.get(keys.NODE)[1]
    except NotFoundError:
        return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return UNMARKED
    layout = found.get("layout", UNMARKED) if isinstance(found, dict) else UNMARKED
    return layout if isinstance(layout, int) else UNMARKED


def refuse_newer(store: Store, code: str) -> int | None:
    """Return the version of the layout of a node's lake, as `layout_of` does.

    Raises:
        LakeError: It is one that this version of Tianlake does not know: to read it would go wrong, to write worse.
    """
    found = layout_of(store)
    if found is not None and found > LAYOUT:
        raise newer(code, found)
    return found


def newer(code: str, found: int) -> LakeError:
    """Return what is said of a lake whose layout is newer than this version of Tianlake."""
    rule = f"is {found}; this version of Tianlake knows layouts up to {LAYOUT}: install a newer one"
    return fault(f"{code}/{keys.NODE}", "layout", rule)
