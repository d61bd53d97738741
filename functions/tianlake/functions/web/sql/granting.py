"""What a statement may ask: the products that it mentions, with what makes their views."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from threading import Lock
from typing import Final

from tianlake.functions.web.sql.jobs import Grant, made_by
from tianlake.lake import keys
from tianlake.lake.current import CurrentRelease, CurrentReleases
from tianlake.lake.describe import History, Published
from tianlake.lake.duck import literal
from tianlake.lake.history import read_history
from tianlake.lake.releases import PARQUET
from tianlake.lake.views import statements
from tianlake.lake.words import view_name

_WORD: Final = re.compile(r"(?<![a-z0-9_])n(\d{9})_[a-z0-9_]+", re.IGNORECASE)
"""A name that may be of a view or macro: `n156130000_places_at`."""

_PAST: Final = ("_at", "_releases")
"""Endings of what speaks of earlier releases."""

_KEPT: Final = 256
"""Histories that are remembered."""


class Granting:
    """Finds what statements mention. Products of `internal` access are never granted."""

    def __init__(self, releases: CurrentReleases) -> None:
        """Grant what these nodes publish."""
        self._releases = releases
        self._histories: OrderedDict[tuple[str, str, str], History] = OrderedDict()
        self._lock = Lock()

    def of(self, code: str, sql: str) -> tuple[Grant, ...]:
        """Return what a statement mentions of a node and those below it.

        Raises:
            NotFoundError: The node is not served.
            StoreError: Its store does not answer.
        """
        words: dict[str, set[str]] = {}
        for found in _WORD.finditer(sql):
            words.setdefault(f"{found[1]}", set()).add(found[0].lower())
        return tuple(
            grant for each in self._releases.below(code) if each in words for grant in self._granted(each, words[each])
        )

    def listed(self, code: str) -> Iterator[CurrentRelease]:
        """Yield the releases that can be asked, of a node and those below it; raises as `of` does."""
        found = self._releases.of_all(self._releases.below(code))
        yield from (release for release in found if _may(release) and _has_tables(release))

    def _granted(self, code: str, words: set[str]) -> Iterator[Grant]:
        mentioned = []
        for release in self._releases.of(code):
            name = view_name(code, release.product)
            own = {word for word in words if word == name or word.startswith(f"{name}_")}
            if own and _may(release):
                mentioned.append(self._history(release, past=any(word.endswith(_PAST) for word in own)))
        # One by one, because each is a grant of its own; what a name of theirs is not to hide, all of them tell.
        for history in mentioned:
            yield _grant(code, history, mentioned, self._releases.node(code).root)

    def _history(self, release: CurrentRelease, *, past: bool) -> History:
        """Return a product's releases, or the current one alone where nothing asks for the others."""
        if not past:
            return _alone(release)
        key = (release.code, release.product, release.etag)
        with self._lock:
            known = self._histories.get(key)
        if known is None:
            read, _pointer = read_history(self._releases.node(release.code).store, release.product)
            shown = tuple(each for each in read.releases if each.manifest.candidate.card.access != "internal")
            known = replace(read, releases=shown, current=release.manifest.release)
        with self._lock:
            self._histories[key] = known
            self._histories.move_to_end(key)
            while len(self._histories) > _KEPT:
                self._histories.popitem(last=False)
        return known


def _grant(code: str, history: History, beside: Iterable[History], root: str) -> Grant:
    name = view_name(code, history.product)
    others = {view_name(code, each.product) for each in beside if each is not history}
    made = tuple(
        each.sql for each in statements(code, [history], literal(root)) if others.isdisjoint(made_by(each.sql))
    )
    return Grant(name, root, tuple(f"{root}{href}" for href in _hrefs(history) if _named(href, made)), made)


def _hrefs(history: History) -> Iterator[str]:
    """Yield what the views of a product might read, relative to the node's root."""
    for manifest in (each.manifest for each in history.releases):
        for asset in manifest.candidate.assets:
            if asset.media_type == PARQUET:
                yield keys.release_file(history.product, manifest.release, asset.name)
    yield keys.ITEMS


def _named(href: str, made: Iterable[str]) -> bool:
    return any(literal(href) in each for each in made)


def _alone(release: CurrentRelease) -> History:
    manifest = release.manifest
    return History(release.product, (Published(manifest, ""),), (), manifest.release, None)


def _may(release: CurrentRelease) -> bool:
    return release.card.access != "internal"


def _has_tables(release: CurrentRelease) -> bool:
    """Say whether a product has rows: a table of its own, or scenes."""
    return release.table is not None or release.card.kind in {"raster", "terrain"}
