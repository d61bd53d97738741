"""`/geocoder` as today's clients call it: forward with `ds`, reverse with `postStr` (tianditu.md §1.5).

Its members, types and statuses are today's: `status` is text, `lon` and `lat` of an address too, distances are whole
metres, and a municipality has no city. What is asked for wrongly gets 400 and says so in `msg`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tianlake.functions.calls import CallError, Reply
from tianlake.functions.web.posted import PostedError, needed, number, posted, text, wrong
from tianlake.functions.web.questions import METHOD, Handler, Question, json_reply
from tianlake.functions.web.reach import searched
from tianlake.lake.search.addresses import LONGEST
from tianlake.lake.search.fits import Located
from tianlake.lake.search.geocode import geocode
from tianlake.lake.search.reverse import Around, Near, reverse
from tianlake.lake.search.wanted import Finder

VERSION: Final = "tianlake-1"
"""`searchVersion`, where today's service names the version of its own search."""

OK: Final = "0"
EMPTY: Final = "101"
"""Documented for an empty result: a point of which nothing is known."""
MISS: Final = "404"
"""Documented for an error; in fact also what an address gets that nothing matches."""

CLOSE_M: Final = 100.0
"""How near something is whose name stands in a formatted address, metres."""
NEAR_M: Final = 1000.0
"""How near something is that a formatted address calls 附近 where nothing is closer, metres."""


def geocoder(find: Finder) -> Handler:
    """Return the handler of `/geocoder`."""

    def handler(question: Question) -> Reply:
        if question.call.method not in {"GET", "HEAD"}:
            raise CallError(METHOD, headers={"allow": "GET, HEAD, OPTIONS"})
        sent = {name.lower(): value for name, value in question.parameters.items()}
        try:
            return _answered(question, sent, find)
        except PostedError as error:
            return json_reply({"msg": _said(error, sent), "searchVersion": VERSION, "status": MISS}, 400)

    return handler


def forward_document(asked: str, found: Located | None) -> dict[str, object]:
    """Return the answer to an address."""
    if found is None:
        return {"msg": "无结果", "searchVersion": VERSION, "status": MISS}
    location = {
        "score": found.score,
        "level": found.level,
        "lon": f"{found.lon:.6f}",
        "lat": f"{found.lat:.6f}",
        "keyWord": asked,
    }
    return {"msg": "ok", "location": location, "searchVersion": VERSION, "status": OK}


def reverse_document(lon: float, lat: float, found: Around | None) -> dict[str, object]:
    """Return the answer to a point, degrees of CGCS2000.

    Where nothing of a kind is near, its name and position are empty and its distance is 0.
    """
    if found is None:
        return {"msg": "无结果", "status": EMPTY}
    nearest = found.address or found.place
    component: dict[str, object] = {
        **_near("address", nearest),
        "nation": "中国" if found.province.code else "",
        **{name: getattr(found, name).name for name in ("province", "city", "county", "town")},
        **{f"{name}_code": getattr(found, name).code for name in ("province", "city", "county", "town")},
        **_near("poi", found.place),
        "road": found.road.name if found.road else "",
        "road_distance": round(found.road.distance_m) if found.road else 0,
    }
    result = {
        "formatted_address": formatted(found),
        "location": {"lon": lon, "lat": lat},
        "addressComponent": component,
    }
    return {"msg": "ok", "result": result, "status": OK}


def formatted(found: Around) -> str:
    """Return the divisions, and the address and place that are close, as one text."""
    divisions = "".join(each.name for each in (found.province, found.city, found.county, found.town))
    close = [each for each in (found.address or found.road, found.place) if each and each.distance_m <= CLOSE_M]
    if close:
        return divisions + "".join(dict.fromkeys(each.name for each in close))
    near = [each for each in (found.place, found.address, found.road) if each and each.distance_m <= NEAR_M]
    nearest = min(near, key=lambda each: each.distance_m, default=None)
    return f"{divisions}{nearest.name}附近" if nearest else divisions


def _answered(question: Question, sent: Mapping[str, str], find: Finder) -> Reply:
    if sent.get("type", "geocode") not in {"geocode", ""}:
        raise wrong("type", "应为 geocode", "is geocode")
    releases = searched(question)
    if sent.get("ds"):
        asked = needed(text(posted(sent["ds"]), "keyWord", most=LONGEST), "keyWord")
        found = geocode(asked, releases, question.inquiry.ask, find)
        return json_reply(forward_document(asked, found))
    fields = posted(needed(sent.get("poststr") or None, "ds 或 postStr"))
    lon = needed(number(fields, "lon", least=-180, most=180), "lon")
    lat = needed(number(fields, "lat", least=-90, most=90), "lat")
    return json_reply(reverse_document(lon, lat, reverse(lon, lat, releases, question.inquiry.ask)))


def _said(error: PostedError, sent: Mapping[str, str]) -> str:
    """Return what is wrong, with the name of the parameter or field."""
    if error.kind == "missing":
        return error.rule.zh
    return f"{error.field or ('ds' if sent.get('ds') else 'postStr')} {error.rule.zh}"


def _near(name: str, near: Near | None) -> dict[str, object]:
    if near is None:
        return {name: "", f"{name}_distance": 0, f"{name}_position": ""}
    return {name: near.name, f"{name}_distance": round(near.distance_m), f"{name}_position": near.position}
