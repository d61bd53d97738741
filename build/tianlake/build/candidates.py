"""Candidates: what was built and not yet published. One folder each, complete or not there at all."""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from tianlake.build import builders
from tianlake.build.engine.meter import Meter
from tianlake.build.excluding import check_excluded
from tianlake.build.fingerprint import HashCache, fingerprint, record_sources
from tianlake.build.job import MEMORY, Base, Job, Progress
from tianlake.build.locks import hold
from tianlake.build.rendering.machine import drawing_tools
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.recipes import Recipe
from tianlake.lake.records import dump_record, parse_record
from tianlake.lake.releases import Candidate
from tianlake.lake.words import Text
from tianlake.lake.workspace import STAC_COPIES

if TYPE_CHECKING:
    from tianlake.build.engine.protocol import Engine
    from tianlake.build.engine.shelf import Shelf
    from tianlake.build.engine.workshop import Workshop

logger = logging.getLogger(__name__)

RECORD: Final = "candidate.json"
REPORT: Final = "build.json"
"""What each part of the build took; it is not published."""

LOCK: Final = "lock"
SCRATCH: Final = "tmp"
KEPT: Final = "cache"
"""Folder for what builders keep between builds, told by its content."""

COMPARED: Final = frozenset({"vector", "table"})
"""Kinds of products whose releases are compared by the id of their features or rows."""


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
    memory: int = MEMORY
    """Bytes that each process may hold, this one among them."""
    force: bool = False
    """Build even if nothing changed: a new release id after a withdrawal."""
    published: Published | None = None
    """Finds what is published now, for products whose features are compared with it. It decides no fingerprint."""
    engine: Engine | None = None
    """Makes the parts of a build; where absent, `jobs` processes of each build's own."""
    shelf: Callable[[str, Path], Shelf] | None = None
    """Gives the place of a product's parts by node, and the folder of `state` that it is where this is absent."""


class Published(Protocol):
    """Gives the current release of a product of a node; reads the lake only when it is called."""

    def __call__(self, node: str, product: str, folder: Path) -> Base | None:
        """Return the release and its table, put into the existing `folder` where it is not on this machine.

        Raises:
            LakeError: It cannot be had, or is damaged.
        """


def latest_candidate(state: Path, node: str, product: str) -> CandidateFolder | None:
    """Return the candidate that waits to be published, or None where nothing was built or what was built is damaged."""
    records = _home(state, node, product).glob(f"*/{RECORD}")
    for record in sorted(records, key=lambda file: file.stat().st_mtime_ns, reverse=True):
        try:
            folder = CandidateFolder(record.parent, parse_record(Candidate, record.read_bytes(), file=record))
        except LakeError as error:  # cut short by a crash, or written by another version
            logger.warning("%s; this candidate is left aside", error)
            continue
        if all(_has_size(folder.path / asset.name, asset.size) for asset in folder.candidate.assets):
            return folder
        logger.warning("%s: files are missing or cut short; this candidate is left aside", folder.path)
    return None


def build(
    recipe: Recipe, node: str, root: Path, options: BuildOptions, progress: Progress
) -> tuple[CandidateFolder, bool]:
    """Build one product unless nothing changed; return its candidate and whether anything was built.

    The new candidate replaces the one before in one rename; an interruption leaves the old one. A second build of
    the same product waits for the first.

    Raises:
        LakeError: A source or the recipe is wrong.
        StoreError: The disk is full or failed.
    """
    try:
        _sweep(options.state)
        with _only_builder(_home(options.state, node, recipe.card.id), progress):
            return _build(recipe, node, root, options, progress)
    except OSError as error:
        raise StoreError(f"{recipe.card.id}: build stopped, nothing was changed: {error}") from error


def keep_only(state: Path, node: str, product: str, *, latest: bool) -> None:
    """Delete the candidates of a product that builds left, or that others' crashes did; `latest`: all but the newest.

    For removals (article 18): an older candidate holds what was removed.

    Raises:
        StoreError: One cannot be deleted.
    """
    home = _home(state, node, product)
    kept = latest_candidate(state, node, product) if latest else None
    _delete(each for each in home.glob("*") if each.is_dir() and (kept is None or each != kept.path))


def drop_caches(state: Path) -> None:
    """Delete what builders and gateways keep, and scratch of killed ones: parts of tiles and indexes hold features too.

    Raises:
        StoreError: Something cannot be deleted.
    """
    _sweep(state)
    _delete([state / KEPT, state / STAC_COPIES])


def _delete(folders: Iterable[Path]) -> None:
    for folder in folders:
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StoreError(f"{folder.name}: cannot be deleted: {error.strerror}; repeat the command") from None


def _build(
    recipe: Recipe, node: str, root: Path, options: BuildOptions, progress: Progress
) -> tuple[CandidateFolder, bool]:
    check_excluded(recipe, node)
    cache = HashCache(options.state / "hashes.json")
    sources = record_sources(root, recipe, cache)
    cache.save()
    mark = fingerprint(node, recipe, sources)
    before = latest_candidate(options.state, node, recipe.card.id)
    if before is not None and before.candidate.fingerprint == mark and not options.force:
        return before, False
    with ExitStack() as stack:
        place = stack.enter_context(_workplace(options.state))
        base = _base(recipe, node, options, place / "base")
        folders = (place / "out", place / "scratch")
        shop, meter = stack.enter_context(_workshop(recipe, node, options)), Meter()
        kept = options.state / KEPT
        job = Job(recipe, node, root, *folders, options.jobs, base, sources, kept, shop, options.memory)
        built = builders.builder(recipe.card.kind)(job, progress)
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
            tools=builders.tool_versions(recipe.card.kind) | (drawing_tools() if recipe.tiles.pictures else {}),
            quality=built.quality,
            changes=built.changes,
        )
        made = _keep(job, candidate, shop.ledger.dump(meter), options.state)
        shop.shelf.drop()
        return made, True


@contextmanager
def _workshop(recipe: Recipe, node: str, options: BuildOptions) -> Iterator[Workshop]:
    """Yield where the parts of a build are made; they stay until a build of the product is done."""
    from tianlake.build.engine.shelf import FolderShelf  # noqa: PLC0415 - as builders, only where something is built
    from tianlake.build.engine.workshop import Workshop, closing, local_engine  # noqa: PLC0415

    folder = options.state / KEPT / "parts" / node / recipe.card.id
    with ExitStack() as stack:
        engine = options.engine or stack.enter_context(closing(local_engine(options.jobs, options.memory)))
        shelf = FolderShelf(folder) if options.shelf is None else options.shelf(node, folder)
        yield Workshop(engine, shelf, recipe.card.kind, options.jobs)


def _base(recipe: Recipe, node: str, options: BuildOptions, folder: Path) -> Base | None:
    """Return what the features of a product, or the rows of a plain table, are compared with.

    A lake that cannot be read stops no build: it may be published from elsewhere, and publishing tells of it again.
    """
    if options.published is None or recipe.card.kind not in COMPARED or recipe.feature_id is None:
        return None
    folder.mkdir()
    try:
        return options.published(node, recipe.card.id, folder)
    except LakeError as error:
        logger.warning("%s: changes are not told: %s", recipe.card.id, error)
        return None


def _keep(job: Job, candidate: Candidate, report: bytes, state: Path) -> CandidateFolder:
    """Move a finished build to its place and drop the one before."""
    (job.out / REPORT).write_bytes(report)
    (job.out / RECORD).write_bytes(dump_record(candidate))
    home = _home(state, candidate.node, candidate.card.id)
    target = home / f"{candidate.fingerprint[:16]}-{uuid.uuid4().hex[:8]}"
    job.out.rename(target)
    for other in home.iterdir():
        if other.is_dir() and other != target:
            shutil.rmtree(other, ignore_errors=True)
    return CandidateFolder(target, candidate)


def _home(state: Path, node: str, product: str) -> Path:
    return state / "candidates" / node / product


def _has_size(file: Path, size: int) -> bool:
    return file.is_file() and file.stat().st_size == size


@contextmanager
def _only_builder(home: Path, progress: Progress) -> Iterator[None]:
    """Be the only process that builds a product: of two, each would drop what the other has just finished."""
    home.mkdir(parents=True, exist_ok=True)
    with hold(home / LOCK, wait=False) as held:
        if held:
            yield
            return
    with ExitStack() as stack:
        with progress(Text("等待另一个构建", "Wait for another build")):
            stack.enter_context(hold(home / LOCK))
        yield


@contextmanager
def _workplace(state: Path) -> Iterator[Path]:
    """Yield a scratch folder beside the candidates, removed whatever happens; a killed build's one by the next."""
    place = state / SCRATCH / uuid.uuid4().hex
    with ExitStack() as stack:
        with hold(state / SCRATCH / LOCK):
            (place / "out").mkdir(parents=True)
            (place / "scratch").mkdir()
            stack.enter_context(hold(place / LOCK))
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        yield place


def _sweep(state: Path) -> None:
    """Remove the scratch folders of builds that were killed: nobody holds their locks any more."""
    scratch = state / SCRATCH
    scratch.mkdir(parents=True, exist_ok=True)
    with hold(scratch / LOCK):
        for left in scratch.iterdir():
            if left.is_dir():
                with hold(left / LOCK, wait=False) as dead:
                    if dead:
                        shutil.rmtree(left, ignore_errors=True)
