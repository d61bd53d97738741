"""What answers tell of a place beside what the index and docs/classes.md have: telephone, English name, source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tianlake.functions.web.today.published import columns
from tianlake.lake.current import CurrentRelease
from tianlake.lake.duck import identifier
from tianlake.lake.search.wanted import Ask, Hit

COLUMNS: Final = {
    "phone": ("phone", "telephone", "tel", "电话"),
    "name_en": ("name_en", "ename", "english_name"),
}
"""Under which names tables have it."""


def further_columns(has: frozenset[str]) -> dict[str, str]:
    """Return the column of a table for each name of `COLUMNS`, as a quoted identifier or NULL."""
    return {name: next((identifier(each) for each in known if each in has), "NULL") for name, known in COLUMNS.items()}


def with_further(hits: Sequence[Hit], releases: Sequence[CurrentRelease], ask: Ask) -> tuple[Hit, ...]:
    """Return hits of the index with what their tables tell further."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for release in releases:
        own = [each for each in hits if (each.node, each.product) == (release.code, release.product)]
        found |= {(release.code, release.product, each.id): {"source": _source(release)} for each in own}
        for id_, told in _told(release, own, ask):
            found[release.code, release.product, id_] |= told
    return tuple(
        replace(each, more={**each.more, **found.get((each.node, each.product, each.id), {})}) for each in hits
    )


def _told(release: CurrentRelease, hits: Sequence[Hit], ask: Ask) -> list[tuple[str, dict[str, str]]]:
    has = columns(release)
    further = further_columns(has)
    if not hits or release.table is None or set(further.values()) == {"NULL"} or not {"place_id", "lon", "lat"} <= has:
        return []
    marks = ", ".join("?" for _ in hits)
    # Lists of constants: row groups are skipped by them, which those of a subquery would not let.
    sql = (
        f"SELECT place_id, {', '.join(further.values())} FROM read_parquet(?) "  # noqa: S608 - constants of this module
        f"WHERE lon IN ({marks}) AND lat IN ({marks}) AND place_id IN ({marks})"
    )
    lists = (*(each.lon for each in hits), *(each.lat for each in hits), *(each.id for each in hits))
    rows = ask(sql, [release.url(release.table.name), *lists]).rows
    return [(id_, {name: str(value) for name, value in zip(further, row, strict=True) if value}) for id_, *row in rows]


def _source(release: CurrentRelease) -> str:
    """Return whom the card names first (docs/classes.md, `source`)."""
    card = release.card
    return card.producers[0].name if card.producers else card.attribution
