"""Looks for removed content in columns of Parquet files: in whole values, in longer texts, in geometries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tianlake.lake.cases.needles import Needles


def leaves(array: Any, place: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - an Arrow array
    """Yield the arrays of plain values that a column is made of, with their place in it."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        yield from leaves(array.dictionary, place)
    elif pa.types.is_struct(kind):
        for index in range(kind.num_fields):
            yield from leaves(array.field(index), f"{place}.{kind.field(index).name}")
    elif pa.types.is_map(kind):
        yield from leaves(array.keys, place)
        yield from leaves(array.items, place)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from leaves(array.flatten(), place)
    else:
        yield place, array


def kind_in(array: Any, name: str, needles: Needles, shapes: list[bytes]) -> str | None:  # noqa: ANN401 - as above
    """Return which kind of needle an array of plain values holds, or None.

    Args:
        array: Of texts, bytes or numbers; anything else holds nothing.
        name: Of the column: numbers count in that of ids, and in `key` of a search index.
        needles: What is looked for.
        shapes: Its geometries as WKB.
    """
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text" if _has_text(array, kind, needles) else None
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        values = [value for value in pc.unique(array.drop_null()).to_pylist() if value]
        if any(shape in value for value in values for shape in shapes):
            return "shape"
        plain = [text.encode() for text in needles.within]
        return "text" if any(text in value for value in values for text in plain) else None
    if pa.types.is_integer(kind):
        return _number_in(array, kind, name, needles)
    return None


def _has_text(array: Any, kind: Any, needles: Needles) -> bool:  # noqa: ANN401
    if needles.texts and pc.any(pc.is_in(array, pa.array(needles.texts, kind))).as_py():
        return True
    return any(pc.any(pc.match_substring(array, each)).as_py() for each in needles.within)


def _number_in(array: Any, kind: Any, name: str, needles: Needles) -> str | None:  # noqa: ANN401
    for wanted, column, told in ((needles.terms, "key", "term"), (needles.numbers, needles.id_column, "number")):
        fitting = [each for each in wanted if _fits(each, kind)] if name == column else []
        if fitting and pc.any(pc.is_in(array, pa.array(fitting, kind))).as_py():
            return told
    return None


def _fits(number: int, kind: Any) -> bool:  # noqa: ANN401
    bits, signed = int(kind.bit_width), not str(kind).startswith("u")
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return low <= number <= high
