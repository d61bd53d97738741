"""What is kept of a removal before it begins: what has to be looked for, and where it lay."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tianlake.lake.cases.needles import Needles, Table, gather, is_named
from tianlake.lake.duck import connect
from tianlake.lake.exclusions import Target
from tianlake.lake.history import read_history
from tianlake.lake.records import STRICT
from tianlake.lake.releases import Asset, Manifest, TileFacts, data_table
from tianlake.lake.search.files import PLACES, TERMS
from tianlake.lake.store import Store
from tianlake.lake.tables import fetch, id_column

RECORD_ID: Final = "id"
"""What names a record of a catalog for good: catalogs are told apart by no changes, so their facts do not say so."""
MOST_TILES: Final = 40
"""Addresses of tiles that are asked for at a gateway."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of one case."""

    needles: Needles = field(default_factory=Needles)
    files: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Product → release that is to go → names of its files."""
    tiles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Product → `{z}/{x}/{y}.<ext>` of tiles that held it."""

    __pydantic_config__ = STRICT

    def __add__(self, other: Evidence) -> Evidence:
        """Return both together."""
        files = {product: dict(held) for product, held in self.files.items()}
        for product, held in other.files.items():
            files[product] = {**files.get(product, {}), **held}
        tiles = dict(self.tiles)
        for product, named in other.tiles.items():
            tiles[product] = tuple(dict.fromkeys((*tiles.get(product, ()), *named)))
        return Evidence(self.needles + other.needles, files, tiles)


def evidence_of(store: Store, target: Target, place: Path) -> Evidence:
    """Return what tells what a target removes from what stays, from all releases of its product that are there.

    Args:
        store: The node's.
        target: What is removed.
        place: A folder for tables that are not on this machine.

    Raises:
        LakeError: A table lacks an attribute that the target speaks of, or is damaged.
        StoreError: The store failed.
    """
    history, _pointer = read_history(store, target.product)
    manifests = [each.manifest for each in history.releases]
    if not manifests:
        return Evidence()
    tables = list(_tables(store, manifests, place))
    needles = Needles()
    if tables:
        with connect(scratch=place) as connection:
            needles = gather(connection, tables, target)
    if target.whole:
        needles = needles + _of_card(manifests[-1])
    files = {each.release: tuple(entry.path for entry in each.files) for each in manifests}
    return Evidence(needles, {target.product: files}, {target.product: tuple(_tiles(manifests[-1], needles))})


def unknown_parts(store: Store, target: Target, place: Path) -> tuple[Target, ...]:
    """Return the parts of a target that name nothing in any release of its product; arguments and errors as above."""
    history, _pointer = read_history(store, target.product)
    if target.whole:
        return () if history.releases else (target,)
    unknown = list(_parts(target))
    with connect(scratch=place, extensions=("spatial",)) as connection:
        for table in _tables(store, [each.manifest for each in reversed(history.releases)], place):
            unknown = [each for each in unknown if not is_named(connection, table, each)]
            if not unknown:
                break
    return tuple(unknown)


def _parts(target: Target) -> Iterator[Target]:
    """Yield a target for each thing that one names."""
    product = target.product
    yield from (Target(product, ids=(each,)) for each in target.ids)
    yield from (Target(product, values=(each,)) for each in target.values)
    yield from (Target(product, areas=(each,)) for each in target.areas)
    yield from (Target(product, columns=(each,)) for each in target.columns)


def _tables(store: Store, manifests: Sequence[Manifest], place: Path) -> Iterator[Table]:
    for manifest in manifests:
        asset = data_table(manifest.candidate)
        if asset is None:
            continue
        named = {each.name: each for each in manifest.candidate.assets}
        places, terms = (_optional(store, manifest, named.get(name), place) for name in (PLACES, TERMS))
        release = f"{manifest.candidate.card.id}/{manifest.release}"
        names = RECORD_ID if manifest.candidate.card.kind == "catalog" else id_column(manifest.candidate)
        yield Table(release, fetch(store, manifest, asset, place), names, places, terms)


def _optional(store: Store, manifest: Manifest, asset: Asset | None, place: Path) -> Path | None:
    return None if asset is None else fetch(store, manifest, asset, place)


def _of_card(manifest: Manifest) -> Needles:
    """Return the texts that speak of a whole product."""
    card = manifest.candidate.card
    texts = (card.description.zh, card.description.en)
    return Needles(texts=texts, within=texts, releases=(f"{card.id}/{manifest.release}",))


def _tiles(manifest: Manifest, needles: Needles) -> list[str]:
    """Return the addresses of tiles in web mercator that held a feature (OSM wiki, "Slippy map tilenames")."""
    facts = next((each.facts for each in manifest.candidate.assets if isinstance(each.facts, TileFacts)), None)
    if facts is None:
        return []
    made: dict[str, None] = {}
    for lon, lat in needles.points:
        north = math.asinh(math.tan(math.radians(lat)))
        for z in range(facts.min_zoom, facts.max_zoom + 1):
            x, y = int((lon + 180) / 360 * 2**z), int((1 - north / math.pi) / 2 * 2**z)
            made[f"{z}/{x}/{y}.{facts.tile_type}"] = None
    return list(made)[:MOST_TILES]
