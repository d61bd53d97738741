"""Small Parquet files that unpack to more than fits are refused before they are unpacked."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tianlake.lake.errors import LakeError
from tianlake.stac.federation import unpacked
from tianlake.stac.federation.item_checks import check_items
from tianlake.stac.federation.rows import read_rows
from tianlake.stac.federation.unpacked import check_size

ROWS, LONG = 300, 100_000
MOST = 10_000_000
"""Bytes; all rows have three times as many."""


def repeated(rows: int, length: int) -> pa.Array:
    """Return one text for all rows, which is in the file once."""
    return pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * length]))


def file_of(column: Any, **others: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"column": column, **others}), sink, compression="zstd", store_schema=False)
    return sink.getvalue()


TEXT = "x" * LONG
COLUMNS = {
    "a text": repeated(ROWS, LONG),
    "bytes": pa.array([TEXT.encode()] * ROWS, pa.binary()),
    "within an object": pa.array([{"data": {"href": TEXT}}] * ROWS),
    "within a list": pa.array([[{"href": TEXT}]] * ROWS),
    "within a map": pa.array([[("href", TEXT)]] * ROWS, pa.map_(pa.string(), pa.string())),
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_text_that_many_rows_have_counts_in_each(column: str) -> None:
    data = file_of(COLUMNS[column])
    metadata = pq.read_metadata(io.BytesIO(data))
    assert metadata.row_group(0).total_byte_size < MOST, "the file itself says that it is small"
    with pytest.raises(LakeError, match="f: unpacks to 3"):
        check_size(data, ROWS, MOST, name="f")
    check_size(data, ROWS, 4 * MOST, name="f")


def test_rows_values_and_lengths_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = file_of(pa.array([[1, 2, 3]] * 10))
    check_size(data, 10, MOST, name="f")
    with pytest.raises(LakeError, match="10 rows, more than the 9"):
        check_size(data, 9, MOST, name="f")
    monkeypatch.setattr(unpacked, "_VALUES", 29)
    with pytest.raises(LakeError, match="more than 29 values"):
        check_size(data, 10, MOST, name="f")
    with pytest.raises(LakeError, match="fixed length"):
        check_size(file_of(pa.array([b"x" * 1000], pa.binary(1000))), 10, MOST, name="f")


def test_neither_index_of_a_child_is_unpacked_beyond_its_bound(tmp_path: Path) -> None:
    ids = pa.array([str(each) for each in range(600)])
    document = repeated(600, 1_000_000)
    with pytest.raises(LakeError, match="unpacks to"):
        read_rows(file_of(ids, id=ids, node=ids, base=ids, document=document), name="collections.parquet")
    table = pa.table({"id": document})
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps({})}), sink, store_schema=False)
    (tmp_path / "items.parquet").write_bytes(sink.getvalue())
    with pytest.raises(LakeError, match="unpacks to"):
        check_items(tmp_path / "items.parquet", [], lambda _code: None)
