"""Finds names and addresses in the search indexes of releases (docs/search.md)."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import StoreError
from tianlake.lake.naming import CHINA
from tianlake.lake.search import files
from tianlake.lake.search.areas_in_text import Area, prefix_of, read_area
from tianlake.lake.search.candidates import Candidate, judge, look_up_sql, pair_terms_of, terms_of, within_most
from tianlake.lake.search.kept import KeptEntries
from tianlake.lake.search.normal import normal
from tianlake.lake.search.ranking import KNOWN, SHOWN, Meant, Ranked, Row, fetch_sql, is_like, rank, rows_sql
from tianlake.lake.search.wanted import MOST, Ask, Found, Hit, Wanted

if TYPE_CHECKING:
    from tianlake.lake.current import CurrentRelease

_log = logging.getLogger(__name__)

_MORE: Final = ("pinyin", "alias")
_CITY: Final = 7
_GLUED: Final = 2
"""What the rest of a text is worth less than all of it, where nothing parts it from the divisions before it."""
_KEPT: Final = KeptEntries()
_CODE: Final = re.compile("156(?:[0-9]{6}|[0-9]{9})")


def find(wanted: Wanted, releases: tuple[CurrentRelease, ...], ask: Ask) -> Found:
    """Search the products among `releases` that have an index; those asked first win where several have a place.

    A text without a letter or digit finds everything within division, box and types, the most important first; without
    these, nothing.

    Raises:
        StoreError: No index can be read; one that cannot be is left out where others can (withdrawn meanwhile).
        LakeError: Whatever else `ask` raises.
    """
    area = read_area(wanted.text, wanted.division)
    indexed = tuple(each for each in releases if has_index(each))
    limited = wanted.division is not None or wanted.box is not None or wanted.types
    if not indexed or not (normal(wanted.text) or limited) or _impossible(wanted):
        return Found((), 0, division=area.division, rest=area.rest)
    try:
        return _find(wanted, area, indexed, ask)
    except StoreError:
        readable = _readable(indexed, ask) if len(indexed) > 1 else ()
        if not readable or len(readable) == len(indexed):
            raise
        return _find(wanted, area, readable, ask)


def _impossible(wanted: Wanted) -> bool:
    """Say whether no row can fit: no division has such a code, or no type such a name, which SQL cannot even hold."""
    strange = wanted.division is not None and not _CODE.fullmatch(wanted.division)
    return strange or any(not each or not each.isprintable() for each in wanted.types)


def has_index(release: CurrentRelease) -> bool:
    """Say whether a release has the files of a search index."""
    return all(release.holds(name) for name in files.FILES)


def _readable(releases: tuple[CurrentRelease, ...], ask: Ask) -> tuple[CurrentRelease, ...]:
    """Return the releases whose files are there."""
    found = []
    for each in releases:
        try:
            for name in files.FILES:
                ask("SELECT num_rows FROM parquet_file_metadata(?)", (each.url(name),))
        except StoreError as error:
            _log.warning("node %s, product %s: left out of a search: %s", each.code, each.product, error)
        else:
            found.append(each)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Variant:
    """One way to read the text."""

    text: str
    codes: tuple[str, ...] = ()
    parts: bool = True
    """Whether names that hold a part of it are meant, too."""
    less: float = 0
    """What its hits are worth less than others."""


def _variants(wanted: Wanted, area: Area) -> list[_Variant]:
    """Return the ways to read a text: within the divisions that it names, or as a name as a whole (北京市第一中学)."""
    if not area.codes:
        return [_Variant(wanted.text)]
    if not normal(area.rest):
        names = {load_divisions().units[code.removeprefix(CHINA)].name for code in area.codes}
        return [_Variant(text) for text in sorted({wanted.text, *names})]
    if area.parted:
        return [_Variant(area.rest, area.codes)]
    return [_Variant(area.rest, area.codes, less=_GLUED), _Variant(wanted.text, parts=False)]


def _find(wanted: Wanted, area: Area, releases: tuple[CurrentRelease, ...], ask: Ask) -> Found:
    meant, cut = [], False
    for variant in _variants(wanted, area):
        candidates = _candidates(variant, wanted, releases, ask)
        limited = variant.codes or wanted.division is not None or wanted.box is not None or wanted.types
        if not limited and any(each.score >= KNOWN for each in candidates):
            candidates = [each for each in candidates if not is_like(each.score, each.match)]
        found, left_out = within_most(candidates)
        meant.append(Meant(normal(variant.text), tuple(found), variant.codes))
        cut = cut or left_out
    places = [each.url(files.PLACES) for each in releases]
    statement = rows_sql(meant, wanted, places)
    rows = [Row(*row) for row in ask(statement).rows] if statement else []
    ranked = rank(meant, wanted, places, rows)
    page = ranked[wanted.start : wanted.start + wanted.count]
    hits = _hits(page, wanted, releases, ask) if page else ()
    return Found(hits, min(len(ranked), MOST), cut or len(ranked) > MOST, area.division, area.rest)


def _candidates(variant: _Variant, wanted: Wanted, releases: tuple[CurrentRelease, ...], ask: Ask) -> list[Candidate]:
    codes = variant.codes or ((wanted.division,) if wanted.division else ())
    cities = _cities(codes) if codes else ()
    terms = terms_of(variant.text, cities)
    if variant.parts:
        terms += pair_terms_of(variant.text, cities)
    if not terms:
        return []
    entries = _entries({each.key for each in terms}, [each.url(files.TERMS) for each in releases], ask)
    for key in {each.key for each in terms if each.way == "sound"}:  # each file knows characters of its own names
        sounds = [entry for found in entries for entry in found.get(key, ())]
        for found in entries:
            found[key] = sounds
    judged = (
        each for number, found in enumerate(entries) for each in judge(normal(variant.text), terms, found, number)
    )
    return [replace(each, score=each.score - variant.less) for each in judged] if variant.less else list(judged)


def _entries(keys: set[int], urls: Sequence[str], ask: Ask) -> list[dict[int, Sequence[int]]]:
    """Return the entries of terms in each file; files are asked for those alone that no search asked for before."""
    entries = [_KEPT.known(url, keys) for url in urls]
    lacking = {url: keys.difference(known) for url, known in zip(urls, entries, strict=True)}
    asked = [url for url in urls if lacking[url]]
    if not asked:
        return entries
    found: dict[str, dict[int, Sequence[int]]] = {url: dict.fromkeys(lacking[url], ()) for url in asked}
    for url, key, listed in ask(look_up_sql(set().union(*lacking.values()), asked)).rows:
        found[url][key] = listed
    for url, known in zip(urls, entries, strict=True):
        if url in found:
            _KEPT.keep(url, found[url])
            known.update(found[url])
    return entries


def _cities(codes: Sequence[str]) -> list[str]:
    """Return the first seven digits of the codes of all cities in some divisions."""
    known = sorted({CHINA + code[:4] for code in load_divisions().units})
    prefixes = [prefix_of(code)[:_CITY] for code in codes]
    return [each for each in known if any(each.startswith(prefix) for prefix in prefixes)]


def _hits(page: Sequence[Ranked], wanted: Wanted, releases: tuple[CurrentRelease, ...], ask: Ask) -> tuple[Hit, ...]:
    urls = [each.url(files.PLACES) for each in releases]
    rows = {(file, row): values for file, row, *values in ask(fetch_sql(page, wanted, urls)).rows}
    return tuple(_hit(each, releases[each.file], rows[each.about.filename, each.row]) for each in page)


def _hit(ranked: Ranked, release: CurrentRelease, values: list[Any]) -> Hit:
    away, *columns = values
    row = dict(zip(SHOWN, columns, strict=True))
    texts = ("address", "division", "town", "type_code", "type", "road", "number")
    return Hit(
        node=release.code,
        product=release.product,
        id=row["id"],
        name=row["name"],
        lon=row["lon"],
        lat=row["lat"],
        score=round(ranked.score, 1),
        match=ranked.match,
        distance_m=None if away is None else round(away, 1),
        more={name: row[name] for name in _MORE if row[name]},
        **{name: row[name] or "" for name in texts},
    )
