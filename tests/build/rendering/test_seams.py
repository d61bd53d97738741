"""Names at the edges of what is drawn at once: whole or not there; and maps whose edges cannot be seen."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from picture_kit import TILE, drawn_recipe, mercator_pixel, write_features
from PIL import Image
from pmtiles.tile import tileid_to_zxy
from vector_kit import make_job

from tianlake.build.raster.grid import GRIDS
from tianlake.build.rendering.draw import Work, draw
from tianlake.build.rendering.fonts import choose_faces, font_files
from tianlake.build.rendering.glyphs import write_glyphs
from tianlake.build.rendering.mbtiles import write_mbtiles
from tianlake.build.rendering.sheets import Sheet, sheets_of
from tianlake.build.rendering.themes import shown
from tianlake.build.tiles.facts import read_tile_facts
from tianlake.build.vector.build import build_vector
from tianlake.build.workers import in_order
from tianlake.lake.recipes import Content, MapStyle, Recipe, Source
from tianlake.lake.styles import map_style
from tianlake.lake.words import Bounds

ZOOM = 7
CHINA = Bounds(73, 3, 136, 54)
NAME = "呼伦贝尔市"
WEST, SOUTH = 100.0, 30.0
SEATS = [(WEST + 2.11 * x, SOUTH + 1.07 * y) for x, y in product(range(12), range(12))]
"""Far enough from each other that none is in another's way."""


def shape(kind: str, *places: tuple[float, float]) -> dict[str, Any]:
    return {"type": kind, "coordinates": [list(place) for place in places] if len(places) > 1 else list(places[0])}


@pytest.fixture(scope="module")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Content, Recipe, int], Drawing]:
    """Return what draws a product's level in sheets of some size, in a process of its own."""
    root: Path = tmp_path_factory.mktemp("sources")
    write_features(root / "seats.geojson", [({"name": NAME}, shape("Point", place)) for place in SEATS])
    lines = [shape("LineString", (WEST, SOUTH + 2 * n), (WEST + 25, SOUTH + 2 * n + 3)) for n in range(6)]
    write_features(root / "lines.geojson", [({"name": "北江大道"}, line) for line in lines])
    made: dict[str, tuple[Path, Recipe]] = {}

    def make(content: Content, recipe: Recipe, levels: int) -> Drawing:
        key = repr(recipe)
        if key not in made:
            job = make_job(tmp_path_factory.mktemp("product"), recipe, root)
            build_vector(job)
            write_mbtiles(job.out / "sample.pmtiles", job.out / "sample.mbtiles", (0, 5))
            write_glyphs(choose_faces(NAME + "北江大道", font_files()), job.out)
            made[key] = job.out, recipe
        return Drawing(*made[key], content, levels)

    return make


class Drawing:
    """One level as it was drawn."""

    def __init__(self, folder: Path, recipe: Recipe, content: Content, levels: int) -> None:
        facts = read_tile_facts(folder / "sample.pmtiles")
        style = shown(map_style(recipe.card, facts, ""), content, folder / "sample.mbtiles", folder)
        self.sheets = list(sheets_of(GRIDS["w"], facts.bounds, (ZOOM, ZOOM), levels))
        works = [Work(content, json.dumps(style), sheet) for sheet in self.sheets]
        with in_order(draw, works, 1, apart=True) as results:
            self.tiles = {tileid_to_zxy(number)[1:]: data for found in results for number, data in found}
        self.left = min(sheet.x for sheet in self.sheets) * TILE
        self.top = min(sheet.y for sheet in self.sheets) * TILE
        right = max(sheet.x + sheet.columns for sheet in self.sheets) * TILE
        below = max(sheet.y + sheet.rows for sheet in self.sheets) * TILE
        self.alpha: NDArray[np.uint8] = np.zeros((below - self.top, right - self.left), np.uint8)
        for (x, y), data in self.tiles.items():
            tile = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
            row, col = y * TILE - self.top, x * TILE - self.left
            self.alpha[row : row + TILE, col : col + TILE] = tile[..., 3]

    def inner_edges(self) -> Iterator[tuple[str, int]]:
        """Yield the edges between sheets: `x` or `y`, and the pixel after it."""
        for axis, start in (("x", self.left), ("y", self.top)):
            for edge in sorted({getattr(sheet, axis) * TILE for sheet in self.sheets} - {start}):
                yield axis, edge - start

    def crossing(self, axis: str, edge: int) -> int:
        """Return how many pixels of ink lie on both sides of an edge."""
        ink = self.alpha > 0
        both = ink[:, edge - 1] & ink[:, edge] if axis == "x" else ink[edge - 1] & ink[edge]
        return int(both.sum())

    def ink_at(self, lon: float, lat: float) -> int:
        """Return how many dark pixels lie around a place; a name that moved aside is within."""
        x, y = mercator_pixel(lon, lat, ZOOM)
        col, row = int(x) - self.left, int(y) - self.top
        part = self.alpha[max(row - 24, 0) : row + 24, max(col - 70, 0) : col + 70]
        return int((part > 128).sum())


def seats() -> Recipe:
    return drawn_recipe(None, Source("seats.geojson", name="seat-city"))


def lines() -> Recipe:
    recipe = drawn_recipe(None, Source("lines.geojson", name="lines"))
    return replace(recipe, card=replace(recipe.card, style=MapStyle()))


def test_every_name_is_whole_though_it_crosses_the_edges_of_tiles(drawings):
    drawing = drawings("labels", seats(), 1)
    ink = [drawing.ink_at(*place) for place in SEATS]
    assert len(list(drawing.inner_edges())) >= 4
    assert min(ink) > 0.9 * float(np.median(ink)) > 100
    within = [edge for edge in range(TILE, drawing.alpha.shape[1], TILE) if ("x", edge) not in drawing.inner_edges()]
    assert sum(drawing.crossing("x", edge) for edge in within) > 0


@pytest.mark.parametrize("recipe", [seats, lines])
def test_no_name_crosses_the_edge_of_a_sheet(drawings, recipe):
    drawing = drawings("labels", recipe(), 1)
    assert [drawing.crossing(*edge) for edge in drawing.inner_edges()] == [0] * len(list(drawing.inner_edges()))
    assert (drawing.alpha > 128).sum() > 1000


def test_without_sheets_names_do_cross_there(drawings):
    """The test above would see a cut: where all is one sheet, names do lie on its edges."""
    cut, whole = (drawings("labels", seats(), levels) for levels in (1, 5))
    assert len(whole.sheets) == 1
    assert sum(whole.crossing(*edge) for edge in cut.inner_edges()) > 0


def test_a_map_does_not_show_in_which_sheets_it_was_drawn(drawings):
    """Dots and lines that reach over an edge are drawn on both sides of it."""
    points = drawn_recipe(None, Source("seats.geojson", name="dots"))
    recipe = replace(points, card=replace(points.card, style=MapStyle()))
    small, large = (drawings("map", recipe, levels) for levels in (1, 5))
    assert len(small.sheets) > len(large.sheets) == 1
    assert small.tiles == large.tiles


def test_sheets_hold_every_tile_once_in_the_order_of_ids():
    sheets = list(sheets_of(GRIDS["c"], CHINA, (1, 8), 3))
    ids = [number for sheet in sheets for number, _, _ in sheet.tiles()]
    assert all(before < after for before, after in pairwise(ids))
    assert all(isinstance(sheet, Sheet) and max(sheet.columns, sheet.rows) <= 8 for sheet in sheets)
    wanted = {
        (zoom, x, y)
        for zoom in range(1, 9)
        for x in range(int((CHINA.west + 180) / 360 * 2**zoom), int((CHINA.east + 180) / 360 * 2**zoom) + 1)
        for y in range(int((90 - CHINA.north) / 360 * 2**zoom), int((90 - CHINA.south) / 360 * 2**zoom) + 1)
    }
    assert {tileid_to_zxy(number) for number in ids} == wanted
