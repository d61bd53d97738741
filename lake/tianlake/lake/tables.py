"""The table of a published release as a file of this machine, its bytes those that the manifest names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tianlake.lake import keys
from tianlake.lake.errors import LakeError, NotFoundError, StoreError
from tianlake.lake.history import read_pointer, read_release
from tianlake.lake.releases import Asset, Candidate, Manifest, TableFacts, data_table
from tianlake.lake.store import DirectoryStore, Span, Store

PART_BYTES: Final = 16 * 1024 * 1024
"""How much of an object is read at a time."""


@dataclass(frozen=True, slots=True)
class ReleaseTable:
    """A release, and its table on this machine."""

    manifest: Manifest
    file: Path

    @property
    def release(self) -> str:
        """The release's id."""
        return self.manifest.release


def current_table(store: Store, product: str, folder: Path) -> ReleaseTable | None:
    """Return the table of a product's current release, or None where nothing is published or it has no table.

    Args:
        store: The node's store.
        product: The product's id.
        folder: Where the file is put, unless the store is a directory: there it is read in place.

    Raises:
        LakeError: The file in the lake is not the one that was published.
        StoreError: The store failed, or the release was withdrawn at this moment.
    """
    pointer = read_pointer(store, product)
    if pointer is None:
        return None
    manifest = read_release(store, product, pointer.release).manifest
    asset = data_table(manifest.candidate)
    return None if asset is None else ReleaseTable(manifest, fetch(store, manifest, asset, folder))


def fetch(store: Store, manifest: Manifest, asset: Asset, folder: Path) -> Path:
    """Return a file of a release on this machine, verified; arguments and errors as `current_table`."""
    key = keys.release_file(manifest.candidate.card.id, manifest.release, asset.name)
    try:
        if isinstance(store, DirectoryStore):
            file = store.file(key)
            with file.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
        else:
            file = folder / f"{manifest.release}-{asset.name.replace('/', '-')}"
            digest = _download(store, key, file)
    except (NotFoundError, FileNotFoundError):
        raise StoreError(f"{key}: is not in the lake any more; was it withdrawn? run the same command again") from None
    if digest != asset.sha256:
        raise LakeError(f"{key}: is not the file that was published (sha256 {digest}); publish a new release")
    return file


def id_column(candidate: Candidate) -> str | None:
    """Return the column that names a feature, or None where there is none."""
    facts = _facts(candidate)
    return facts.id_column if facts else None


def is_compared(candidate: Candidate, current: Manifest) -> bool:
    """Tell whether a candidate's changes are those since the current release, if there could be any."""
    new, old = _facts(candidate), _facts(current.candidate)
    if new is None or old is None or not _comparable(new, old):
        return candidate.changes is None
    return candidate.changes is not None and candidate.changes.base == current.release


def _comparable(new: TableFacts, old: TableFacts) -> bool:
    """Tell whether the older table has the column that names the newer one's rows, and geometry where that has."""
    alike = (new.geometry_column is None) == (old.geometry_column is None)
    return alike and any(column.name == new.id_column for column in old.columns)


def _facts(candidate: Candidate) -> TableFacts | None:
    table = data_table(candidate)
    return table.facts if table and isinstance(table.facts, TableFacts) else None


def _download(store: Store, key: str, file: Path) -> str:
    """Copy an object that may be larger than memory; return its sha256."""
    size = store.head(key).size
    digest = hashlib.sha256()
    with file.open("wb") as out:
        for start in range(0, size, PART_BYTES):
            part = store.get(key, Span(start, min(PART_BYTES, size - start)))[1]
            digest.update(part)
            out.write(part)
    return digest.hexdigest()
