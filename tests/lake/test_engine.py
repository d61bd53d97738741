"""The engine that answers questions, from many threads."""

from __future__ import annotations

import threading

import duckdb
import pytest

from tianlake.lake.engine import Engine, Inquiry, TooLargeError, TooSlowError
from tianlake.lake.errors import LakeError, StoreError

ROWS = 300_000


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    file = tmp_path_factory.mktemp("engine") / "numbers.parquet"
    duckdb.sql(f"SELECT i AS id, hash(i) AS noise FROM range({ROWS}) t(i)").write_parquet(
        str(file), row_group_size=4096
    )
    return file


def test_a_whole_column_is_counted_each_time_that_it_is_read_from_a_folder(table):
    engine = Engine()
    first = engine.ask("SELECT sum(noise) FROM read_parquet(?)", [str(table)])
    again = engine.ask("SELECT sum(noise) FROM read_parquet(?)", [str(table)])
    noise = duckdb.execute(
        "SELECT sum(total_compressed_size) FROM parquet_metadata(?) WHERE path_in_schema = 'noise'", [str(table)]
    ).fetchone()
    assert noise is not None
    assert 0.99 * noise[0] <= first.bytes_read < 1.1 * table.stat().st_size
    assert 0.99 * noise[0] <= again.bytes_read <= first.bytes_read
    assert again.rows == first.rows


def test_what_needs_one_row_group_reads_little(table):
    answer = Engine().ask("SELECT noise FROM read_parquet(?) WHERE id = ?", [str(table), ROWS // 2])
    assert len(answer.rows) == 1
    assert 0 < answer.bytes_read < table.stat().st_size / 10


def test_threads_that_ask_at_a_time_each_learn_what_they_read_themselves(table, tmp_path):
    engine = Engine()
    small = tmp_path / "small.parquet"
    duckdb.sql("SELECT 1 AS id").write_parquet(str(small))
    read: dict[str, int] = {}
    ready = threading.Barrier(2)

    def ask(name: str, file: str) -> None:
        inquiry = Inquiry(engine)
        ready.wait()
        for _ in range(3):
            inquiry.ask("SELECT max(id), max(hash(COLUMNS(*))) FROM read_parquet(?)", [file])
        read[name] = inquiry.bytes_read

    threads = [threading.Thread(target=ask, args=each) for each in (("large", str(table)), ("small", str(small)))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert read["small"] < 10_000 < table.stat().st_size / 2 < read["large"]


def test_what_needs_more_memory_than_there_is_ends_alone():
    engine = Engine(memory_limit="100MiB")
    with pytest.raises(TooLargeError):
        engine.ask("SELECT md5(i::VARCHAR) AS a FROM range(30000000) t(i) ORDER BY a LIMIT 10 OFFSET 20000000")
    assert engine.ask("SELECT 1").rows == [(1,)]


def test_a_question_that_takes_too_long_is_ended_and_the_next_one_answered(table):
    engine = Engine()
    with pytest.raises(TooSlowError, match=r"after 0\.05 s"):
        engine.ask(
            "SELECT count(*) FROM range(10000000) a, range(1000) b WHERE hash(a.range + b.range) = 7", seconds=0.05
        )
    assert engine.ask("SELECT 1").rows == [(1,)]


def test_the_questions_of_one_call_share_its_time():
    inquiry = Inquiry(Engine(), seconds=0)
    with pytest.raises(TooSlowError, match="together"):
        inquiry.ask("SELECT 1")


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT * FROM read_parquet('/there/is/no.parquet')", StoreError),
        ("SELECT nothing", LakeError),
        ("SELEC 1", LakeError),
    ],
)
def test_what_is_wrong_is_told_in_one_line(sql, kind):
    with pytest.raises(kind) as caught:
        Engine().ask(sql)
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)


def test_an_answer_without_reading_has_its_cost_too(table):
    engine = Engine()
    for _ in range(2):
        answer = engine.ask("SELECT max(id) FROM read_parquet(?)", [str(table)])
        assert answer.rows == [(ROWS - 1,)]
    assert answer.bytes_read < 10_000
