"""Where finished parts lie, so that every worker reaches them, and a killed build finds them again."""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tianlake.build.engine.parts import Cost, Input, Record
from tianlake.lake.errors import StoreError

ENDING: Final = ".json"
"""Of the record of a part. It is written after the part's file: without it, nothing is there."""

WORK: Final = ".work"
"""Folder for parts in the making; killed workers leave theirs there."""


class Shelf(Protocol):
    """Keeps parts under their keys; travels to workers. Its methods raise `OSError` or `StoreError`."""

    def find(self, key: str) -> Record | None:
        """Return what is known of a part, or None where it is not there, whole."""

    def file(self, key: str, sha256: str) -> Path:
        """Return the file of a part that is there and not empty, on this machine.

        Raises:
            StoreError: It did not arrive as it was sent; it is made anew by the next build.
        """

    def offer(self, root: Path, inputs: Sequence[Input]) -> None:
        """Put inputs where every worker can have them."""

    def bring(self, root: Path, inputs: Sequence[Input], folder: Path) -> Path:
        """Return a folder of this machine with the inputs under their names: `root` itself, or the empty `folder`."""

    def place(self) -> AbstractContextManager[Path]:
        """Open a new folder for one part's making, gone afterwards."""

    def put(self, key: str, file: Path, record: Record) -> None:
        """Keep a finished part; whoever did so before made the same."""

    def drop(self) -> None:
        """Delete every part: the build is done."""


@dataclass(frozen=True, slots=True)
class FolderShelf:
    """A folder that every worker reaches under the same path."""

    folder: Path

    def find(self, key: str) -> Record | None:
        """Return what is known of a part, or None where it is not there, whole."""
        try:
            record = parse((self.folder / f"{key}{ENDING}").read_bytes())
        except FileNotFoundError:
            return None
        if record is None or not record.size:
            return record
        file = self.folder / key
        return record if file.is_file() and file.stat().st_size == record.size else None

    def file(self, key: str, sha256: str) -> Path:  # noqa: ARG002 - nothing is copied
        """Return the file of a part that is there and not empty."""
        return self.folder / key

    def offer(self, root: Path, inputs: Sequence[Input]) -> None:
        """Do nothing: workers reach the files themselves."""

    def bring(self, root: Path, inputs: Sequence[Input], folder: Path) -> Path:  # noqa: ARG002 - nothing is copied
        """Return `root`.

        Raises:
            StoreError: This machine does not see it as the one that asks for the part does.
        """
        for each in inputs:
            file = root / each.name
            if not file.is_file() or file.stat().st_size != each.size:
                rule = "is not on this worker as where the build was started; share that folder, or use an s3: lake"
                raise StoreError(f"{file}: {rule}")
        return root

    @contextmanager
    def place(self) -> Iterator[Path]:
        """Open a new folder for one part's making, gone afterwards."""
        (self.folder / WORK).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder / WORK, ignore_cleanup_errors=True) as place:
            yield Path(place)

    def put(self, key: str, file: Path, record: Record) -> None:
        """Keep a finished part; it is moved here."""
        if record.size:
            file.replace(self.folder / key)
        unfinished = self.folder / WORK / uuid.uuid4().hex
        unfinished.write_bytes(record.dump())
        unfinished.replace(self.folder / f"{key}{ENDING}")

    def drop(self) -> None:
        """Delete every part."""
        shutil.rmtree(self.folder, ignore_errors=True)


def parse(data: bytes) -> Record | None:
    """Read a record back; None where it is cut short."""
    try:
        found = json.loads(data)
        return Record(**(found | {"cost": Cost(**found["cost"])}))
    except (ValueError, TypeError, KeyError):
        return None
