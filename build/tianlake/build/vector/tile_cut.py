"""Cuts rows into one archive: a run of tippecanoe for each family, then their tiles are joined."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb

from tianlake.build.job import Advance
from tianlake.build.tiles.facts import read_metadata
from tianlake.build.tools import Children, Feed, FileFeed, Tool, ToolError, run_fed
from tianlake.build.vector.tile_join import join_archives
from tianlake.build.vector.tile_plan import LIMIT, tippecanoe_command
from tianlake.lake.errors import LakeError

log = logging.getLogger(__name__)

NOTHING: Final = 110
"""Exit status of tippecanoe where no geometry is left to cut."""

SHARES: Final = (1.0, 0.5, 0.25, 0.125)
"""Parts of the limit that each family may fill, tried one after the other until no joined tile is too large."""

WHOLE: Final = 100.0
"""tippecanoe tells its progress in percent."""

Losses = dict[int, dict[str, int]]
"""Zoom → way of making tiles smaller → features, each counted in every tile that it is in."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of tippecanoe is given."""

    query: str
    """Gives one GeoJSON feature a row."""
    rows: int | None
    """How many; None where some are expected to lie outside of what is cut."""
    options: tuple[str, ...]
    lines: Path | None = None
    """File of what `query` gave, where it was written before."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What becomes one archive."""

    zooms: tuple[int, int]
    runs: tuple[Run, ...]
    threads: int = 1
    """Of tippecanoe. The bytes that come out may depend on their number where there are several."""


@dataclass(frozen=True, slots=True)
class Cut:
    """An archive as the tools left it, and what its tiles lack."""

    archive: Path
    metadata: dict[str, Any]
    losses: Losses = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bench:
    """Where tools work."""

    connection: duckdb.DuckDBPyConnection
    """Of the calling thread alone."""
    folder: Path
    """For scratch files; exists."""
    name: str
    """What the files in it are called."""
    children: Children
    advance: Advance = lambda _done: None
    """Told percent."""


def cut_piece(piece: Piece, bench: Bench) -> Cut | None:
    """Cut rows into an archive; None where nothing of them lies within.

    Where joined tiles are larger than 500 kB, everything is cut again with a smaller share for each family, so that no
    tile is lost.

    Raises:
        LakeError: tippecanoe or DuckDB failed, or a tile stays too large.
    """
    for share in SHARES:
        parts = [each for each in _cut_families(piece, bench, share) if each]
        if len(parts) <= 1:
            return parts[0] if parts else None
        joined = bench.folder / f"{bench.name}.pmtiles"
        oversized = join_archives([part.archive for part in parts], joined)
        for part in parts:
            part.archive.unlink()
        if not oversized:
            return Cut(joined, read_metadata(joined), add_losses(part.losses for part in parts))
        log.info("%d joined tiles are larger than %d bytes; cut again with smaller shares", oversized, LIMIT)
    raise LakeError(f"tiles: {oversized} stay larger than {LIMIT} bytes; keep fewer fields or raise max_zoom")


def _cut_families(piece: Piece, bench: Bench, share: float) -> list[Cut | None]:
    parts: list[Cut | None] = []
    for number, run in enumerate(piece.runs):
        target = bench.folder / f"{bench.name}-{number}.pmtiles"
        target.unlink(missing_ok=True)
        options = list(run.options) if share == 1 else [*run.options, f"--maximum-tile-bytes={int(LIMIT * share)}"]
        command = tippecanoe_command(target, piece.zooms, options, bench.folder)
        environment = {"TIPPECANOE_MAX_THREADS": str(piece.threads)}
        tool = Tool(command, environment, follow(bench.advance, len(piece.runs)))
        try:
            run_fed(tool, FileFeed(run.lines) if run.lines else Feed(bench.connection, run.query), bench.children)
        except ToolError as error:
            if error.status != NOTHING or run.rows is not None:
                raise
            parts.append(None)
            continue
        metadata = read_metadata(target)
        check_complete(metadata, run.rows)
        parts.append(Cut(target, metadata, _losses(metadata)))
    return parts


def follow(advance: Advance, runs: int) -> Callable[[str], bool]:
    """Return what reads tippecanoe's `{"progress":12.3}`; a retry goes back, the bar does not."""
    done = 0.0

    def on_line(line: str) -> bool:
        nonlocal done
        if not line.startswith('{"progress":'):
            return _log_line(line)
        percent = float(json.loads(line)["progress"])
        if percent > done:
            advance((percent - done) / runs)
            done = percent
        return True

    return on_line


def _log_line(line: str) -> bool:
    log.debug("%s", line.strip())
    return False


def check_complete(metadata: dict[str, Any], rows: int | None) -> None:
    """Compare what tippecanoe read with what it was given: it skips what it cannot parse and still succeeds."""
    taken = sum(layer["count"] for layer in metadata["tilestats"]["layers"])
    if rows is not None and taken < rows:
        raise LakeError(f"tippecanoe: took {taken} of {rows} features")


def _losses(metadata: dict[str, Any]) -> Losses:
    return {zoom: dict(lost) for zoom, lost in enumerate(metadata.get("strategies") or ()) if lost}


def add_losses(parts: Iterable[Losses]) -> Losses:
    """Return the sums."""
    sums: dict[int, Counter[str]] = {}
    for part in parts:
        for zoom, lost in part.items():
            sums.setdefault(zoom, Counter()).update(lost)
    return {zoom: dict(lost) for zoom, lost in sorted(sums.items())}
