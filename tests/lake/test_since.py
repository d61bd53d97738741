"""What changed between two releases, whatever happened in between; worked out in Python from the rows themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import geopandas
import pytest
import shapely
from lake_kit import NODE, PlainDescriber, candidate, desk

from tianlake.lake.changes import CHANGED, Sides, find_changes
from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.publishing import publish, rollback, seal, withdraw
from tianlake.lake.releases import PARQUET, Asset, Changes, Column, TableFacts
from tianlake.lake.since import changes_since
from tianlake.lake.store import DirectoryStore, ObjectInfo, Span, Store
from tianlake.lake.tables import current_table, is_compared
from tianlake.lake.words import Bounds, Text

ONE = {"a": "甲", "b": "乙", "c": "丙"}
TWO = {"a": "甲", "b": "乙二", "d": "丁"}
THREE = {"a": "甲", "b": "乙", "c": "丙", "e": "戊"}
"""Against `TWO`: `b` and `c` are again as they were in `ONE`, `d` is gone."""


class Remote:
    """A store that is no directory of this machine, as S3 is."""

    def __init__(self, own: DirectoryStore) -> None:
        self._own = own

    def head(self, key: str) -> ObjectInfo:
        return self._own.head(key)

    def get(self, key: str, span: Span | None = None) -> tuple[ObjectInfo, bytes]:
        return self._own.get(key, span)

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        return self._own.list(prefix)


class Lake:
    """A lake whose releases are written as dictionaries: id → name."""

    def __init__(self, place: Path) -> None:
        self.place, self.store = place, DirectoryStore(place / "lake")
        self.remote: Any = Remote(self.store)
        self.made = 0

    def prepare(self, features: dict[str, str], *, id_column: str | None = "code") -> Any:
        """Return a sealed release of these features, and its candidate, compared with what is current now."""
        self.made += 1
        folder = self.place / f"candidate {self.made}"
        folder.mkdir()
        frame = geopandas.GeoDataFrame(
            {"code": list(features), "name": list(features.values())},
            geometry=[shapely.Point(116 + ord(code) / 1000, 39) for code in features],
            crs=4490,
        )
        frame.to_parquet(folder / "places.parquet", index=False)
        columns = (Column("code", "VARCHAR"), Column("name", "VARCHAR"), Column("geometry", "GEOMETRY"))
        box = Bounds(116, 39, 117, 39)
        facts = TableFacts(len(features), columns, "geometry", ("Point",), box, "EPSG:4490", 1, id_column)
        plain = candidate(folder / "other", str(self.made), built=f"2026-11-{self.made:02}T00:00:00Z")
        own = replace(plain, assets=(described(folder / "places.parquet", "data", facts),))
        current = current_table(self.store, "places", folder)
        if current is not None and id_column:
            with connect() as connection:
                told, rows = self.direct(connection, current.file, folder / "places.parquet")
                changes = replace(told, base=current.release)
                rows.write_parquet(str(folder / "changes.parquet"))
            extra = described(folder / "changes.parquet", "metadata", None)
            own = replace(own, assets=(*own.assets, extra), changes=changes)
        return seal(own, folder, NODE, PlainDescriber())

    @staticmethod
    def direct(connection: duckdb.DuckDBPyConnection, older: Path, newer: Path) -> tuple[Changes, Any]:
        changes = find_changes(connection, Sides(str(older), str(newer), "code"), "20261101T000000Z-00000000")
        return changes, connection.sql(f"FROM {CHANGED}")

    def send(self, features: dict[str, str], **more: Any) -> str:
        release = self.prepare(features, **more)
        publish(desk(self.store), release)
        return str(release.manifest.release)


def described(file: Path, role: Any, facts: TableFacts | None) -> Asset:
    body = file.read_bytes()
    return Asset(file.name, role, PARQUET, hashlib.sha256(body).hexdigest(), len(body), Text("表", "Table"), facts)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def told(lake: Lake, since: str | None = None, store: Store | None = None) -> dict[str, str]:
    """Return id → what became of it, and check that the counts agree."""
    folder = lake.place / "scratch"
    folder.mkdir(exist_ok=True)
    with connect() as connection:
        found = changes_since(connection, store or lake.store, "places", since, folder)
        rows: dict[str, str] = dict(connection.sql(f"SELECT id, change FROM {CHANGED}").fetchall())
    kinds = list(rows.values())
    counts = [found.changes.added, found.changes.geometry, found.changes.attributes, found.changes.removed]
    assert counts == [kinds.count(kind) for kind in ("added", "geometry", "attributes", "removed")]
    assert found.changes.base == found.since
    return rows


def wanted(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """Return what became of each feature that differs, worked out from the rows."""
    gone = dict.fromkeys(old.keys() - new.keys(), "removed")
    come = dict.fromkeys(new.keys() - old.keys(), "added")
    return gone | come | {code: "attributes" for code in old.keys() & new.keys() if old[code] != new[code]}


def test_the_current_release_is_compared_with_any_other_in_the_lake(lake: Lake) -> None:
    first, second = lake.send(ONE), lake.send(TWO)
    lake.send(THREE)
    assert told(lake) == told(lake, second) == wanted(TWO, THREE)
    assert told(lake, first) == wanted(ONE, THREE) == {"e": "added"}, "what came and went in between is no change"


def test_the_changes_of_the_release_answer_without_reading_its_table(lake: Lake) -> None:
    first, second = lake.send(ONE), lake.send(TWO)
    for release in (first, second):
        (lake.place / f"lake/releases/places/{release}/places.parquet").unlink()
    assert told(lake) == wanted(ONE, TWO)


def test_after_a_rollback_the_release_that_is_current_is_compared(lake: Lake) -> None:
    first, second = lake.send(ONE), lake.send(TWO)
    rollback(desk(lake.store), "places")
    assert told(lake, second) == wanted(TWO, ONE)
    with pytest.raises(LakeError, match=f"places: {first} is the first release; there is none before it"):
        told(lake)
    lake.send(THREE)
    assert told(lake) == wanted(ONE, THREE), "compared with what was current when it was built"
    assert told(lake, second) == wanted(TWO, THREE)


def test_of_two_publishers_the_second_tells_the_truth_about_both_releases(lake: Lake) -> None:
    first = lake.send(ONE)
    mine, theirs = lake.prepare(THREE), lake.prepare(TWO)
    publish(desk(lake.store), theirs)
    current = current_table(lake.store, "places", lake.place)
    assert current is not None
    assert not is_compared(mine.manifest.candidate, current.manifest)
    assert is_compared(lake.prepare(THREE).manifest.candidate, current.manifest)
    publish(desk(lake.store), mine)
    assert told(lake, first) == wanted(ONE, THREE)
    assert told(lake, theirs.manifest.release) == wanted(TWO, THREE)


def test_a_release_that_was_withdrawn_is_refused_by_name(lake: Lake) -> None:
    first = lake.send(ONE)
    withdraw(desk(lake.store), "places", "privacy")
    with pytest.raises(LakeError, match="places: nothing is published"):
        told(lake)
    second = lake.send(TWO)
    with pytest.raises(LakeError, match=f"release {first} was withdrawn; there are: {second}"):
        told(lake, first)
    with pytest.raises(LakeError, match=f"no release nonsense; there are: {second}"):
        told(lake, "nonsense")
    lake.send(THREE)
    assert told(lake) == wanted(TWO, THREE)


def test_features_without_ids_are_not_compared(lake: Lake) -> None:
    lake.send(ONE)
    lake.send(TWO, id_column=None)
    with pytest.raises(LakeError, match=r"has no ids .*\[features\] id"):
        told(lake)


@pytest.mark.parametrize("since", ["base", "older"])
def test_a_lake_elsewhere_gives_the_same_answer(lake: Lake, since: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tianlake.lake.tables.PART_BYTES", 1000)
    releases = [lake.send(ONE), lake.send(TWO), lake.send(THREE)]
    chosen = releases[1] if since == "base" else releases[0]
    assert told(lake, chosen, lake.remote) == told(lake, chosen)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_table_that_is_not_the_published_one_is_refused(lake: Lake, elsewhere: bool) -> None:
    release = lake.send(ONE)
    file = lake.place / f"lake/releases/places/{release}/places.parquet"
    store = lake.remote if elsewhere else lake.store
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(LakeError, match="is not the file that was published"):
        current_table(store, "places", lake.place)
    file.unlink()
    with pytest.raises(StoreError, match="is not in the lake any more"):
        current_table(store, "places", lake.place)
