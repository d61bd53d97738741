"""Backups of a node's lake: signed snapshots over content that lies once, private objects sealed for the operator."""

from tianlake.lake.backup.drill import Drilled, drill
from tianlake.lake.backup.forget import Forgotten, forget, forget_accounts, removed_by
from tianlake.lake.backup.place import Box, Place
from tianlake.lake.backup.restore import Restored, restore
from tianlake.lake.backup.results import Result, fresh, known_places, note, results
from tianlake.lake.backup.series import Series
from tianlake.lake.backup.snapshot import Head, Object, Snapshot
from tianlake.lake.backup.take import Hand, Taken, take_snapshot

__all__ = [
    "Box",
    "Drilled",
    "Forgotten",
    "Hand",
    "Head",
    "Object",
    "Place",
    "Restored",
    "Result",
    "Series",
    "Snapshot",
    "Taken",
    "drill",
    "forget",
    "forget_accounts",
    "fresh",
    "known_places",
    "note",
    "removed_by",
    "restore",
    "results",
    "take_snapshot",
]
