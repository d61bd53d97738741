"""Pictures of a vector product: from its tiles and its style to PNG archives in both matrix sets."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb

from tianlake.build.earth import world_box
from tianlake.build.job import Job, Progress, describe_file, recipe_file
from tianlake.build.quality.report import Finding
from tianlake.build.raster.grid import GRIDS
from tianlake.build.rendering.archives import Picture, count_tiles, write_pictures
from tianlake.build.rendering.fonts import CannotDrawError, choose_faces, font_files, writable
from tianlake.build.rendering.machine import check_renderer
from tianlake.build.rendering.mbtiles import write_mbtiles
from tianlake.build.rendering.themes import TITLES, shown, without, written
from tianlake.build.tiles.facts import read_tile_facts
from tianlake.build.tools import Children
from tianlake.build.vector.cut_plan import Plan
from tianlake.build.vector.tile_cut import WHOLE, Bench, Piece, cut_piece
from tianlake.build.vector.tile_plan import source_zooms
from tianlake.build.vector.tile_rows import ROWS
from tianlake.build.vector.tiles import whole_run
from tianlake.lake.duck import identifier, interruptible, literal
from tianlake.lake.errors import fault
from tianlake.lake.matrix_sets import HALF_WORLD_M, METRES_PER_DEGREE
from tianlake.lake.recipes import CONTENTS, Pictures
from tianlake.lake.releases import PMTILES, Asset, TileFacts
from tianlake.lake.styles import map_style
from tianlake.lake.words import Text

log = logging.getLogger(__name__)

IN_DEGREES: Final = (
    f"ST_Affine(ST_Force2D(__piece), {METRES_PER_DEGREE!r}, 0, 0, {METRES_PER_DEGREE!r}, 0, {HALF_WORLD_M / 2!r})"
)
"""SQL for a geometry in metres of web mercator where CGCS2000Quad has it: the world of 360° by 180°, evenly scaled,
is the upper half of mercator's square. Straight lines in degrees stay straight."""

PROJECTED: Final = "--projection=EPSG:3857"


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn."""

    assets: tuple[Asset, ...] = ()
    findings: tuple[Finding, ...] = ()


def check_pictures(job: Job) -> None:
    """Refuse to build pictures that have to be there on a machine that has no renderer, before anything is read.

    Raises:
        CannotDrawError: One line that says what is missing and how to get it.
    """
    pictures = job.recipe.tiles.pictures
    if pictures is not None and not pictures.optional:
        check_renderer()


def draw_pictures(connection: duckdb.DuckDBPyConnection, plan: Plan, archive: Path, progress: Progress) -> Drawn:
    """Draw what `tiles.pictures` of the recipe asks for: `<id>-map.pmtiles`, `<id>-labels.pmtiles`, each with `-c` too.

    Args:
        connection: Where the table is.
        plan: How its tiles were cut.
        archive: The finished vector tiles.
        progress: Told each step.

    Raises:
        CannotDrawError: No font of this machine has the letters of the names, and `optional` is not set.
        LakeError: Drawing failed, or no level is left to draw.
    """
    pictures = plan.job.recipe.tiles.pictures
    if pictures is None:
        return Drawn()
    try:
        if pictures.optional:
            check_renderer()
        return _draw(connection, plan, archive, pictures, progress)
    except CannotDrawError as error:
        if not pictures.optional:
            raise
        log.warning("%s: built without pictures: %s", plan.job.recipe.card.id, error)
        return Drawn(findings=(_absent(str(error), pictures),))


def _draw(
    connection: duckdb.DuckDBPyConnection, plan: Plan, archive: Path, pictures: Pictures, progress: Progress
) -> Drawn:
    # What reads fonts is there only where the renderer was found to be.
    from tianlake.build.rendering.glyphs import write_glyphs  # noqa: PLC0415

    job, facts = plan.job, read_tile_facts(archive)
    zooms = _levels(plan, pictures, facts)
    style = map_style(job.recipe.card, facts, "")
    letters = interruptible(connection, partial(_letters, connection, plan, style, zooms[1] - 1))
    unwritable = "".join(sorted(letter for letter in letters if not writable(letter)))
    faces = choose_faces(filter(writable, letters), font_files())
    with progress(Text("制作字形", "Make glyphs")):
        glyphs = job.scratch / "glyphs"
        glyphs.mkdir()
        write_glyphs(faces, glyphs)
    fonts = tuple(dict.fromkeys(face.family for face in faces))
    drawn = []
    for letter in pictures.matrix_sets:
        tiles = _tiles(connection, plan, archive, (letter, zooms[1] - 1), progress)
        for content in CONTENTS:
            found = shown(without(style, unwritable), content, tiles, glyphs)
            if found is not None:
                names = fonts if content == "labels" else ()
                box = world_box(*plan.bounds.as_list())
                drawn.append(Picture(content, GRIDS[letter], found, names, box, zooms))
    with progress(Text("绘制图片瓦片", "Draw tiles as pictures"), count_tiles(drawn)) as advance:
        made = write_pictures(drawn, job, advance)
    assets = tuple(
        describe_file(file, "visual", PMTILES, _title(picture), read_tile_facts(file)) for picture, file in made
    )
    return Drawn(assets, tuple(_unwritten(connection, style, unwritable)))


def _levels(plan: Plan, pictures: Pictures, facts: TileFacts) -> tuple[int, int]:
    """Return the levels to draw: those asked for on which the product has tiles; level z shows zoom z - 1."""
    lowest = max(pictures.min_zoom, facts.min_zoom + 1)
    if lowest > pictures.max_zoom:
        rule = f"{pictures.max_zoom} is below {lowest}, the first level on which the product has tiles"
        raise fault(recipe_file(plan.job), "tiles.pictures.max_zoom", rule)
    return lowest, pictures.max_zoom


def _letters(connection: duckdb.DuckDBPyConnection, plan: Plan, style: dict[str, Any], zoom: int) -> set[str]:
    """Return the letters of all names that are written up to a zoom of the renderer."""
    found: set[str] = set()
    for name in written(style):
        sources = [
            number
            for number, source in enumerate(plan.job.recipe.sources)
            if (source.name or plan.job.recipe.card.id) == name.layer and source_zooms(source, plan.zooms)[0] <= zoom
        ]
        if sources and name.lowest < zoom + 1:
            column, chosen = identifier(name.attribute), ", ".join(map(str, sources))
            texts = f"SELECT unnest(string_split({column}::VARCHAR, '')) FROM {ROWS} WHERE __source IN ({chosen})"
            found.update(*(text for (text,) in connection.sql(f"SELECT DISTINCT * FROM ({texts})").fetchall() if text))
    return found


def _tiles(
    connection: duckdb.DuckDBPyConnection, plan: Plan, archive: Path, wanted: tuple[str, int], progress: Progress
) -> Path:
    """Return vector tiles as the renderer reads them: those of the product, or such in degrees, cut for this alone."""
    letter, zoom = wanted
    facts, scratch = read_tile_facts(archive), plan.job.scratch
    zooms = facts.min_zoom, min(facts.max_zoom, zoom)
    target = scratch / f"pictures-{letter}.mbtiles"
    if letter == "w":
        write_mbtiles(archive, target, zooms)
        return target
    with progress(Text("切割图片所用的瓦片(c)", "Cut tiles to draw from (c)"), WHOLE) as advance:
        same = replace(plan, zooms=replace(plan.zooms, highest=facts.max_zoom))
        runs = [whole_run(same, each, IN_DEGREES) for each in plan.runs]
        piece = Piece(zooms, tuple(replace(run, options=(*run.options, PROJECTED)) for run in runs), plan.job.jobs)
        cut = cut_piece(piece, Bench(connection, scratch, "pictures", Children(), advance))
    if cut is None:
        raise fault(recipe_file(plan.job), "tiles.pictures", "no feature can be drawn")
    write_mbtiles(cut.archive, target, zooms)
    cut.archive.unlink()
    return target


def _title(picture: Picture) -> Text:
    title, matrix_set = TITLES[picture.content], picture.grid.matrix_set
    return Text(f"{title.zh}(PMTiles,{matrix_set.letter})", f"{title.en} (PMTiles, {matrix_set.id})")


def _absent(said: str, pictures: Pictures) -> Finding:
    """Return what the report says where a machine cannot draw."""
    reason = Text(
        f"本机不能绘制图片,发布中没有图片瓦片: {said}",
        f"this machine cannot draw, the release has no pictures: {said}",
    )
    return Finding("pictures.absent", "left_out", len(pictures.variants), reason, unit="file")


def _unwritten(connection: duckdb.DuckDBPyConnection, style: dict[str, Any], letters: str) -> Iterator[Finding]:
    """Yield what the report says of names with letters that cannot be written."""
    if not letters:
        return
    columns = sorted({identifier(name.attribute) for name in written(style)})
    found = " OR ".join(f"contains({column}::VARCHAR, {literal(letter)})" for column in columns for letter in letters)
    [(count,)] = connection.sql(f"SELECT count(DISTINCT __row) FROM {ROWS} WHERE {found}").fetchall()
    told = " ".join(f"U+{ord(letter):04X}" for letter in letters)
    reason = Text(
        f"名称中有图片无法绘制的字({told}),图片不写这些名称;矢量瓦片不受影响",
        f"names hold letters that cannot be drawn ({told}); pictures leave these names out, vector tiles have them",
    )
    yield Finding("pictures.letters", "left_out", count, reason, unit="value")
