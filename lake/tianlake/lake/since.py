"""What changed between two published releases, whatever was published, rolled back or withdrawn in between.

Where the newer one was compared with the older one when it was built, its `changes.parquet` is the answer. Otherwise
the tables of both are compared: putting the changes of the releases in between together would go wrong after a
rollback, a withdrawal, or a build that was compared with another release than the one before it.
"""

# ruff: noqa: S608 - names of tables cannot be bound

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from tianlake.lake.changes import CHANGED, COLUMNS, Sides, check_ids, check_older, find_changes
from tianlake.lake.describe import History
from tianlake.lake.duck import literal
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.feed import CHANGES_FILE
from tianlake.lake.history import read_history
from tianlake.lake.releases import Changes, Manifest, data_table
from tianlake.lake.store import Store
from tianlake.lake.tables import fetch, id_column


@dataclass(frozen=True, slots=True)
class Difference:
    """The answer: counts, and rows in the table `CHANGED` of the connection."""

    release: str
    """The current release."""
    since: str
    changes: Changes


def changes_since(
    connection: duckdb.DuckDBPyConnection, store: Store, product: str, since: str | None, folder: Path
) -> Difference:
    """Compare a product's current release with an earlier (or later) one.

    Args:
        connection: Where the table `CHANGED` is made.
        store: The node's store.
        product: The product's id.
        since: A release in the lake; where None, the one that the current release was compared with when it was
            built, or else the one built before it.
        folder: Where files of a lake that is no directory are put.

    Raises:
        LakeError: Nothing is published, there is no such release, its features or rows have no ids, or only one
            of both has geometry.
        StoreError: The store failed, or a release was withdrawn at this moment.
    """
    newer, older = chosen(read_history(store, product)[0], since)
    own = id_column(newer.candidate)
    if own is None:
        rule = "has no ids to tell features or rows apart by; name the attribute in the recipe ([features] id = …)"
        again = "build (with --force where it is named already) and publish again"
        raise LakeError(f"{product}: release {newer.release}: {rule}, {again}")
    try:
        told = newer.candidate.changes
        file = next((each for each in newer.candidate.assets if each.name == CHANGES_FILE), None)
        if told and told.base == older.release and file:
            path = fetch(store, newer, file, folder)
            rows = f"SELECT COLUMNS(lambda name: name IN {COLUMNS}) FROM read_parquet({literal(str(path))})"
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {CHANGED} AS {rows}")
            return Difference(newer.release, older.release, told)
        sides = Sides(str(_table(store, older, folder)), str(_table(store, newer, folder)), own)
        check_older(connection, sides, f"{product}: release {older.release}")
        check_ids(connection, sides.newer, own, f"{product}: release {newer.release}")
        return Difference(newer.release, older.release, find_changes(connection, sides, older.release))
    except duckdb.Error as error:
        raise StoreError(f"{product}: cannot be compared: {' '.join(str(error).split())}") from None


def chosen(history: History, since: str | None) -> tuple[Manifest, Manifest]:
    """Return the manifests of the current release and of the one to compare it with; raises `LakeError`."""
    product = history.product
    current = history.find(history.current or "")
    if current is None:
        raise LakeError(f"{product}: nothing is published; there is no current release to compare")
    known = [each.manifest.release for each in history.releases]
    told = current.manifest.candidate.changes
    earlier = [release for release in known if release < current.manifest.release]
    default = told.base if told and told.base in known else next(reversed(earlier), None)
    wanted = since or default
    if wanted is None:
        raise LakeError(f"{product}: {current.manifest.release} is the first release; there is none before it")
    older = history.find(wanted)
    if older is None:
        gone = any(stone.release == wanted for stone in history.withdrawn)
        rule = f"release {wanted} was withdrawn" if gone else f"no release {wanted}"
        raise LakeError(f"{product}: {rule}; there are: {', '.join(known)}")
    return current.manifest, older.manifest


def _table(store: Store, manifest: Manifest, folder: Path) -> Path:
    asset = data_table(manifest.candidate)
    if asset is None:
        raise LakeError(f"{manifest.candidate.card.id}: release {manifest.release} has no Parquet table to compare")
    return fetch(store, manifest, asset, folder)
