"""Which nodes of the tree do not use what their parent hands down by now."""

from __future__ import annotations

import json
from contextlib import suppress

from tianlake.cli.pins import known_pins
from tianlake.cli.session import Session
from tianlake.lake import keys
from tianlake.lake.errors import NotFoundError
from tianlake.lake.store import Store
from tianlake.stac.federation.records import Child, read_harvest
from tianlake.stac.federation.take import CARD_FILE


def names_behind(session: Session) -> dict[str, list[str]]:
    """Return the names of documents that a node's parent hands down in another state, by node code.

    Of the nodes here, and of the children they took: these tell it in their `node.json`. Who is further down is known
    to its own parent.
    """
    found: dict[str, list[str]] = {}
    for code in session.codes():
        store = session.store(code)
        for child in read_harvest(store)[0].held:
            if names := _told(store, child):
                found[child.code] = names
    for code in session.codes():  # what is known here is newer than what was taken
        pins = known_pins(session, code)
        if pins is not None:
            found[code] = [each.name for each in pins.notices]
    return found


def _told(store: Store, child: Child) -> list[str]:
    """Return what a child's own card tells; it was checked for nothing but its code."""
    with suppress(NotFoundError, ValueError, KeyError, TypeError, AttributeError):
        card = json.loads(store.get(f"{keys.taken_prefix(child.code, child.snapshot)}{CARD_FILE}")[1])
        return [str(each["name"])[:80] for each in card.get("handed", ()) if each.get("newer")]
    return []
