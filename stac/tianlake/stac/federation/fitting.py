"""Columns of different files made to fit into one table: numbers widened, and text where nothing else holds both."""

from __future__ import annotations

import json
from functools import reduce
from typing import Any, Final

_Type = Any
"""A data type of Arrow, which comes without types of its own."""


DEEPEST: Final = 12
"""Objects and lists within each other; an Item's assets with their bands take six."""


def strange_column(schema: Any) -> str | None:  # noqa: ANN401 - of Arrow
    """Return the name of the first column that cannot be made to fit others: of a type that JSON has no like of."""
    names = schema.names
    for field in schema:
        if names.count(field.name) > 1 or not _is_plain(field.type, DEEPEST):
            return str(field.name)
    return None


def _is_plain(kind: _Type, depth: int) -> bool:
    import pyarrow as pa  # noqa: PLC0415

    if depth == 0:
        return False
    if pa.types.is_struct(kind):
        names = [field.name for field in kind]
        return len(names) == len(set(names)) and all(_is_plain(field.type, depth - 1) for field in kind)
    if _is_list(kind):
        return _is_plain(kind.value_type, depth - 1)
    checks = (pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_null, pa.types.is_string)
    more = (pa.types.is_large_string, pa.types.is_binary, pa.types.is_timestamp, pa.types.is_date)
    return any(check(kind) for check in (*checks, *more))


def common_schema(schemas: list[Any]) -> Any:  # noqa: ANN401 - of Arrow
    """Return the schema that holds all of these, columns in the order in which they first come; without metadata."""
    import pyarrow as pa  # noqa: PLC0415 - Arrow costs a second that most documents need not pay

    found: dict[str, list[_Type]] = {}
    for schema in schemas:
        for field in schema:
            found.setdefault(field.name, []).append(field.type)
    return pa.schema([(name, reduce(common_type, dict.fromkeys(types))) for name, types in found.items()])


def common_type(one: _Type, other: _Type) -> _Type:
    """Return the narrowest type that holds the values of both: of objects and lists, part by part."""
    import pyarrow as pa  # noqa: PLC0415

    if one.equals(other):
        return one
    if pa.types.is_timestamp(one) and pa.types.is_timestamp(other):
        return pa.timestamp("us", "UTC")
    if pa.types.is_nested(one) or pa.types.is_nested(other):
        return _common_nested(one, other)
    try:
        found = pa.unify_schemas([pa.schema([("", each)]) for each in (one, other)], promote_options="permissive")
    except pa.ArrowException:
        return pa.string()
    return found.field(0).type


def _common_nested(one: _Type, other: _Type) -> _Type:
    import pyarrow as pa  # noqa: PLC0415

    if pa.types.is_struct(one) and pa.types.is_struct(other):
        return _common_struct(one, other)
    if _is_list(one) and _is_list(other):
        return pa.list_(common_type(one.value_type, other.value_type))
    if pa.types.is_null(one):  # no values at all
        return other
    return one if pa.types.is_null(other) else pa.string()


def _common_struct(one: _Type, other: _Type) -> _Type:
    import pyarrow as pa  # noqa: PLC0415

    fields: dict[str, _Type] = {field.name: field.type for field in one}
    for field in other:
        fields[field.name] = common_type(fields[field.name], field.type) if field.name in fields else field.type
    return pa.struct(list(fields.items()))


def _is_list(kind: _Type) -> bool:
    import pyarrow as pa  # noqa: PLC0415

    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def fitted(table: Any, schema: Any) -> Any:  # noqa: ANN401 - of Arrow
    """Return a table with the columns of a schema that `common_schema` made for it and others; nulls for the rest."""
    import pyarrow as pa  # noqa: PLC0415

    columns = []
    for field in schema:
        if field.name in table.column_names:
            column = table[field.name]
            columns.append(column if column.type.equals(field.type) else _fit(column.combine_chunks(), field.type))
        else:
            columns.append(pa.nulls(table.num_rows, field.type))
    return pa.Table.from_arrays(columns, schema=schema)


def _fit(array: Any, kind: _Type) -> Any:  # noqa: ANN401 - of Arrow
    import pyarrow as pa  # noqa: PLC0415

    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
    if array.type.equals(kind):
        return array
    if pa.types.is_struct(kind) and pa.types.is_struct(array.type):
        return _fit_struct(array, kind)
    if _is_list(kind) and _is_list(array.type):
        return _fit_list(array, kind)
    if pa.types.is_nested(array.type):
        return pa.array([None if each is None else _text(each) for each in array.to_pylist()], kind)
    return array.cast(kind, safe=False) if not pa.types.is_binary(array.type) else _hex(array, kind)


def _fit_struct(array: Any, kind: _Type) -> Any:  # noqa: ANN401 - of Arrow
    import pyarrow as pa  # noqa: PLC0415

    own = {field.name: place for place, field in enumerate(array.type)}
    children = [
        _fit(array.field(own[field.name]), field.type) if field.name in own else pa.nulls(len(array), field.type)
        for field in kind
    ]
    # `field` leaves out the offset and keeps the length of a slice, as from_arrays wants it.
    return pa.StructArray.from_arrays(children, fields=list(kind), mask=array.is_null())


def _fit_list(array: Any, kind: _Type) -> Any:  # noqa: ANN401 - of Arrow
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    lengths = pc.fill_null(pc.list_value_length(array), 0).cast(pa.int32())
    ends = pc.cumulative_sum(lengths)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    return pa.ListArray.from_arrays(offsets, _fit(array.flatten(), kind.value_type), type=kind, mask=array.is_null())


def _hex(array: Any, kind: _Type) -> Any:  # noqa: ANN401 - of Arrow
    import pyarrow as pa  # noqa: PLC0415

    return pa.array([None if each is None else each.hex() for each in array.to_pylist()], kind)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
