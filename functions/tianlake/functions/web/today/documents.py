"""Answers of `/v2/search` as today's clients read them: members and types as seen (tianditu.md §1.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tianlake.functions.web.today.status import status
from tianlake.functions.web.today.units import Unit, children, levels
from tianlake.functions.web.today.wishes import Wish
from tianlake.lake.search.wanted import Hit

POI: Final = 1
STATISTICS: Final = 2
AREA: Final = 3
SUGGESTIONS: Final = 4

SEVERAL: Final = 3
"""Of a prompt: several divisions have the name."""
SEARCHED_IN: Final = 4
"""Of a prompt: the division that was searched."""
NOTHING_IN: Final = 2
"""Of a prompt: nothing was found in this division."""

MOST_PRIORITY: Final = 10
"""Cities that statistics name first."""

_LEVELS: Final = {4: "province", 3: "city", 2: "county"}
_KILOMETRE: Final = 1000

Document = dict[str, object]
Centres = Mapping[str, tuple[float, float]]
"""Longitude and latitude of divisions, degrees, by code."""


def places(wish: Wish, hits: Sequence[Hit], total: int, prompt: Sequence[Document] = ()) -> Document:
    """Return the answer that lists places; without any, it has no member `pois`."""
    document = _answer(POI, str(total), wish, prompt)
    return document | _pois(hits, wish)


def by_type(name: str, wish: Wish, hits: Sequence[Hit], total: int) -> Document:
    """Return the member that a search for several types has for each of them, as the public service was seen to."""
    return {name: {"count": str(total), "resultType": POI, "status": status()} | _pois(hits, wish)}


def poi(hit: Hit, wish: Wish) -> Document:
    """Return one place; `distance` where it was searched near a point."""
    found: Document = {
        "name": hit.name,
        "address": hit.address,
        "lonlat": lonlat((hit.lon, hit.lat)),
        "phone": str(hit.more.get("phone") or ""),
        "poiType": "101",
        "eaddress": "",
        "ename": str(hit.more.get("name_en") or hit.more.get("pinyin") or ""),
        "hotPointID": hit.id,
        "source": str(hit.more.get("source") or ""),
    }
    if wish.near is not None and hit.distance_m is not None:
        found["distance"] = distance(hit.distance_m)
    return found | _details(hit) if wish.detailed else found


@dataclass(frozen=True, slots=True)
class Shown:
    """What statistics show."""

    total: int
    """All that was found."""
    below: Sequence[tuple[Unit, int]]
    """The divisions right below that have any, and how many."""
    priority: Sequence[tuple[Unit, int]]
    """Cities with the most, most first."""
    centres: Centres
    """Where all of them are."""


def statistics(wish: Wish, division: Unit, shown: Shown) -> Document:
    """Return the answer that counts what lies in a division."""
    found = {
        "count": shown.total,
        "adminCount": len(shown.below),
        "keyword": wish.text,
        "priorityCitys": [_named(unit, shown.centres) | {"count": str(number)} for unit, number in shown.priority],
        "allAdmins": [
            _named(unit, shown.centres) | {"count": number, "isleaf": not children(unit)}
            for unit, number in shown.below
        ],
    }
    prompt = prompts(division, shown.total)
    return _answer(STATISTICS, str(shown.total), wish, prompt) | {"statistics": found}


def area(wish: Wish, unit: Unit, box: Sequence[float] | None, centre: tuple[float, float] | None) -> Document:
    """Return the answer that is a division itself; `bound` and `lonlat` are empty where no node publishes its area."""
    found = {
        "name": unit.name,
        "bound": ",".join(_degrees(each) for each in box or ()),
        "lonlat": lonlat(centre) if centre else "",
        "level": str(_zoom(unit)),
        "adminCode": int(unit.code),
    }
    return _answer(AREA, "1", wish, [prompted(SEARCHED_IN, [unit])]) | {"area": found}


def suggestions(wish: Wish, hits: Iterable[Hit]) -> Document:
    """Return the answer that suggests names (地名搜索 V1.0, 建议词)."""
    found = [{"name": each.name, "address": each.address, "gbCode": each.division} for each in hits]
    return _answer(SUGGESTIONS, str(len(found)), wish, ()) | {"suggests": found}


def prompted(kind: int, divisions: Iterable[Unit]) -> Document:
    """Return one prompt."""
    return {"type": kind, "admins": [{"adminName": each.name, "adminCode": int(each.code)} for each in divisions]}


def prompts(division: Unit | None, total: int) -> list[Document]:
    """Return what is said of the division that was searched; nothing of one without a name in the list."""
    kind = SEARCHED_IN if total else NOTHING_IN
    return [] if division is None or not division.name else [prompted(kind, [division])]


def distance(metres: float) -> str:
    """Return a distance as today's search writes it: `800m`, `1.5km`."""
    return f"{round(metres)}m" if round(metres) < _KILOMETRE else f"{metres / _KILOMETRE:.1f}km"


def lonlat(point: tuple[float, float]) -> str:
    """Return `longitude,latitude` in degrees, six decimals at most: a tenth of a metre."""
    return ",".join(_degrees(each) for each in point)


def _answer(kind: int, count: str, wish: Wish, prompt: Sequence[Document]) -> Document:
    document: Document = {"count": count, "resultType": kind, "keyWord": wish.text, "status": status()}
    return document | {"prompt": list(prompt)} if prompt else document


def _pois(hits: Sequence[Hit], wish: Wish) -> Document:
    return {"pois": [poi(each, wish) for each in hits], "lineData": []} if hits else {}


def _details(hit: Hit) -> Document:
    above = levels(hit.division)
    found: Document = {}
    for level, name in _LEVELS.items():
        unit = above.get(level)
        found[name] = unit.name if unit else ""
        found[f"{name}Code"] = unit.code if unit else ""
    return found | {"typeCode": hit.type_code, "typeName": hit.type}


def _named(unit: Unit, centres: Centres) -> Document:
    centre = centres.get(unit.code)
    return {
        "name": unit.name,
        "adminName": unit.name,
        "adminCode": int(unit.code),
        "lonlat": lonlat(centre) if centre else "",
        "ename": "",
    }


def _zoom(unit: Unit) -> int:
    """Return the level of a map that shows a division: 4 the nation, 7 a province, 9 a city, 11 a county."""
    return {5: 4, 4: 7, 3: 9}.get(unit.level, 11)


def _degrees(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
