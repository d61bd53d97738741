"""Layers of today's clients (vec, img, …) over the tile archives of products. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from tianlake.lake.facts import TileFacts
from tianlake.lake.matrix_sets import BY_ID, WEB_MERCATOR, MatrixSet
from tianlake.lake.plain import layer_source
from tianlake.lake.releases import Asset, Candidate

TileArchive = tuple[Asset, TileFacts]
"""A tile archive of a release, and its facts."""


def tile_archives(candidate: Candidate) -> list[TileArchive]:
    """Return the tile archives among the assets of a release, in their order."""
    return [(each, each.facts) for each in candidate.assets if isinstance(each.facts, TileFacts)]


def archive_of(archives: Iterable[TileArchive], variant: str) -> TileArchive | None:
    """Return the archive of a variant; for the empty one that which maps draw: the first in web mercator, if any."""

    def later(archive: TileArchive) -> tuple[bool, bool]:
        return archive[1].variant != variant, archive[1].matrix_set != WEB_MERCATOR.id

    fitting = [each for each in archives if not variant or each[1].variant == variant]
    return min(fitting, key=later, default=None)


def archive_in(archives: Sequence[TileArchive], variant: str, matrix_set: MatrixSet) -> TileArchive | None:
    """Return the archive that shows in `matrix_set` what the archive of `variant` shows, or None.

    `c` is the twin of the first archive, and `map-c` that of `map`: which of two is which, their facts say.
    """
    named = archive_of(archives, variant)
    if named is None:
        return None
    same = (each for each in archives if each[1].matrix_set == matrix_set.id and _theme(each[1]) == _theme(named[1]))
    return next(same, None)


def _theme(facts: TileFacts) -> str:
    """Return the variant without what says in which matrix set it is cut."""
    suffix = BY_ID[facts.matrix_set].variant if facts.matrix_set in BY_ID else ""
    if not suffix:
        return facts.variant
    return "" if facts.variant == suffix else facts.variant.removesuffix(f"-{suffix}")


def wrong_layer(
    layers: Mapping[str, str], candidate: Candidate, optional: Container[str] = ()
) -> tuple[str, str] | None:
    """Return the first layer over a product that names an archive which it has not, and the rule it breaks.

    Args:
        layers: Of the node.
        candidate: What was built.
        optional: Variants that may be missing: the build has told so.
    """
    archives = tile_archives(candidate)
    known = ", ".join(facts.variant or "the first one" for _asset, facts in archives)
    for layer, value in layers.items():
        source = layer_source(value)
        if not source or source.product != candidate.card.id or source.variant in optional:
            continue
        if archive_of(archives, source.variant) is None:
            what = f"no tiles {source.variant!r}; it has: {known}" if archives else "no tiles"
            return layer, f"product {source.product!r} has {what}"
    return None
