"""The resources of `/stac`, by their paths (STAC API 1.0.0)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tianlake.functions.calls import CallError, Reply
from tianlake.functions.problems import NOT_FOUND
from tianlake.functions.web.cards import Cards
from tianlake.functions.web.ogc.links import OPENAPI, SCHEMA
from tianlake.functions.web.ogc.tables import Field
from tianlake.functions.web.questions import Question, json_reply
from tianlake.functions.web.stac import documents
from tianlake.functions.web.stac.addresses import ROOT, Addresses, Json
from tianlake.functions.web.stac.asked import COLLECTION_SEARCH, ITEM_SEARCH, asked
from tianlake.functions.web.stac.catalogs import Catalogs
from tianlake.functions.web.stac.collections import FIELDS, SORTABLE, collection
from tianlake.functions.web.stac.items import item
from tianlake.functions.web.stac.openapi import definition
from tianlake.functions.web.stac.pages import Place, collection_page, item_page
from tianlake.functions.web.stac.records import Record
from tianlake.functions.web.stac.search import known_in, one
from tianlake.lake.nodes import NodeCard
from tianlake.lake.releases import GEOJSON, JSON

OWN: Final = "private, no-store"
"""A document that names a client's key in its addresses is kept by nobody (docs/layout.md §7)."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call, and the node that it is about."""

    question: Question
    node: NodeCard
    addresses: Addresses


class Stac:
    """Answers whatever is at and below `/stac`; one for all nodes."""

    def __init__(self, catalogs: Catalogs) -> None:
        """Answer from `catalogs`."""
        self.catalogs = catalogs
        self._cards = Cards()

    def __call__(self, question: Question) -> Reply:
        """Answer a call.

        Raises:
            CallError: 404 for what there is not, and what `asked` and the resources raise.
        """
        node = self._cards.of(question)
        addresses = Addresses(question.base, question.code, question.carried, node.settings.url)
        parts = question.call.path.removeprefix(ROOT).removesuffix("/").split("/")[1:]
        reply = _tagged(question, self._answer(_Asked(question, node, addresses), parts))
        if not addresses.carried:
            return reply
        return replace(reply, headers=(*reply.headers, ("cache-control", OWN)))

    def _answer(self, asked_: _Asked, parts: Sequence[str]) -> Reply:
        match parts:
            case [] | ["conformance" | "api" | "queryables" | "sortables"]:
                return self._describing(asked_, "/".join(parts))
            case ["search"]:
                return self._search(asked_)
            case ["collections"]:
                return self._collections(asked_)
            case ["collections", "queryables" | "sortables" as kind]:
                return _document(asked_, lambda: _of_collections(asked_, kind), SCHEMA)
            case ["collections", identity, *below]:
                return self._collection(asked_, self._record(asked_, identity), below)
            case _:
                raise CallError(NOT_FOUND)

    def _describing(self, asked_: _Asked, which: str) -> Reply:
        match which:
            case "":
                return _document(asked_, lambda: documents.landing(asked_.node, asked_.addresses))
            case "conformance":
                return _document(asked_, documents.conformance)
            case "api":
                return _document(asked_, lambda: definition(asked_.node, asked_.addresses), OPENAPI)
            case kind:
                return _document(asked_, lambda: self._described(asked_, kind, None), SCHEMA)

    def _record(self, asked_: _Asked, identity: str) -> Record:
        found = self.catalogs.state(asked_.question).records.get(identity)
        if found is None:
            raise CallError(NOT_FOUND)
        return found

    def _search(self, asked_: _Asked) -> Reply:
        call = asked_.question.call
        given = asked(asked_.question, ITEM_SEARCH, posts=True)
        place = Place("/search", given, asked_.addresses, call.body if call.method == "POST" else None)
        return json_reply(item_page(asked_.question, self.catalogs, place), media_type=GEOJSON)

    def _collections(self, asked_: _Asked) -> Reply:
        given = asked(asked_.question, COLLECTION_SEARCH, media_type=JSON)
        place = Place("/collections", given, asked_.addresses)
        return json_reply(collection_page(asked_.question, self.catalogs, place))

    def _collection(self, asked_: _Asked, record: Record, below: Sequence[str]) -> Reply:
        path = f"/collections/{record.id}"
        match below:
            case []:
                return _document(asked_, lambda: collection(record, asked_.addresses))
            case ["queryables" | "sortables" as kind]:
                return _document(asked_, lambda: self._described(asked_, kind, record), SCHEMA)
            case ["items"]:
                # The same as of a search: some clients name the collection once more.
                given = asked(asked_.question, ITEM_SEARCH)
                place = Place(f"{path}/items", given, asked_.addresses)
                found = item_page(asked_.question, self.catalogs, place, record.id)
                return json_reply(found, media_type=GEOJSON)
            case ["items", *identity]:
                return self._item(asked_, record, "/".join(identity))
            case _:
                raise CallError(NOT_FOUND)

    def _item(self, asked_: _Asked, record: Record, identity: str) -> Reply:
        asked(asked_.question, ())
        items, ask = self.catalogs.items(asked_.question), asked_.question.inquiry.ask
        if items is None:
            raise CallError(NOT_FOUND)
        statement = one(items.table, record.id, identity)
        rows = [int(row[0]) for row in ask(statement.text, statement.parameters).rows]
        for row in items.rows(rows, ask):
            return json_reply(item(row, items.key, asked_.addresses), media_type=GEOJSON)
        raise CallError(NOT_FOUND)

    def _described(self, asked_: _Asked, kind: str, record: Record | None) -> Json:
        """Return what Items can be found or sorted by; of a collection, what any of its Items has."""
        items, fields = self.catalogs.items(asked_.question), tuple[Field, ...]()
        path = f"/collections/{record.id}/{kind}" if record else f"/{kind}"
        if items is not None:
            fields = items.table.queryables
            if record is not None:
                statement = known_in(items.table, record.id)
                [counts] = asked_.question.inquiry.ask(statement.text, statement.parameters).rows
                fields = tuple(each for each, there in zip(fields, counts, strict=True) if there)
        describe = documents.sortables if kind == "sortables" else documents.queryables
        return describe(asked_.addresses.plain(path), fields)


def _of_collections(asked_: _Asked, kind: str) -> Json:
    path = asked_.addresses.plain(f"/collections/{kind}")
    if kind == "sortables":
        return documents.sortables(path, [each for each in FIELDS if each.name in SORTABLE])
    return documents.queryables(path, FIELDS)


def _document(asked_: _Asked, make: Callable[[], Json], media_type: str = JSON) -> Reply:
    asked(asked_.question, (), media_type=media_type)
    return json_reply(make(), media_type=media_type)


def _tagged(question: Question, reply: Reply) -> Reply:
    """Return an answer with its entity tag, or 304 where the client has it (RFC 9110 §13.1.2)."""
    if question.call.method == "POST":
        return reply
    tag = f'"{hashlib.sha256(reply.body).hexdigest()[:24]}"'
    sent = question.call.headers.get("if-none-match", "")
    if sent.strip() == "*" or tag in {each.strip().removeprefix("W/") for each in sent.split(",")}:
        return Reply(304, (("etag", tag),))
    return replace(reply, headers=(*reply.headers, ("etag", tag)))
