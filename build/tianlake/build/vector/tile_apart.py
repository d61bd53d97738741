"""Has parts of tiles cut on other machines: what DuckDB gives of each is written to files, tippecanoe runs there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import duckdb

from tianlake.build.engine.parts import Bench, read_input
from tianlake.build.engine.parts import Part as Order
from tianlake.build.engine.perform import perform
from tianlake.build.engine.workshop import Workshop
from tianlake.build.job import Advance
from tianlake.build.tools import Children, write_lines
from tianlake.build.vector.cut_plan import Plan
from tianlake.build.vector.part_store import PartStore, write_part
from tianlake.build.vector.tile_bands import Part
from tianlake.build.vector.tile_cut import Bench as CutBench
from tianlake.build.vector.tile_cut import Piece, cut_piece
from tianlake.lake.duck import connect, interruptible


def cut_apart(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    missing: Mapping[Part, tuple[str, Piece, float]],
    where: tuple[Workshop, PartStore],
    advance: Advance,
) -> None:
    """Have parts cut by the engine of the build, and keep what it made.

    Args:
        connection: Where the table of features is.
        plan: How it is cut.
        missing: Part → its key in the store of parts, how it is cut, and what `advance` is told of it.
        where: Who cuts, and where parts are kept.
        advance: Told percent.
    """
    shop, store = where
    done = perform(shop, _orders(connection, plan, missing), advance)
    for (key, *_), made in zip(missing.values(), done, strict=True):
        store.take(key, made.file)


def _orders(
    connection: duckdb.DuckDBPyConnection, plan: Plan, missing: Mapping[Part, tuple[str, Piece, float]]
) -> Iterator[Order]:
    """Write the lines of each part when an engine has room for it."""
    for part, (key, piece, weight) in missing.items():
        folder = plan.job.scratch / "lines" / key
        folder.mkdir(parents=True)
        names = [f"{number}.geojsonl" for number in range(len(piece.runs))]
        for name, run in zip(names, piece.runs, strict=True):
            interruptible(connection, partial(write_lines, connection, run.query, str(folder / name)))
        bare = replace(piece, runs=tuple(replace(run, query="") for run in piece.runs))
        work = partial(cut_lines, bare, part, tuple(names))
        inputs = tuple(read_input(folder, name) for name in names)
        place = f"{part.band.lowest}-{part.band.highest}/{part.x}-{part.y}"
        yield Order(f"{plan.job.recipe.card.id}/{place}", work, folder, inputs, weight)


def cut_lines(piece: Piece, part: Part, names: Sequence[str], bench: Bench) -> dict[str, Any]:
    """Cut the lines of a part into an archive; none where no tile is left."""
    runs = tuple(replace(run, lines=bench.root / name) for run, name in zip(piece.runs, names, strict=True))
    with connect(threads=1, extensions=()) as unused:
        made = cut_piece(replace(piece, runs=runs), CutBench(unused, bench.scratch, "part", Children()))
    write_part(bench.out, part, made)
    return {}
