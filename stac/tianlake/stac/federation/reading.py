"""What is done with the files of an offer in a process of its own (`bounded`): read, and held to their node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from tianlake.lake.words import Bounds
from tianlake.stac.federation import rows
from tianlake.stac.federation.checks import check_rows
from tianlake.stac.federation.item_checks import check_items
from tianlake.stac.federation.records import Offer


@dataclass(frozen=True, slots=True)
class Files:
    """The files of an offer on this machine, and what they are held to."""

    offer: Offer
    collections: Path
    items: Path | None
    areas: Mapping[str, Bounds | None]
    """Node code → box of its division, of every node of the offer."""


def read_files(files: Files) -> Sequence[rows.Row]:
    """Return the records of an offer, checked; its Items are checked too.

    Raises:
        LakeError: One line.
    """
    pa.set_memory_pool(pa.system_memory_pool())  # others reserve more than they use
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    found = rows.read_rows(files.collections.read_bytes(), name=rows.NAME)
    check_rows(found, files.offer, files.areas.get)
    if files.items is not None:
        check_items(files.items, found, files.areas.get)
    return found
