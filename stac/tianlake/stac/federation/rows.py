"""The merged index of collections: one row per record, the same bytes at every level of the tree."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import LakeError
from tianlake.lake.naming import nodes_above
from tianlake.stac.federation.unpacked import GROUP, check_size
from tianlake.stac.profile import Json

NAME: Final = "collections.parquet"

MOST: Final = 20_000
"""Rows of one index: the whole tree has some 3,000."""
LARGEST_FILE: Final = 64_000_000
"""Bytes."""
LARGEST_RECORD: Final = 1_000_000
"""Bytes of one Collection."""

ID: Final = re.compile(r"n(156\d{6})-([a-z][a-z0-9-]{0,61}[a-z0-9])")
"""Node code and product: `n156131000-places`."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record: whose it is, where the public reads that node, and the STAC Collection with absolute addresses."""

    id: str
    node: str
    base: str
    """Without a final `/`."""
    document: str
    """JSON."""

    @property
    def digest(self) -> str:
        """SHA-256 of the record and of where it is from: another one, and it was updated."""
        return hashlib.sha256(f"{self.base}\n{self.document}".encode()).hexdigest()

    @property
    def product(self) -> str:
        """The product's id within its node."""
        return self.id.partition("-")[2]

    def body(self) -> Json:
        """Return the Collection."""
        found: Json = json.loads(self.document)
        return found


def row_of(document: Json, node: str, base: str) -> Row:
    """Return the row of a Collection whose addresses are absolute."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return Row(document["id"], node, base, text)


def write_rows(rows: Iterable[Row], kept: Any = None) -> bytes:  # noqa: ANN401 - a table of Arrow
    """Return `collections.parquet`: what a search needs in columns, and each whole Collection as JSON.

    Args:
        rows: Records.
        kept: Others, as `kept_rows` returns them.
    """
    import pyarrow as pa  # noqa: PLC0415 - Arrow costs a second that most documents need not pay
    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pa.Table.from_pylist([_columns(row) for row in rows], schema=_schema())
    if kept is not None:
        table = pa.concat_tables([table, kept])
    sink = io.BytesIO()
    pq.write_table(table.sort_by("id").combine_chunks(), sink, compression="zstd", row_group_size=1000)
    return sink.getvalue()


def kept_rows(data: bytes, top: str, parts: Collection[str]) -> Any:  # noqa: ANN401 - a table of Arrow
    """Return those rows of a node's own merged index that came from some of its parts.

    Args:
        data: The index.
        top: Code of the node.
        parts: Codes of children, whose rows are those of the nodes below them too; and `top` for the node's own.
    """
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.compute as pc  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pq.read_table(pa.BufferReader(data))
    nodes = [each for each in pc.unique(table["node"]).to_pylist() if _part(each, top) in parts]
    return table.filter(pc.is_in(table["node"], pa.array(nodes, pa.string()))).cast(_schema())


def _part(node: str, top: str) -> str:
    """Return the child of `top` that a node is, or is below; `top` for itself."""
    line = (node, *nodes_above(node, load_divisions()))
    return line[max(line.index(top) - 1, 0)]


def _schema() -> Any:  # noqa: ANN401 - of Arrow
    import pyarrow as pa  # noqa: PLC0415 - as above

    box = pa.struct([(name, pa.float64()) for name in ("xmin", "ymin", "xmax", "ymax")])
    texts = ("id", "node", "product", "title", "start", "end", "updated", "version", "access", "theme", "href")
    kept = ("base", "sha256", "document")
    return pa.schema([*((name, pa.string()) for name in texts), ("bbox", box), *((name, pa.string()) for name in kept)])


def _columns(row: Row) -> dict[str, Any]:
    body = row.body()
    start, end = body["extent"]["temporal"]["interval"][0]
    box = body["extent"]["spatial"]["bbox"][0]
    themes = [concept["id"] for theme in body.get("themes", ()) for concept in theme.get("concepts", ())]
    return {
        "id": row.id,
        "node": row.node,
        "product": row.product,
        "title": body.get("title"),
        "start": start,
        "end": end,
        "updated": body.get("updated"),
        "version": body.get("version"),
        "access": body.get("tianlake:access"),
        "theme": next((each for each in themes if isinstance(each, str)), None),
        "href": f"{row.base}/collections/{row.product}/collection.json",
        "bbox": dict(zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)),
        "base": row.base,
        "sha256": row.digest,
        "document": row.document,
    }


def read_rows(data: bytes, *, name: str) -> list[Row]:
    """Return the rows of a foreign index as they stand in it: nothing they say was checked.

    Raises:
        LakeError: The file is no such index, or larger than allowed.
    """
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415

    wanted = ("id", "node", "base", "document")
    try:
        check_size(data, MOST, GROUP, name=name)
        file = pq.ParquetFile(pa.BufferReader(data))
        if not set(wanted) <= set(file.schema_arrow.names):
            raise LakeError(f"{name}: an index of collections has the columns {', '.join(wanted)}")
        table = file.read(columns=list(wanted))
    except MemoryError:  # Arrow's is an ArrowException too; what the limit is, is known elsewhere
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise LakeError(f"{name}: not a Parquet file that can be read ({type(error).__name__})") from None
    found = [Row(**each) for each in table.to_pylist()]
    if not all(isinstance(value, str) for row in found for value in (row.id, row.node, row.base, row.document)):
        raise LakeError(f"{name}: a row lacks its id, node, base or document")
    return found


def digests(rows: Sequence[Row]) -> dict[str, str]:
    """Return id → digest."""
    return {row.id: row.digest for row in rows}
