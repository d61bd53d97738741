"""Features of a collection as GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from tianlake.functions.calls import CallError, Reply
from tianlake.functions.problems import NOT_FOUND
from tianlake.functions.web.ogc.crs import Crs, crs_of
from tianlake.functions.web.ogc.links import Addresses, Json, link
from tianlake.functions.web.ogc.negotiate import check
from tianlake.functions.web.ogc.select import one, page
from tianlake.functions.web.ogc.sqltext import TRUE
from tianlake.functions.web.ogc.tables import FeatureTable
from tianlake.functions.web.ogc.wanted import Wanted, allowed, wanted_of
from tianlake.functions.web.questions import Question
from tianlake.lake.releases import GEOJSON, JSON

_NOWHERE: Final = ("inf", "nan")
"""What GeoJSON of a geometry holds that lies outside of its CRS."""


def features(question: Question, table: FeatureTable, addresses: Addresses) -> Reply:
    """Answer with a page of features (17-069r4 §7.15, 18-058r1, 19-079r2).

    `numberMatched` is there where it costs nothing: where nothing is selected, or this page is the last one.
    """
    given = check(question, GEOJSON, allowed(table))
    wanted = wanted_of(table, given, question.inquiry.ask)
    statement = page(table, wanted)
    rows = question.inquiry.ask(statement.text, statement.parameters).rows
    path = f"/collections/{table.id}/items"
    head = {
        "type": "FeatureCollection",
        "links": paging(addresses, path, given, (wanted.offset, wanted.limit, len(rows) > wanted.limit)),
        "timeStamp": now(),
        "numberReturned": min(len(rows), wanted.limit),
        **_matched(table, wanted, len(rows)),
    }
    links = [link("collection", addresses.ogc(f"/collections/{table.id}"), JSON, table.release.card.title)]
    head["links"] += links
    inner = ",".join(_feature(row) for row in rows[: wanted.limit])
    return geojson(f'{dumped(head)[:-1]},"features":[{inner}]}}', wanted.crs)


def feature(question: Question, table: FeatureTable, identity: str, addresses: Addresses) -> Reply:
    """Answer with one feature (17-069r4 §7.16); raises `CallError` 404 where there is none of that id."""
    given = check(question, GEOJSON, {"crs"})
    crs = crs_of("crs", given.get("crs"))
    statement = one(table, identity, crs)
    rows = question.inquiry.ask(statement.text, statement.parameters).rows if statement else []
    if not rows:
        raise CallError(NOT_FOUND)
    path = f"/collections/{table.id}"
    links = [
        link("self", addresses.ogc(f"{path}/items/{identity}", given), GEOJSON),
        link("collection", addresses.ogc(path), JSON, table.release.card.title),
    ]
    return geojson(f'{_feature(rows[0])[:-1]},"links":{dumped(links)}}}', crs)


def paging(addresses: Addresses, path: str, given: dict[str, str], place: tuple[int, int, bool]) -> list[Json]:
    """Return the links `self`, `next` and `prev` of a page.

    Args:
        addresses: What they begin with.
        path: Of the items.
        given: Parameters of the call, which the other pages share.
        place: Items before this page, the page's limit, and whether more follow.
    """
    offset, limit, more = place
    found = [link("self", addresses.ogc(path, given), GEOJSON)]
    if more:
        found.append(link("next", addresses.ogc(path, given | {"offset": str(offset + limit)}), GEOJSON))
    if offset:
        found.append(link("prev", addresses.ogc(path, given | {"offset": str(max(offset - limit, 0))}), GEOJSON))
    return found


def geojson(text: str, crs: Crs | None = None) -> Reply:
    """Return GeoJSON, in a CRS that `Content-Crs` tells (18-058r1, `/req/crs/ogc-crs-header`)."""
    headers = (("content-type", GEOJSON),)
    told = () if crs is None else (("content-crs", f"<{crs.uri}>"),)
    return Reply(200, (*headers, *told), text.encode() + b"\n")


def now() -> str:
    """Return the time as `timeStamp` has it: RFC 3339, UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def dumped(document: object) -> str:
    """Return JSON in one line."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _matched(table: FeatureTable, wanted: Wanted, rows: int) -> dict[str, Any]:
    if wanted.where == TRUE:
        return {"numberMatched": table.facts.rows}
    is_last = rows <= wanted.limit and (rows > 0 or wanted.offset == 0)
    return {"numberMatched": wanted.offset + rows} if is_last else {}


def _feature(row: Iterable[str | None]) -> str:
    identity, shape, properties = row
    if not shape or any(word in shape for word in _NOWHERE):
        shape = "null"
    return f'{{"type":"Feature","id":{identity or "null"},"geometry":{shape},"properties":{properties or "{}"}}}'
