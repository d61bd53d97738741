"""Which nodes of the tree do not use what their parent hands down by now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

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
    for code, card in _cards(session):
        with suppress(KeyError, TypeError, AttributeError):  # it was checked for nothing but its code
            found[code] = [str(each["name"])[:80] for each in card.get("handed", ()) if each.get("newer")]
    for code in session.codes():  # what is known here is newer than what was taken
        pins = known_pins(session, code)
        found[code] = [each.name for each in pins.notices] if pins is not None else []
    return found


def hosting_of(session: Session) -> dict[str, str]:
    """Return `own` or `parent` by code, of the nodes here and of the children they took."""
    found: dict[str, str] = {}
    for code, card in _cards(session):
        settings = card.get("settings")
        if isinstance(settings, dict) and settings.get("hosting") in {"own", "parent"}:
            found[code] = settings["hosting"]
    return found | {code: session.workspace.node(code).hosting for code in session.codes()}


def _cards(session: Session) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the code and card of every child that was taken."""
    for code in session.codes():
        store = session.store(code)
        for child in read_harvest(store)[0].held:
            card = _card(store, child)
            if card is not None:
                yield child.code, card


def _card(store: Store, child: Child) -> dict[str, Any] | None:
    try:
        found = json.loads(store.get(f"{keys.taken_prefix(child.code, child.snapshot)}{CARD_FILE}")[1])
    except (NotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None
