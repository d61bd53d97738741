"""The resources of `/ogc`, by their paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tianlake.functions.calls import CallError, Reply
from tianlake.functions.problems import NOT_FOUND
from tianlake.functions.web.cards import Cards
from tianlake.functions.web.ogc import catalog, documents, items, records, tree
from tianlake.functions.web.ogc.links import OPENAPI, SCHEMA, Addresses, Json
from tianlake.functions.web.ogc.negotiate import check
from tianlake.functions.web.ogc.openapi import definition
from tianlake.functions.web.ogc.tables import FeatureTable, feature_tables, public
from tianlake.functions.web.ogc.tree import Tree
from tianlake.functions.web.questions import Question, json_reply
from tianlake.lake.current import CurrentRelease
from tianlake.lake.nodes import NodeCard
from tianlake.lake.releases import JSON

ROOT: Final = "/ogc"

OWN: Final = "private, no-store"
"""A document that names a client's key in its addresses is kept by nobody (docs/layout.md §7)."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call, and the node that it is about."""

    question: Question
    node: NodeCard
    releases: tuple[CurrentRelease, ...]
    """Current, and not internal."""
    addresses: Addresses

    def table(self, identity: str) -> FeatureTable:
        found = next((each for each in feature_tables(self.releases) if each.id == identity), None)
        if found is None:
            raise CallError(NOT_FOUND)
        return found


@dataclass(frozen=True)
class Ogc:
    """Answers whatever is below `/ogc`; one for all nodes."""

    tree: Tree | None = None
    """Records of the whole tree; None where there are only a node's own."""
    _catalogs: catalog.Catalogs = field(default_factory=catalog.Catalogs)
    _cards: Cards = field(default_factory=Cards)

    def __call__(self, question: Question) -> Reply:
        """Answer a call.

        Raises:
            CallError: 404 for what there is not, and what `negotiate.check` and the resources raise.
        """
        asked = self._asked(question)
        parts = question.call.path.removeprefix(ROOT).removesuffix("/").split("/")[1:]
        reply = self._answer(asked, parts)
        if not asked.addresses.carried:
            return reply
        return replace(reply, headers=(*reply.headers, ("cache-control", OWN)))

    def _asked(self, question: Question) -> _Asked:
        releases = tuple(public(question.releases.of(question.code)))
        return _Asked(question, self._cards.of(question), releases, Addresses(question.base, question.carried))

    def _answer(self, asked: _Asked, parts: Sequence[str]) -> Reply:
        match parts:
            case [] | ["conformance" | "api" | "collections"]:
                return self._describing(asked, "".join(parts))
            case ["collections", records.ID, *below]:
                return self._records(asked, below)
            case ["collections", tree.ID, *below] if self.tree is not None:
                return _of_tree(asked, self.tree, below)
            case ["collections", identity, *below]:
                return _features(asked, asked.table(identity), below)
            case _:
                raise CallError(NOT_FOUND)

    def _describing(self, asked: _Asked, which: str) -> Reply:
        match which:
            case "":
                return _document(asked, lambda: documents.landing(asked.node, asked.addresses))
            case "conformance":
                return _document(asked, documents.conformance)
            case "api":
                tables, trees = feature_tables(asked.releases), self.tree is not None
                return _document(asked, lambda: definition(asked.node, tables, asked.addresses, trees=trees), OPENAPI)
            case _:
                return _document(asked, lambda: self._collections(asked))

    def _collections(self, asked: _Asked) -> Json:
        catalogs = [records.collection(asked.node, asked.releases, asked.addresses)]
        if self.tree is not None:
            catalogs.append(tree.collection(asked.node, asked.addresses))
        return documents.collections(feature_tables(asked.releases), catalogs, asked.node, asked.addresses)

    def _records(self, asked: _Asked, below: Sequence[str]) -> Reply:
        match below:
            case []:
                return _document(asked, lambda: records.collection(asked.node, asked.releases, asked.addresses))
            case ["queryables"]:
                return _document(asked, lambda: records.queryables(asked.addresses), SCHEMA)
            case ["sortables"]:
                return _document(asked, lambda: records.sortables(asked.addresses), SCHEMA)
            case ["items", *identity]:
                found = self._catalogs.entries(asked.question, asked.node, asked.releases)
                if not identity:
                    return catalog.page(asked.question, found, asked.node, asked.addresses)
                return catalog.one(asked.question, found, "/".join(identity), asked.addresses, asked.node)
            case _:
                raise CallError(NOT_FOUND)


def _features(asked: _Asked, table: FeatureTable, below: Sequence[str]) -> Reply:
    match below:
        case []:
            return _document(asked, lambda: documents.collection(table, asked.node, asked.addresses, alone=True))
        case ["queryables"]:
            return _document(asked, lambda: documents.queryables(table, asked.addresses), SCHEMA)
        case ["items"]:
            return items.features(asked.question, table, asked.addresses)
        case ["items", *identity]:
            return items.feature(asked.question, table, "/".join(identity), asked.addresses)
        case _:
            raise CallError(NOT_FOUND)


def _of_tree(asked: _Asked, of: Tree, below: Sequence[str]) -> Reply:
    match below:
        case []:
            return _document(asked, lambda: tree.collection(asked.node, asked.addresses))
        case ["queryables"]:
            return _document(asked, lambda: tree.queryables(asked.addresses), SCHEMA)
        case ["sortables"]:
            return _document(asked, lambda: tree.sortables(asked.addresses), SCHEMA)
        case ["items"]:
            return of.page(asked.question, asked.addresses)
        case ["items", *identity]:
            return of.one(asked.question, "/".join(identity), asked.addresses)
        case _:
            raise CallError(NOT_FOUND)


def _document(asked: _Asked, make: Callable[[], Json], media_type: str = JSON) -> Reply:
    check(asked.question, media_type)
    return json_reply(make(), media_type=media_type)
