"""Texts that ride inside published files: JSON, lines, the metadata of Parquet, PMTiles, TIFF, PNG, LAS and glb.

Data itself (columns, tiles, pixels) is not among them: a column may well hold a `/`.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final

from tianlake.lake.leaks.images import png_texts, tiff_texts
from tianlake.lake.leaks.rules import Form, Text
from tianlake.lake.leaks.threed import glb_texts, las_texts

BLOCK: Final = 1 << 22
"""Bytes that are held at a time of a file of no known form."""

LAP: Final = 1 << 10
"""Bytes by which blocks lap over: longer than anything that rules look for."""

LARGEST_JSON: Final = 1 << 26
"""Bytes of a JSON document that is read as one; a larger one is read as lines."""


def texts_in(name: str, body: bytes | Path) -> Iterator[Text]:
    """Yield every text of a file.

    The form is told by the first bytes, then by the name. A file of no known form is read as bytes.

    Raises:
        ValueError: The file is broken, so that nobody can say what is in it.
    """
    with _opened(body) as file:
        head = file.read(8)
        file.seek(0)
        reader = next((read for magic, read in _READERS if head.startswith(magic)), None)
        yield from reader(file) if reader else _plain(name, file)


def _opened(body: bytes | Path) -> AbstractContextManager[BinaryIO]:
    return io.BytesIO(body) if isinstance(body, bytes) else body.open("rb")


def _plain(name: str, file: BinaryIO) -> Iterator[Text]:
    """Yield the texts of a file of no form of its own; of a large one, a block at a time."""
    if not _is_utf8(file):
        yield from _bytes(file)
        return
    ending = PurePosixPath(name).suffix
    if ending == ".json" and file.seek(0, io.SEEK_END) <= LARGEST_JSON:
        file.seek(0)
        value = _json(file.read().decode())
        if value is not None:
            yield from _leaves(value, "", "document")
            return
    yield from _lines(file, "data" if ending in {".geojson", ".csv"} else "document")


def _is_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while block := file.read(BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _bytes(file: BinaryIO) -> Iterator[Text]:
    """Yield blocks that lap over, so that nothing is missed where one ends."""
    file.seek(0)
    before = b""
    while block := file.read(BLOCK):
        yield Text("", (before + block).decode("latin-1"), "bytes")
        before = block[-LAP:]


def _lines(file: BinaryIO, form: Form) -> Iterator[Text]:
    """Yield the lines of a text; a very long one in pieces that lap over."""
    file.seek(0)
    reader = io.TextIOWrapper(file, "utf-8", newline="\n")
    number, before = 1, ""
    while piece := reader.readline(BLOCK):
        lines = (before + piece).splitlines()
        for count, line in enumerate(lines):
            yield Text(f"line {number + count}", line, form)
        whole = piece.endswith("\n")
        number += len(lines) if whole else len(lines) - 1
        before = "" if whole else piece[-LAP:]
    reader.detach()


def _json(text: str) -> Any:  # noqa: ANN401 - a JSON value
    """Return a JSON value; None where the text is no JSON, whose lines are then looked at as they are."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _leaves(value: Any, place: str, form: Form) -> Iterator[Text]:  # noqa: ANN401 - a JSON value
    """Yield every text in a JSON value, its key before it: a rule may need both (`tk=…`)."""
    if isinstance(value, dict):
        for key, each in value.items():
            within = f"{place}.{key}" if place else str(key)
            yield Text(within, f"{key}={each}" if isinstance(each, str) else str(key), form)
            if not isinstance(each, str):
                yield from _leaves(each, within, form)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _leaves(each, f"{place}.{index}" if place else str(index), form)
    elif isinstance(value, str):
        yield Text(place, value, form)


def _parquet(file: BinaryIO) -> Iterator[Text]:
    import pyarrow as pa  # noqa: PLC0415 - only publishers need Arrow, and they have built the file with it
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        parquet = pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"not a readable Parquet file: {error}") from None
    footer = parquet.metadata
    yield Text("footer.created_by", footer.created_by, "metadata")
    for key, value in (footer.metadata or {}).items():
        if key != b"ARROW:schema":  # Its texts are those of the schema below.
            yield from _entry("footer", key, value)
    yield from _arrow(parquet.schema_arrow, "schema")
    for group in range(footer.num_row_groups):
        for index in range(footer.num_columns):
            column = footer.row_group(group).column(index)
            yield Text(f"footer.{column.path_in_schema}.file_path", column.file_path, "metadata")


def _arrow(schema: Any, place: str) -> Iterator[Text]:  # noqa: ANN401 - an Arrow schema or field
    """Yield the names and the metadata of a schema and all its fields."""
    for key, value in (schema.metadata or {}).items():
        yield from _entry(place, key, value)
    whole = hasattr(schema, "names")
    for field in schema if whole else [schema.type.field(index) for index in range(schema.type.num_fields)]:
        yield Text(f"{place}.{field.name}", field.name, "metadata")
        yield from _arrow(field, f"{place}.{field.name}")


def _entry(place: str, key: bytes, value: bytes) -> Iterator[Text]:
    """Yield a key-value entry, whose value may be JSON itself."""
    name, text = key.decode("utf-8", "replace"), value.decode("utf-8", "replace")
    found = _json(text) if text[:1] in {"{", "["} else None
    if found is None:
        yield Text(f"{place}.{name}", f"{name}={text}", "metadata")
    else:
        yield from _leaves(found, f"{place}.{name}", "metadata")


_BROKEN: Final = (EOFError, LookupError, OSError, OverflowError, ValueError, zlib.error)
"""What reading a broken archive ends in: its header, gzip and JSON."""


def _pmtiles(file: BinaryIO) -> Iterator[Text]:
    from pmtiles.reader import Reader  # noqa: PLC0415
    from pmtiles.tile import MagicNumberNotFound, SpecVersionUnsupported  # noqa: PLC0415

    size = file.seek(0, os.SEEK_END)

    def read(offset: int, length: int) -> bytes:
        if offset + length > size:  # before any memory is taken for what is not there
            raise EOFError("it ends before what its header tells of")
        file.seek(offset)
        return file.read(length)

    try:
        metadata = Reader(read).metadata()  # type: ignore[no-untyped-call]
    except (*_BROKEN, MagicNumberNotFound, SpecVersionUnsupported) as error:
        raise ValueError(f"not a readable PMTiles archive: {error!r}") from None
    yield from _leaves(metadata, "metadata", "metadata")


_READERS: Final = (
    (b"PAR1", _parquet),
    (b"PMTiles", _pmtiles),
    (b"II*\0", tiff_texts),
    (b"MM\0*", tiff_texts),
    (b"II+\0", tiff_texts),
    (b"MM\0+", tiff_texts),
    (b"\x89PNG\r\n\x1a\n", png_texts),
    (b"LASF", las_texts),
    (b"glTF", glb_texts),
)
