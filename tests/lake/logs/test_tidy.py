"""Files of the log are merged and removed while servers write and others read: no row is lost or counted twice."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.logs.masks import Masks
from tianlake.lake.logs.parts import parts_of, put_rows, readable_parts
from tianlake.lake.logs.rows import Row
from tianlake.lake.logs.schema import batch_of
from tianlake.lake.logs.stats import Log, LoggedNode
from tianlake.lake.logs.taking import take_in
from tianlake.lake.logs.tidy import tidy
from tianlake.lake.logs.window import Window
from tianlake.lake.store import DirectoryStore

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()
NODE = "156130000"


def row(at: float = NOON, **more) -> Row:
    plain = Row(at, NODE, "p", "", "tile", "GET", 200, "", 10, 1.0, "none", "a", "k", "192.0.2.1", "gateway")
    return plain._replace(**more)


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path)


def put(store: DirectoryStore, name: str, *rows: Row) -> None:
    masks = Masks(store)
    put_rows(store, pa.Table.from_batches([batch_of([masks.row(each) for each in rows])]), name)


def counted(store: DirectoryStore, tmp_path) -> int:
    with Log([LoggedNode(store, f"{tmp_path}/")], Window(date(2026, 1, 1), date(2027, 1, 1)), None) as log:
        return sum(each.requests for each in log.figures())


def test_a_day_becomes_one_file_that_pyarrow_reads(store, tmp_path):
    for number in range(3):
        put(store, f"part-{number}.parquet", row(product=f"p{number}"), row(product="a"))
    assert tidy(store, 200, lambda _key: None, NOW).merged == 3
    [part] = parts_of(store)
    table = pq.read_table(io.BytesIO(store.get(part.key)[1]))
    assert table["product"].to_pylist() == ["a", "a", "a", "p0", "p1", "p2"]
    assert counted(store, tmp_path) == 6
    assert tidy(store, 200, lambda _key: None, NOW).merged == 0


def test_the_day_that_is_not_over_is_left_alone(store):
    put(store, "part-1.parquet", row(NOW))
    put(store, "part-2.parquet", row(NOW))
    assert tidy(store, 200, lambda _key: None, NOW).merged == 0


def test_one_that_breaks_off_between_the_file_and_its_parts_counts_nothing_twice(store, tmp_path, monkeypatch):
    for number in range(3):
        put(store, f"part-{number}.parquet", row())
    real = store.delete
    monkeypatch.setattr(store, "delete", lambda *_args, **_more: (_ for _ in ()).throw(StoreError("gone")))
    with pytest.raises(StoreError):
        tidy(store, 200, lambda _key: None, NOW)
    monkeypatch.setattr(store, "delete", real)
    assert len(list(parts_of(store))) == 4
    assert counted(store, tmp_path) == 3
    tidy(store, 200, lambda _key: None, NOW)
    assert len(list(parts_of(store))) == 1
    assert counted(store, tmp_path) == 3


def test_a_part_that_is_sent_again_after_it_was_merged_is_passed_over(store, tmp_path):
    put(store, "part-1.parquet", row())
    put(store, "part-2.parquet", row())
    tidy(store, 200, lambda _key: None, NOW)
    put(store, "part-1.parquet", row())
    put(store, "part-3.parquet", row())
    assert counted(store, tmp_path) == 3
    tidy(store, 200, lambda _key: None, NOW)
    put(store, "part-1.parquet", row())
    assert counted(store, tmp_path) == 3
    assert len(readable_parts(store, DAY, DAY)) == 1


def test_what_is_too_old_goes_with_the_secret_of_its_month(store):
    old = datetime(2026, 3, 31, 12, tzinfo=UTC).timestamp()
    put(store, "part-1.parquet", row(old), row(NOON))
    erased: list[str] = []
    first = datetime(2026, 4, 1 + 10, 1, tzinfo=UTC).timestamp()  # the 31st of March is 11 days ago
    done = tidy(store, 11, erased.append, first)
    assert (done.removed, done.secrets) == (0, 0)
    done = tidy(store, 10, erased.append, first)
    assert (done.removed, done.secrets, done.since) == (1, 1, date(2026, 4, 1))
    assert erased == ["private/logs/date=2026-03-31/part-1.parquet", "private/logs/secrets/2026-03.key"]
    assert [info.key.rpartition("/")[2] for info in store.list("private/logs/secrets/")] == ["2026-11.key"]


def test_files_of_a_content_network_count_once_and_still_do_after_they_were_merged(store, tmp_path):
    masks = Masks(store)
    files = {"a" * 64: [row(source="edge"), row(NOON + 86400, source="edge")], "b" * 64: [row(source="edge")]}
    assert take_in(store, masks, files) == 3
    assert take_in(store, masks, files) == 0
    put(store, "part-1.parquet", row())
    tidy(store, 200, lambda _key: None, NOW)
    assert take_in(store, masks, files | {"c" * 64: [row(source="edge")]}) == 1
    assert counted(store, tmp_path) == 5


def test_what_is_asked_in_the_name_of_a_client_and_health_are_not_counted(store, tmp_path):
    put(store, "part-1.parquet", row(), row(source="origin"), row(kind="health"))
    assert counted(store, tmp_path) == 1


def test_a_file_that_is_none_is_named(store):
    store.put(f"private/logs/date={DAY}/day-000001.parquet", b"PAR1 broken PAR1", media_type="x/x")
    with pytest.raises(LakeError, match=r"date=2026-11-20/day-000001.parquet: is no file of the access log"):
        readable_parts(store, DAY, DAY)
