"""Answers that are pages: of Items, and of Collections."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tianlake.functions.web.ogc.links import QUERYABLES, SCHEMA, SORTABLES
from tianlake.functions.web.ogc.negotiate import CREDENTIALS
from tianlake.functions.web.ogc.sqltext import TRUE, Sql, both
from tianlake.functions.web.questions import Question
from tianlake.functions.web.stac.addresses import Addresses, Json, link
from tianlake.functions.web.stac.catalogs import Catalogs, ReplacedError
from tianlake.functions.web.stac.collections import chosen, collection
from tianlake.functions.web.stac.conditions import limit_of, where
from tianlake.functions.web.stac.fields import check_fields, collection_fields, item_fields
from tianlake.functions.web.stac.items import item
from tianlake.functions.web.stac.search import count, keys_of, page
from tianlake.functions.web.stac.sources import Items
from tianlake.functions.web.stac.tokens import Token, gone, question_digest, read_token
from tianlake.lake.releases import GEOJSON, JSON

Given = Mapping[str, Any]

_NOTHING: Final = "0" * 16
"""Digest of an index that is not there."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which pages these are."""

    path: str
    """Of the resource, `/search`."""
    given: Given
    addresses: Addresses
    posted: bytes | None = None
    """The body, where the question stood in it."""

    def to(self, rel: str, question: Question, token: Token | None) -> Json:
        """Return the link to a page of the same question."""
        if self.posted is None:
            query = {name: value for name, value in question.parameters.items() if name.lower() not in CREDENTIALS}
            query = {name: value for name, value in query.items() if name != "token"}
            told = {**query, **({"token": token.text()} if token else {})}
            return link(rel, self.addresses.api(self.path, told), GEOJSON, method="GET")
        body = json.loads(self.posted or b"{}")
        body.pop("token", None)
        told = {**body, **({"token": token.text()} if token else {})}
        return link(rel, self.addresses.api(self.path), GEOJSON, method="POST", body=told)


def item_page(question: Question, catalogs: Catalogs, place: Place, collection_id: str | None = None) -> Json:
    """Return a page of Items.

    Args:
        question: The call.
        catalogs: What there is.
        place: Which pages.
        collection_id: Only Items of this collection.

    Raises:
        CallError: 400, a parameter is wrong; 410, the index that the page belongs to is gone.
    """
    given, limit = place.given, limit_of(place.given)
    check_fields(given.get("fields"))
    asked = question_digest({**given, "": place.path})
    order = given.get("sortby", ())
    token = read_token(given["token"], asked, len(order)) if "token" in given else None
    try:
        items = catalogs.items(question, token.digest if token else None)
    except ReplacedError:
        raise gone() from None
    if items is None:
        return _collected([], [place.to("self", question, None)], 0, limit, place.addresses)
    keys, ask = keys_of(items.table, order), question.inquiry.ask
    within = Sql("lake.collection = ?", (collection_id,)) if collection_id else TRUE
    condition = both(within, where(items.table, given, ask))
    statement = page(items.table, condition, keys, token, limit)
    rows = ask(statement.text, statement.parameters).rows
    found = _Rows(rows[:limit], more=len(rows) > limit, token=token)
    matched = token.matched if token else _counted(question, items, condition, found)
    documents = items.rows([int(row[0]) for row in found.ordered], ask)
    features = [item_fields(item(row, items.key, place.addresses), given.get("fields")) for row in documents]
    links = [place.to("self", question, token)]
    for rel, row in found.neighbours():
        onward = Token(items.table.digest, asked, int(row[0]), matched, tuple(row[1:]), back=rel == "prev")
        links.append(place.to(rel, question, onward))
    return _collected(features, links, matched, limit, place.addresses)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of a page as they were read: backwards, where the page is the one before a row."""

    rows: list[tuple[Any, ...]]
    more: bool
    """Whether there are more beyond them, in the direction of reading."""
    token: Token | None

    @property
    def ordered(self) -> list[tuple[Any, ...]]:
        return self.rows[::-1] if self.token is not None and self.token.back else self.rows

    def neighbours(self) -> list[tuple[str, tuple[Any, ...]]]:
        """Return `next` and `prev` with the row that each begins at, where there are such pages."""
        if not self.rows:
            return []
        back = self.token is not None and self.token.back
        found = []
        if back or self.more:
            found.append(("next", self.ordered[-1]))
        if (back and self.more) or (not back and self.token is not None):
            found.append(("prev", self.ordered[0]))
        return found


def _counted(question: Question, items: Items, condition: Sql, found: _Rows) -> int:
    if not found.more:
        return len(found.rows)
    if condition == TRUE:
        return items.table.columns.rows
    statement = count(items.table, condition)
    return int(question.inquiry.ask(statement.text, statement.parameters).rows[0][0])


def _collected(features: list[Json], links: list[Json], matched: int, limit: int, addresses: Addresses) -> Json:
    return {
        "type": "FeatureCollection",
        "features": features,
        "links": [*links, link("root", addresses.api())],
        "numberMatched": matched,
        "numberReturned": len(features),
        "context": {"returned": len(features), "limit": limit, "matched": matched},
    }


def collection_page(question: Question, catalogs: Catalogs, place: Place) -> Json:
    """Return a page of Collections; errors are those of `item_page`."""
    given, limit = place.given, limit_of(place.given)
    check_fields(given.get("fields"))
    asked = question_digest({**given, "": place.path})
    token = read_token(given["token"], asked, 0) if "token" in given else None
    try:
        state = catalogs.earlier(question, token.digest) if token else catalogs.state(question)
    except ReplacedError:
        raise gone() from None
    found = chosen(list(state.records.values()), given, question.inquiry.ask)
    begins = token.row if token else 0
    shown = found[begins : begins + limit]
    links = [
        place.to("self", question, token),
        link("root", place.addresses.api()),
        link(QUERYABLES, place.addresses.api("/collections/queryables"), SCHEMA),
        link(SORTABLES, place.addresses.api("/collections/sortables"), SCHEMA),
    ]
    for rel, row in (("next", begins + limit), ("prev", max(begins - limit, 0))):
        if (rel == "next" and row < len(found)) or (rel == "prev" and begins > 0):
            links.append(place.to(rel, question, Token(state.digest, asked, row, len(found))))
    return {
        "collections": [collection_fields(collection(each, place.addresses), given.get("fields")) for each in shown],
        "links": [each | {"type": JSON} if each["rel"] in {"self", "next", "prev"} else each for each in links],
        "numberMatched": len(found),
        "numberReturned": len(shown),
    }
