"""What was replaced can still be read for an hour; then it goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from federation_kit import NOW
from nation import City
from small_nation import CODES, SmallNation

from tianlake.lake import keys
from tianlake.lake.derived import refresh
from tianlake.stac.federation.retention import KEPT_S, sweep


@pytest.fixture
def nation(tmp_path: Path) -> SmallNation:
    made = SmallNation(tmp_path)
    made.offer(City(CODES[0], 2, 3, (0, 0)))
    made.province.harvest(NOW)
    return made


def folders(nation: SmallNation, below: str) -> set[Path]:
    return {path.parent for path in (nation.province.root / below).rglob("*.*")}


def test_snapshots_and_indexes_stay_for_an_hour_after_they_were_replaced_however_old(nation: SmallNation) -> None:
    before = folders(nation, keys.TAKEN) | folders(nation, keys.INDEX)
    bodies = {path: path.read_bytes() for folder in before for path in folder.iterdir()}
    day = 86_400
    nation.offer(City(CODES[0], 2, 3, (1, 0)))
    nation.province.harvest(NOW + day)
    nation.province.harvest(NOW + day + KEPT_S - 1)
    assert {path: path.read_bytes() for path in bodies} == bodies, "a reader of a day ago, and one of a moment ago"
    nation.province.harvest(NOW + day + KEPT_S)
    gone = {folder for folder in before if not folder.exists()}
    names = {path.name for path in bodies if path.parent in gone}
    assert names == {"collections.parquet", "items.parquet", "node.json", "offer.txt", "taken.json"}
    kept = nation.province.offer()
    files = (kept.card, kept.collections, kept.items)
    assert all((nation.province.root / each.key).is_file() for each in files if each)


def test_a_publication_clears_what_a_harvest_replaced(nation: SmallNation) -> None:
    old = {path for path in folders(nation, keys.INDEX) if (path / "items.parquet").exists()}
    nation.offer(City(CODES[0], 2, 4, (1, 0)))
    nation.province.harvest(NOW + 60)
    nation.province.now = NOW + 60 + KEPT_S
    refresh(nation.province.desk)
    assert not any(path.exists() for path in old)


def test_what_something_leads_to_again_loses_its_mark(nation: SmallNation) -> None:
    store = nation.province.store
    used = {f"{each.rpartition('/')[0]}/" for each in (info.key for info in store.list(keys.INDEX))}
    sweep(store, keys.INDEX, set(), NOW)
    assert all(store.head(keys.replaced(each)) for each in used)
    sweep(store, keys.INDEX, used, NOW + 2 * KEPT_S)
    assert not [info.key for info in store.list(keys.INDEX) if info.key.endswith(keys.REPLACED)]
    sweep(store, keys.INDEX, set(), NOW + 3 * KEPT_S)
    assert folders(nation, keys.INDEX), "an hour from now on"


def test_a_damaged_mark_counts_from_now_on(nation: SmallNation) -> None:
    store = nation.province.store
    sweep(store, keys.INDEX, set(), NOW)
    for path in (nation.province.root / keys.INDEX).rglob(keys.REPLACED):
        path.write_bytes(b"{")
    sweep(store, keys.INDEX, set(), NOW + KEPT_S)
    assert folders(nation, keys.INDEX)
    sweep(store, keys.INDEX, set(), NOW + 2 * KEPT_S)
    assert not folders(nation, keys.INDEX)
