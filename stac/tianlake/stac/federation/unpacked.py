"""How large a foreign Parquet file becomes: looked at before any of it is unpacked.

A dictionary of one long text and a million rows of it (Parquet, "Encodings", RLE_DICTIONARY) are a few kilobytes, by
the file's own metadata too. Texts are therefore first read as dictionaries, and their lengths added up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from tianlake.lake.errors import LakeError

GROUP: Final = 192_000_000
"""Bytes that one row group may unpack to."""

_VALUES: Final = 20_000_000
"""Values of one column of a row group: of a list there may be many in a row."""
_COLUMNS: Final = 2000
"""Columns, those within objects counted each: the index of the whole tree has all that any node has."""
_FIXED: Final = 16
"""Bytes of a value of fixed length: those of a UUID or a decimal number."""
_AT_ONCE: Final = 10_000


def check_size(source: bytes | Path, rows: int, unpacked: int, *, name: str) -> None:
    """Refuse a Parquet file that has too many rows, or unpacks to more than so many bytes.

    Args:
        source: The file, or what is in it.
        rows: How many it may have.
        unpacked: Bytes of all columns; one row group may have `GROUP` at most.
        name: Of the file, for messages.

    Raises:
        LakeError: It has more.
        pyarrow.ArrowException: It is no Parquet file.
    """
    import pyarrow as pa  # noqa: PLC0415 - Arrow costs a second that most documents need not pay
    import pyarrow.parquet as pq  # noqa: PLC0415

    data = pa.BufferReader(source) if isinstance(source, bytes) else source
    metadata = pq.read_metadata(data)
    if metadata.num_rows > rows:
        raise LakeError(f"{name}: {metadata.num_rows} rows, more than the {rows} it may have")
    texts = _check_columns(metadata, name)
    _check_sum([metadata.row_group(place).total_byte_size for place in range(metadata.num_row_groups)], unpacked, name)
    sizes = [0] * metadata.num_row_groups
    data = pa.BufferReader(source) if isinstance(source, bytes) else source
    with pq.ParquetFile(data, read_dictionary=texts, pre_buffer=False) as file:
        for place in range(metadata.num_row_groups):
            for batch in file.iter_batches(_AT_ONCE, row_groups=[place]):
                sizes[place] += sum(map(_size, batch.columns))
                _check_sum(sizes, unpacked, name)


def _check_columns(metadata: Any, name: str) -> list[str]:  # noqa: ANN401 - of a Parquet file
    """Return the paths of the columns of texts and bytes; raises `LakeError` where one could hold anything."""
    if metadata.num_columns > _COLUMNS:
        raise LakeError(f"{name}: {metadata.num_columns} columns, more than the {_COLUMNS} it may have")
    columns = [metadata.schema.column(place) for place in range(metadata.num_columns)]
    if any(each.physical_type == "FIXED_LEN_BYTE_ARRAY" and each.length > _FIXED for each in columns):
        raise LakeError(f"{name}: a column has values of a fixed length of more than {_FIXED} bytes")
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        if any(group.column(place).num_values > _VALUES for place in range(metadata.num_columns)):
            raise LakeError(f"{name}: a column has more than {_VALUES} values in a row group")
    return [each.path for each in columns if each.physical_type == "BYTE_ARRAY"]


def _check_sum(sizes: list[int], unpacked: int, name: str) -> None:
    if sum(sizes) > unpacked or max(sizes, default=0) > GROUP:
        raise LakeError(f"{name}: unpacks to {sum(sizes)} bytes or more, which is more than it may have")


def _size(array: Any) -> int:  # noqa: ANN401 - of Arrow
    """Return the bytes of an array with its texts written out."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    kind = array.type
    if pa.types.is_dictionary(kind):
        lengths = pc.take(pc.binary_length(array.dictionary), array.indices)
        return int(pc.sum(lengths).as_py() or 0) + int(array.indices.nbytes)
    if pa.types.is_struct(kind):
        return sum(map(_size, array.flatten()))
    if pa.types.is_map(kind):
        return _size(array.keys) + _size(array.items)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _size(array.flatten()) + int(array.offsets.nbytes)
    return int(array.nbytes)
