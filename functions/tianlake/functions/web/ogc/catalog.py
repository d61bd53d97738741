"""Answers about a node's catalog: the record collection and its records."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from threading import Lock
from typing import Final

from tianlake.build.catalog.records import CATALOG, FOLDER
from tianlake.functions.calls import CallError, Reply
from tianlake.functions.problems import NOT_FOUND
from tianlake.functions.web.ogc import records
from tianlake.functions.web.ogc.items import dumped, geojson, now, paging
from tianlake.functions.web.ogc.links import Addresses, Json, link
from tianlake.functions.web.ogc.negotiate import check
from tianlake.functions.web.ogc.record_search import PARAMETERS, choose
from tianlake.functions.web.ogc.records import Entry, entries, shown
from tianlake.functions.web.questions import Question
from tianlake.lake.current import CurrentRelease
from tianlake.lake.errors import StoreError
from tianlake.lake.nodes import NodeCard
from tianlake.lake.releases import GEOJSON, JSON

_log = logging.getLogger(__name__)

_READ: Final = "SELECT content FROM read_text(?) ORDER BY filename"

Seen = tuple[NodeCard, tuple[tuple[str, str], ...]]
"""The node, and what is current there: products and releases."""


class Catalogs:
    """The catalogs of nodes, made anew when something else is current. Safe to use from several threads."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._made: dict[str, tuple[Seen, tuple[Entry, ...]]] = {}
        self._lock = Lock()

    def entries(self, question: Question, node: NodeCard, releases: Sequence[CurrentRelease]) -> tuple[Entry, ...]:
        """Return the entries of a node's catalog; `releases` are all that is current there and not internal."""
        seen = (node, tuple((each.product, each.manifest.release) for each in releases))
        known = self._made.get(question.code)
        if known is not None and known[0] == seen:
            return known[1]
        with self._lock:
            made = entries(node, releases, _register(question, releases))
            self._made[question.code] = (seen, made)
        return made


def page(question: Question, found: Sequence[Entry], node: NodeCard, addresses: Addresses) -> Reply:
    """Answer with a page of records."""
    given = check(question, GEOJSON, PARAMETERS)
    chosen = choose(found, given)
    path = f"/collections/{records.ID}/items"
    more = chosen.offset + chosen.limit < chosen.matched
    document = {
        "type": "FeatureCollection",
        "timeStamp": now(),
        "numberMatched": chosen.matched,
        "numberReturned": len(chosen.entries),
        "features": [shown(each, node, addresses) for each in chosen.entries],
        "links": [
            *paging(addresses, path, given, (chosen.offset, chosen.limit, more)),
            link("collection", addresses.ogc(f"/collections/{records.ID}"), JSON, records.TITLE),
        ],
    }
    return geojson(dumped(document))


def one(question: Question, found: Sequence[Entry], identity: str, addresses: Addresses, node: NodeCard) -> Reply:
    """Answer with one record; raises `CallError` 404 where there is none of that id."""
    check(question, GEOJSON)
    entry = next((each for each in found if each.id == identity), None)
    if entry is None:
        raise CallError(NOT_FOUND)
    return geojson(dumped(shown(entry, node, addresses)))


def _register(question: Question, releases: Sequence[CurrentRelease]) -> list[Json]:
    """Return the records that the node's products of class `catalog` published; each file holds one."""
    urls = [
        release.url(each.path)
        for release in releases
        if release.card.product_class == "catalog"
        for each in release.manifest.files
        if each.path.startswith(f"{FOLDER}/") and each.path != f"{FOLDER}/{CATALOG}"
    ]
    if not urls:
        return []
    found = [json.loads(content) for (content,) in question.inquiry.ask(_READ, [urls]).rows]
    if not all(isinstance(each, dict) and each.get("type") == "Feature" for each in found):
        raise StoreError(f"node {question.code}: its catalog holds files that are no records")
    return found
