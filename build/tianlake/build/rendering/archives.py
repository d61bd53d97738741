"""Draws all variants of pictures and writes each as an archive."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tianlake.build.job import Advance, Job
from tianlake.build.raster.grid import Grid
from tianlake.build.raster.tiles import header
from tianlake.build.rendering.draw import Work, draw
from tianlake.build.rendering.sheets import Sheet, sheets_of
from tianlake.build.tiles.archive import TileArchive
from tianlake.build.workers import in_order
from tianlake.lake.matrix_sets import TILE
from tianlake.lake.recipes import Content, ProductCard, picture_variant
from tianlake.lake.words import Bounds


@dataclass(frozen=True, slots=True)
class Picture:
    """One archive to draw."""

    content: Content
    grid: Grid
    style: dict[str, Any]
    """As the renderer takes it."""
    fonts: tuple[str, ...]
    """Families that its names are written in."""
    bounds: Bounds
    zooms: tuple[int, int]
    """Lowest and highest level."""

    @property
    def variant(self) -> str:
        """What parts it from the product's first archive."""
        return picture_variant(self.content, self.grid.matrix_set)

    def sheets(self) -> Iterator[Sheet]:
        """Yield what is drawn at once, in the order of tile ids."""
        return sheets_of(self.grid, self.bounds, self.zooms)


def count_tiles(pictures: Sequence[Picture]) -> int:
    """Return how many tiles are drawn, those of names that turn out empty included."""
    return sum(sheet.columns * sheet.rows for picture in pictures for sheet in picture.sheets())


def write_pictures(pictures: Sequence[Picture], job: Job, advance: Advance) -> list[tuple[Picture, Path]]:
    """Write `<id>-<variant>.pmtiles` for each, but where no tile shows anything; `job.jobs` decides no byte of them.

    Raises:
        LakeError: The renderer failed, or a process died.
    """
    written: list[tuple[Picture, Path]] = []
    with in_order(draw, _works(pictures), job.jobs, apart=True) as results:
        for picture in pictures:
            target = job.out / f"{job.recipe.card.id}-{picture.variant}.pmtiles"
            with TileArchive(job.scratch) as archive:
                for sheet in picture.sheets():
                    for tile_id, data in next(results):
                        archive.add(tile_id, data)
                    advance(sheet.columns * sheet.rows)
                if len(archive):
                    head = header("png", picture.grid, picture.bounds, picture.zooms)
                    archive.write(target, head, _metadata(picture, job.recipe.card))
                    written.append((picture, target))
    return written


def _works(pictures: Sequence[Picture]) -> Iterator[Work]:
    for picture in pictures:
        style = json.dumps(picture.style, ensure_ascii=False)
        for sheet in picture.sheets():
            yield Work(picture.content, style, sheet)


def _metadata(picture: Picture, card: ProductCard) -> dict[str, Any]:
    """Return the JSON metadata of an archive, as docs/rasters.md lists it."""
    described: dict[str, Any] = {
        "name": card.title.zh,
        "description": card.description.zh,
        "attribution": card.attribution,
        "type": "overlay" if picture.content == "labels" else "baselayer",
        "format": "png",
        "tile_matrix_set": picture.grid.matrix_set.id,
        "tile_size": TILE,
        "title": asdict(card.title),
        "variant": picture.variant,
        "content": picture.content,
    }
    return described | ({"fonts": list(picture.fonts)} if picture.fonts else {})
