"""What a builder gets and gives back; `builders.BUILDERS` names the builder of each kind of product."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from tianlake.lake.recipes import Recipe
from tianlake.lake.releases import Asset, Changes, Facts, MediaType, Quality, Role, SourceRecord
from tianlake.lake.words import Bounds, Text

if TYPE_CHECKING:
    from tianlake.build.engine.workshop import Workshop

MEMORY: Final = 2 * 2**30
"""Bytes that one process of a build may hold, unless another limit is given."""

Advance = Callable[[float], None]
"""Called with how much has been done since the last call, in the unit of the step's total."""


class Progress(Protocol):
    """Where a builder tells how far it is. The command line draws a bar per step; tests use `silent`."""

    def __call__(self, step: Text, total: float | None = None) -> AbstractContextManager[Advance]:
        """Open one step; `total` is None where it is not known."""


def silent(step: Text, total: float | None = None) -> AbstractContextManager[Advance]:  # noqa: ARG001
    """Tell nobody."""
    return nullcontext(lambda _done: None)


@dataclass(frozen=True, slots=True)
class Base:
    """The current release, which a vector product's features or a plain table's rows are compared with."""

    release: str
    table: Path
    """Its Parquet file, on this machine."""


@dataclass(frozen=True, slots=True)
class Job:
    """One build of one product into an empty folder."""

    recipe: Recipe
    node: str
    """Node code."""
    root: Path
    """The workspace; paths of sources are relative to it."""
    out: Path
    """An existing, empty folder. Every file left in it must be an asset; scratch files go to `scratch`."""
    scratch: Path
    """An existing, empty folder on the same file system, removed by the caller."""
    jobs: int = 1
    """Processes a builder may use."""
    base: Base | None = None
    """What is published now; None where nothing is, or nothing that can be compared with."""
    sources: tuple[SourceRecord, ...] = ()
    """The files of the sources and their hashes, for the quality report."""
    cache: Path | None = None
    """A folder that stays between builds, for what is costly to make and can be told by its content; None: none."""
    workshop: Workshop | None = None
    """Where parts are made; None: in `jobs` processes of the builder's own."""
    memory: int = MEMORY
    """Bytes that each process may hold, the builder's own among them."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a builder made."""

    assets: tuple[Asset, ...]
    bounds: Bounds
    quality: Quality
    changes: Changes | None = None


def recipe_file(job: Job) -> str:
    """Return where the recipe lies in a workspace, for messages."""
    return f"nodes/{job.node}/products/{job.recipe.card.id}.toml"


def describe_file(
    path: Path,
    role: Role,
    media_type: MediaType,
    title: Text,
    facts: Facts | None = None,
) -> Asset:
    """Return the record of a finished file, its hash and size taken from the bytes on disk."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Asset(path.name, role, media_type, digest, path.stat().st_size, title, facts)
