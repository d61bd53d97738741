"""Links of a Collection that lead to files with a use of their own: maps, globes, changes, records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from tianlake.lake.feed import CHANGES_FILE
from tianlake.lake.releases import JSON, PARQUET, PMTILES, Asset, TileFacts, TilesetFacts
from tianlake.lake.words import both
from tianlake.stac.assets import Files, map_archives
from tianlake.stac.profile import Json, link

RECORDS: Final = "records/records.json"
"""The OGC API Records collection in a release of class `catalog`."""


def file_links(files: Files) -> Iterator[Json]:
    """Yield the links of a release: web-map-links first, then what else a program may follow."""
    for asset, facts in map_archives(files.candidate.assets):
        yield _tile_link(files, asset, facts)
    for asset in files.candidate.assets:
        href, title = files.href(asset.name), both(asset.title)
        if isinstance(asset.facts, TilesetFacts):
            yield link("3d-tiles", href, title=title)
        elif asset.name == CHANGES_FILE:
            yield link("related", href, PARQUET, title)
        elif asset.name == RECORDS:
            yield link("related", href, JSON, title)


def _tile_link(files: Files, asset: Asset, facts: TileFacts) -> Json:
    named = {"pmtiles:layers": layers_of(asset, facts)}
    return link("pmtiles", files.href(asset.name), PMTILES, both(asset.title), **named)


def layers_of(asset: Asset, facts: TileFacts) -> list[str]:
    """Return the layers of an archive; of a raster, which has none, the archive's name (PTL-VIZ-003 wants one)."""
    return [layer.id for layer in facts.layers] or [PurePosixPath(asset.name).stem]
