"""The index of foreign Items that a node reads, and the indexes of foreign records and Items that it publishes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from tianlake.lake.errors import LakeError
from tianlake.stac.federation.unpacked import check_size
from tianlake.stac.foreign.mapping import Record
from tianlake.stac.foreign.walk import Kept
from tianlake.stac.profile import Json

RECORDS: Final = "foreign-collections.parquet"
ITEMS: Final = "foreign-items.parquet"

_LARGEST_UNPACKED: Final = 2_000_000_000
_TEXTS: Final = ("id", "node", "source", "title", "start", "end", "updated", "href", "sha256", "document")


def read_items(data: bytes, most: int, *, name: str) -> Iterator[Json]:
    """Yield the Items of a foreign stac-geoparquet file.

    Raises:
        LakeError: It is none, or has more rows than `most`.
    """
    import pyarrow as pa  # noqa: PLC0415 - Arrow costs a second that most documents need not pay
    import pyarrow.parquet as pq  # noqa: PLC0415
    from stac_geoparquet.arrow import stac_table_to_items  # noqa: PLC0415

    try:
        check_size(data, most, _LARGEST_UNPACKED, name=name)
        yield from stac_table_to_items(pq.read_table(pa.BufferReader(data)))
    except LakeError:
        raise
    except Exception as error:  # noqa: BLE001 - a foreign file can break the reader in many ways
        raise LakeError(f"{name}: not stac-geoparquet that can be read ({type(error).__name__})") from None


def records_parquet(node: str, found: Iterable[tuple[str, Record]]) -> bytes:
    """Return the index of foreign records: what a search needs in columns, and each whole Collection as JSON.

    Args:
        node: Code of the node that lists them.
        found: Name of the tree and record.
    """
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415

    box = pa.struct([(name, pa.float64()) for name in ("xmin", "ymin", "xmax", "ymax")])
    schema = pa.schema([*((name, pa.string()) for name in _TEXTS), ("bbox", box)])
    sink = io.BytesIO()
    rows = [_columns(node, source, record) for source, record in found]
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), sink, compression="zstd", row_group_size=1000)
    return sink.getvalue()


def _columns(node: str, source: str, record: Record) -> dict[str, Any]:
    body = record.body()
    start, end = body["extent"]["temporal"]["interval"][0]
    corners = zip(("xmin", "ymin", "xmax", "ymax"), body["extent"]["spatial"]["bbox"][0], strict=True)
    return {
        "id": record.id,
        "node": node,
        "source": source,
        "title": body["title"],
        "start": start,
        "end": end,
        "updated": body.get("updated"),
        "href": record.url,
        "sha256": record.digest,
        "document": record.document,
        "bbox": dict(corners),
    }


def read_records(data: bytes) -> list[Record]:
    """Return the records of an index that this node wrote."""
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415

    rows = pq.read_table(pa.BufferReader(data), columns=["id", "href", "document"]).to_pylist()
    return [Record(each["id"], each["id"].partition("_")[2], each["href"], each["document"]) for each in rows]


def documents_parquet(documents: Mapping[str, Kept]) -> bytes:
    """Return documents as they were read, so that the next harvest asks for what changed alone."""
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415

    rows = [{"url": url, "etag": kept.etag, "body": kept.body} for url, kept in sorted(documents.items())]
    schema = pa.schema([("url", pa.string()), ("etag", pa.string()), ("body", pa.binary())])
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), sink, compression="zstd", row_group_size=1000)
    return sink.getvalue()


def read_documents(data: bytes) -> dict[str, Kept]:
    """Return documents by URL: the inverse of `documents_parquet`, without those that have no entity tag."""
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415

    rows = pq.read_table(pa.BufferReader(data)).to_pylist()
    return {each["url"]: Kept(each["etag"], each["body"]) for each in rows if each["etag"]}
