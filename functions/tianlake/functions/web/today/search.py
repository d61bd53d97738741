"""`/v2/search`: today's search for places (地名搜索 V2.0), by the query types 1, 2, 3, 4, 7, 10, 12, 13 and 14."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tianlake.functions.calls import CallError, Reply
from tianlake.functions.web.questions import METHOD, Handler, Question, json_reply
from tianlake.functions.web.today import candidates, documents, wishes
from tianlake.functions.web.today.candidates import Sought, box_of
from tianlake.functions.web.today.centres import Places
from tianlake.functions.web.today.documents import Document, Shown
from tianlake.functions.web.today.further import with_further
from tianlake.functions.web.today.published import releases_of, with_names
from tianlake.functions.web.today.status import NO_DATA, SERVER, SearchError, refused, status
from tianlake.functions.web.today.units import MUNICIPALITIES, Unit, children, levels, named, units, within
from tianlake.functions.web.today.wishes import Wish, read_wish
from tianlake.lake.current import CurrentRelease
from tianlake.lake.engine import TooSlowError
from tianlake.lake.search.names import has_index
from tianlake.lake.search.reverse import box_around
from tianlake.lake.search.wanted import Ask, Finder, Wanted

_METHODS: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class _Search:
    """One search over what the nodes publish."""

    wish: Wish
    releases: tuple[CurrentRelease, ...]
    """All current ones, for where divisions are."""
    places: tuple[CurrentRelease, ...]
    """Those that are searched."""
    ask: Ask
    find: Finder


def search(find: Finder) -> Handler:
    """Return the handler of `/v2/search`; names are found by `find`."""

    def answer(question: Question) -> Reply:
        if question.call.method not in _METHODS:
            raise CallError(METHOD, headers={"allow": "GET, HEAD"})
        try:
            return _answered(question, find)
        except SearchError as error:
            return refused(error)
        except TooSlowError:
            return refused(SearchError(SERVER, "查询用时过长或所需内存超限，请缩小范围"))

    return answer


def _answered(question: Question, find: Finder) -> Reply:
    wish = read_wish(question.parameters)
    releases = releases_of(question)
    places = with_names(releases)
    if not places:
        nothing = {"count": "0", "resultType": 1, "keyWord": wish.text, "status": status(NO_DATA)}
        return json_reply(nothing)
    return json_reply(_ANSWERS[wish.kind](_Search(wish, releases, places, question.inquiry.ask, find)))


def _ordinary(it: _Search) -> Document:
    """Answer 1: a division by its name, else as 7; a name that several divisions have is prompted for."""
    division = it.wish.division
    same = named(it.wish.text) if division is None and not it.wish.types else ()
    if len(same) == 1:
        where = Places(it.releases, it.ask)
        box, centre = where.box(same[0].code), where.centres(same).get(same[0].code)
        if box or centre:
            return documents.area(it.wish, same[0], box, centre)
    answer = _by_name(it)
    if len(same) > 1:
        answer["prompt"] = [documents.prompted(documents.SEVERAL, same)]
    return answer


def _by_name(it: _Search) -> Document:
    """Answer 7 and 12: places by name, nearest to the view first among equals; counts in a province or the nation."""
    if it.wish.division is not None and it.wish.division.shows_counts:
        return _counted(it)
    view = it.wish.view
    near = None if view is None else ((view.west + view.east) / 2, (view.south + view.north) / 2)
    return _found(it, replace(_wanted(it), near=near))


def _in_view(it: _Search) -> Document:
    return _found(it, replace(_wanted(it), box=it.wish.view))


def _suggest(it: _Search) -> Document:
    return _if_indexed(it, documents.suggestions(it.wish, it.find(_wanted(it), it.places, it.ask).hits))


def _wanted(it: _Search) -> Wanted:
    wish = it.wish
    division = None if wish.division is None else wish.division.code
    return Wanted(wish.text, division, types=wish.types, start=wish.start, count=wish.count)


def _found(it: _Search, wanted: Wanted) -> Document:
    found = it.find(wanted, it.places, it.ask)
    division = it.wish.division or units().get(found.division or "")
    hits = with_further(found.hits, it.places, it.ask)
    document = documents.places(it.wish, hits, found.total, documents.prompts(division, found.total))
    return _if_indexed(it, document)


def _if_indexed(it: _Search, document: Document) -> Document:
    """Return the answer; where nothing has an index, one cannot say that there is no such name."""
    if any(map(has_index, it.places)):
        return document
    return document | {"status": status(NO_DATA, "没有名称索引，请运行维护单位重新构建并发布")}


def _nearby(it: _Search) -> Document:
    wish = it.wish
    assert wish.near is not None  # noqa: S101 - required of this query type
    box = box_around(*wish.near, wish.radius_m)
    return _listed(it, replace(_sought(wish), box=box, circle=(wish.near, wish.radius_m)))


def _in_polygon(it: _Search) -> Document:
    return _listed(it, replace(_sought(it.wish), box=box_of(it.wish.ring), ring=it.wish.ring))


def _by_type(it: _Search) -> Document:
    """Answer 13: all types together, and, where there are several, each under its own name beside them."""
    wish = it.wish
    sought = replace(_sought(wish), box=wish.view)
    found: Document = {}
    if len(wish.types) > 1:
        for name, each in zip(wish.asked_types, wish.types, strict=True):
            page = candidates.page(replace(sought, types=(each,)), it.places, it.ask, wish.start, wish.count)
            found |= documents.by_type(name, wish, *page)
    return found | _listed(it, sought)


def _sought(wish: Wish) -> Sought:
    return Sought(tuple(wish.text.split()), wish.types, division=wish.division)


def _listed(it: _Search, sought: Sought) -> Document:
    hits, total = candidates.page(sought, it.places, it.ask, it.wish.start, it.wish.count)
    return documents.places(it.wish, hits, total, documents.prompts(it.wish.division, total))


def _counted(it: _Search) -> Document:
    """Answer 14: how many there are in the division and in those right below it."""
    division = it.wish.division
    assert division is not None  # noqa: S101 - required of this query type
    by_code = candidates.counts(_sought(it.wish), it.places, it.ask)
    of: Counter[Unit] = Counter()
    for code, number in by_code.items():
        for unit in levels(code).values():
            of[unit] += number
    below = [each for each in children(division) or (division,) if of[each]]
    cities = [each for each in of if _is_city(each) and each != division and within(each.code, division.code)]
    priority = sorted(cities or below, key=lambda each: (-of[each], each.code))
    shown = Shown(
        sum(by_code.values()),
        below=[(each, of[each]) for each in below],
        priority=[(each, of[each]) for each in priority[: documents.MOST_PRIORITY]],
        centres=Places(it.releases, it.ask).centres([*below, *priority[: documents.MOST_PRIORITY]]),
    )
    return documents.statistics(it.wish, division, shown)


def _is_city(unit: Unit) -> bool:
    return unit.level == 3 or unit.code in MUNICIPALITIES  # noqa: PLR2004 - the city level


_ANSWERS: Final[dict[int, Callable[[_Search], Document]]] = {
    wishes.ORDINARY: _ordinary,
    wishes.IN_VIEW: _in_view,
    wishes.NEARBY: _nearby,
    wishes.SUGGEST: _suggest,
    wishes.PLACE_NAME: _by_name,
    wishes.IN_POLYGON: _in_polygon,
    wishes.IN_DIVISION: _by_name,
    wishes.BY_TYPE: _by_type,
    wishes.COUNTS: _counted,
}
