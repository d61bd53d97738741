"""Candidates: what was built and not yet published. One folder each, complete or not there at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tianlake.build.fingerprint import HashCache, fingerprint, record_sources, tool_versions
from tianlake.build.job import Built, Job, Progress
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.recipes import Recipe
from tianlake.lake.records import dump_record, parse_record
from tianlake.lake.releases import Candidate

RECORD: Final = "candidate.json"


@dataclass(frozen=True, slots=True)
class CandidateFolder:
    """A candidate and the folder its files lie in."""

    path: Path
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How to build, not what."""

    state: Path
    """The workspace's folder for candidates and caches."""
    jobs: int = 1
    force: bool = False
    """Build even if nothing changed: a new release id after a withdrawal."""


def latest_candidate(state: Path, node: str, product: str) -> CandidateFolder | None:
    """Return the candidate that waits to be published, or None where nothing was built."""
    home = state / "candidates" / node / product
    records = sorted(home.glob(f"*/{RECORD}"), key=lambda file: file.stat().st_mtime_ns)
    if not records:
        return None
    record = records[-1]
    return CandidateFolder(record.parent, parse_record(Candidate, record.read_bytes(), file=record))


def build(
    recipe: Recipe, node: str, root: Path, options: BuildOptions, progress: Progress
) -> tuple[CandidateFolder, bool]:
    """Build one product unless nothing changed; return its candidate and whether anything was built.

    The new candidate replaces the one before in one rename; an interruption leaves the old one.

    Raises:
        LakeError: A source or the recipe is wrong.
        StoreError: The disk is full or failed.
    """
    cache = HashCache(options.state / "hashes.json")
    sources = record_sources(root, recipe, cache)
    cache.save()
    mark = fingerprint(node, recipe, sources)
    before = latest_candidate(options.state, node, recipe.card.id)
    if before is not None and before.candidate.fingerprint == mark and not options.force:
        return before, False
    try:
        with _workplace(options.state) as place:
            job = Job(recipe, node, root, place / "out", place / "scratch", options.jobs)
            built = _run(job, progress)
            if record_sources(root, recipe, cache) != sources:
                raise LakeError(f"{recipe.card.id}: a source changed during the build; build again")
            candidate = Candidate(
                node=node,
                card=recipe.card,
                built=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                fingerprint=mark,
                bounds=built.bounds,
                assets=built.assets,
                sources=sources,
                tools=tool_versions(recipe),
                quality=built.quality,
            )
            return _keep(job, candidate, options.state), True
    except OSError as error:
        raise StoreError(f"{recipe.card.id}: build stopped, nothing was changed: {error}") from error


def _run(job: Job, progress: Progress) -> Built:
    # Imported here: GDAL, DuckDB and numpy cost a second, which a build without changes must not pay.
    if job.recipe.card.kind == "raster":
        from tianlake.build.raster import build_raster  # noqa: PLC0415

        return build_raster(job, progress)
    from tianlake.build.vector import build_vector  # noqa: PLC0415

    return build_vector(job, progress)


def _keep(job: Job, candidate: Candidate, state: Path) -> CandidateFolder:
    """Move a finished build to its place and drop the one before."""
    (job.out / RECORD).write_bytes(dump_record(candidate))
    home = state / "candidates" / candidate.node / candidate.card.id
    home.mkdir(parents=True, exist_ok=True)
    target = home / f"{candidate.fingerprint[:16]}-{uuid.uuid4().hex[:8]}"
    job.out.rename(target)
    for other in home.iterdir():
        if other != target:
            shutil.rmtree(other, ignore_errors=True)
    return CandidateFolder(target, candidate)


@contextmanager
def _workplace(state: Path) -> Iterator[Path]:
    """Yield a scratch folder beside the candidates, removed whatever happens; a killed build's one too, later."""
    tmp = state / "tmp"
    tmp.mkdir(parents=True, exist_ok=True)
    for left in tmp.iterdir():
        if not _alive(left.name.partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    place = tmp / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
    (place / "out").mkdir(parents=True)
    (place / "scratch").mkdir()
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
