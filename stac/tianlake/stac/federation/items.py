"""The merged index of Items: what nodes below hand up and a node's own, as one stac-geoparquet file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from tianlake.stac.federation.fitting import common_schema, fitted
from tianlake.stac.geoparquet import ROW_GROUP

NAME: Final = "items.parquet"

MOST: Final = 5_000_000
"""Rows of one index."""
LARGEST_FILE: Final = 1_000_000_000
"""Bytes."""
LARGEST_UNPACKED: Final = 8_000_000_000
"""Bytes of all columns."""


def merge_items(files: Sequence[Path], target: Path) -> bool:
    """Write one stac-geoparquet file with the rows of all, file after file; return whether there was any.

    A column or asset that only some files have is null in the rows of the others; of columns of different types the
    values are widened, to text where nothing else holds them all. No more than a row group is held in memory.

    Args:
        files: Of each node; they were checked (`item_checks`).
        target: Where to write.
    """
    import pyarrow as pa  # noqa: PLC0415 - Arrow costs a second that most documents need not pay
    import pyarrow.parquet as pq  # noqa: PLC0415

    if not files:
        return False
    headers = [pq.read_schema(each) for each in files]
    metadata = {"geo": json.dumps(_geo(headers)), "stac-geoparquet": json.dumps({"version": "1.0.0"})}
    schema = common_schema([each.remove_metadata() for each in headers]).with_metadata(metadata)
    with ExitStack() as stack:
        writer = stack.enter_context(pq.ParquetWriter(target, schema, compression="zstd"))
        for path in files:
            file = stack.enter_context(pq.ParquetFile(path, pre_buffer=False))
            for batch in file.iter_batches(ROW_GROUP):
                writer.write_table(fitted(pa.Table.from_batches([batch]), schema), row_group_size=ROW_GROUP)
    return True


def _geo(schemas: Sequence[Any]) -> dict[str, Any]:
    columns = [json.loads(each.metadata[b"geo"])["columns"]["geometry"] for each in schemas]
    west, south, east, north = zip(*(each["bbox"] for each in columns), strict=True)
    column = columns[0] | {
        "geometry_types": sorted({kind for each in columns for kind in each["geometry_types"]}),
        "bbox": [min(west), min(south), max(east), max(north)],
    }
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
