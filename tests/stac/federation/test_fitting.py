"""Columns of different types in one index: nothing that was said is lost where another type can say it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianlake.stac.federation.fitting import common_schema, fitted, strange_column

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PAIRS: dict[str, tuple[list[Any], list[Any], pa.DataType, list[Any]]] = {
    "integers and numbers": ([1, None], [1.5], pa.float64(), [1.0, None, 1.5]),
    "numbers and texts": ([1.5], ["1.5 m"], pa.string(), ["1.5", "1.5 m"]),
    "nothing and a list": ([None], [["a"]], pa.list_(pa.string()), [None, ["a"]]),
    "truth and text": ([True], ["yes"], pa.string(), ["true", "yes"]),
    "an object and a number": ([{"a": 1}], [2], pa.string(), ['{"a": 1}', "2"]),
    "a list and a text": ([["a", "b"]], ["a"], pa.string(), ['["a", "b"]', "a"]),
    "objects part by part": (
        [{"a": 1, "b": "x"}],
        [{"a": 1.5, "c": [1]}],
        pa.struct([("a", pa.float64()), ("b", pa.string()), ("c", pa.list_(pa.int64()))]),
        [{"a": 1.0, "b": "x", "c": None}, {"a": 1.5, "b": None, "c": [1]}],
    ),
    "within lists": (
        [[{"nodata": 0}], [], None],
        [[{"nodata": "nan"}]],
        pa.list_(pa.struct([("nodata", pa.string())])),
        [[{"nodata": "0"}], [], None, [{"nodata": "nan"}]],
    ),
    "times and texts": ([WHEN], ["soon"], pa.string(), ["2026-01-02 03:04:05.000000Z", "soon"]),
}


@pytest.mark.parametrize("case", PAIRS)
def test_values_of_two_files_fit_into_one_column(case: str) -> None:
    first, second, kind, wanted = PAIRS[case]
    tables = [pa.table({"x": pa.array(each)}) for each in (first, second)]
    schema = common_schema([each.schema for each in tables])
    assert schema.field("x").type == kind
    found = pa.concat_tables([fitted(each, schema) for each in tables])
    found.validate(full=True)
    assert found["x"].to_pylist() == wanted


def test_columns_that_a_file_lacks_are_null() -> None:
    tables = [pa.table({"a": [1]}), pa.table({"b": ["x"]})]
    schema = common_schema([each.schema for each in tables])
    assert [fitted(each, schema).to_pylist() for each in tables] == [[{"a": 1, "b": None}], [{"a": None, "b": "x"}]]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3),
    max_leaves=6,
)


def column(values: list[Any]) -> pa.Array | None:
    try:
        return pa.array(values)
    except pa.ArrowException:
        return None  # values of different types in one file: no Parquet file has them


def likened(value: Any) -> Any:
    """Return a value as text would say it, without parts that are null."""
    if isinstance(value, dict):
        return {name: likened(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [likened(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


def said(value: Any, like: Any) -> Any:
    """Return what a text says where the value was an object or a list, part by part."""
    if isinstance(value, str) and isinstance(like, list | dict):
        return likened(json.loads(value))
    if isinstance(value, dict) and isinstance(like, dict):
        return {name: said(each, like[name]) for name, each in value.items() if like.get(name) is not None}
    if isinstance(value, list) and isinstance(like, list):
        return [said(each, other) for each, other in zip(value, like, strict=True)]
    return likened(value)


@given(st.lists(VALUES, min_size=1, max_size=4), st.lists(VALUES, min_size=1, max_size=4))
def test_any_two_columns_fit_and_say_what_they_said(first: list[Any], second: list[Any]) -> None:
    arrays = [column(each) for each in (first, second)]
    tables = [pa.table({"x": each}) for each in arrays if each is not None]
    if not tables or any(strange_column(each.schema) for each in tables):
        return
    schema = common_schema([each.schema for each in tables])
    for table in tables:
        found = fitted(table, schema)
        found.validate(full=True)
        before = table["x"].to_pylist()
        pairs = zip(found["x"].to_pylist(), before, strict=True)
        assert [said(each, like) for each, like in pairs] == [likened(each) for each in before]


@pytest.mark.parametrize(
    ("kind", "is_strange"),
    [
        (pa.string(), False),
        (pa.list_(pa.struct([("a", pa.float32())])), False),
        (pa.map_(pa.string(), pa.string()), True),
        (pa.dictionary(pa.int32(), pa.string()), True),
        (pa.struct([("a", pa.duration("s"))]), True),
        (pa.struct([("a", pa.string()), ("a", pa.string())]), True),
    ],
)
def test_types_that_json_has_no_like_of_are_named(kind: pa.DataType, is_strange: bool) -> None:
    assert strange_column(pa.schema([("x", kind)])) == ("x" if is_strange else None)


def test_a_type_too_deep_is_named() -> None:
    kind: pa.DataType = pa.int64()
    for _ in range(100):
        kind = pa.list_(kind)
    assert strange_column(pa.schema([("x", kind)])) == "x"
