"""The merged index of Items: what nodes below hand up and a node's own, as one stac-geoparquet file."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

_log = logging.getLogger(__name__)

NAME: Final = "items.parquet"

MOST: Final = 5_000_000
"""Rows of one index."""
LARGEST_FILE: Final = 1_000_000_000
"""Bytes."""
LARGEST_UNPACKED: Final = 8_000_000_000
"""Bytes of all columns."""


def merge_items(files: Mapping[str, bytes]) -> bytes | None:
    """Return one stac-geoparquet file with the rows of all, file after file; None where there is none.

    A column or asset that only some files have is null in the rows of the others. A file whose columns have other types
    than those before it is left out, and told of in the log: no child may keep the rest from being found.

    Args:
        files: Whose they are, for the log → the file.
    """
    import pyarrow as pa  # noqa: PLC0415 - Arrow costs a second that most documents need not pay
    import pyarrow.parquet as pq  # noqa: PLC0415

    opened = {name: pq.ParquetFile(pa.BufferReader(each)) for name, each in files.items()}
    fitting, schema = _fitting(opened)
    if schema is None:
        return None
    metadata = {"geo": json.dumps(_geo(fitting)), "stac-geoparquet": json.dumps({"version": "1.0.0"})}
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, schema.with_metadata(metadata), compression="zstd") as writer:
        for file in fitting:
            for place in range(file.num_row_groups):
                table = file.read_row_group(place).replace_schema_metadata()
                writer.write_table(_as(table, schema).replace_schema_metadata(metadata))
    return sink.getvalue()


def _fitting(opened: Mapping[str, Any]) -> tuple[list[Any], Any]:
    """Return the files that go into one, and the schema that holds them all."""
    import pyarrow as pa  # noqa: PLC0415

    fitting: list[Any] = []
    schema = None
    for name, file in opened.items():
        plain = file.schema_arrow.remove_metadata()
        try:
            wider = pa.unify_schemas(
                [each for each in (schema, plain) if each is not None], promote_options="permissive"
            )
        except pa.ArrowException as error:
            _log.error("%s of %s is left out of the merged index: %s", NAME, name, " ".join(str(error).split()))
            continue
        fitting.append(file)
        schema = wider
    return fitting, schema


def _as(table: Any, schema: Any) -> Any:  # noqa: ANN401 - of Arrow
    """Return a table with the columns of a wider schema."""
    import pyarrow as pa  # noqa: PLC0415

    empty = schema.empty_table()
    return pa.concat_tables([empty, table], promote_options="permissive").select(schema.names).cast(schema, safe=False)


def _geo(files: Sequence[Any]) -> dict[str, Any]:
    columns = [json.loads(each.schema_arrow.metadata[b"geo"])["columns"]["geometry"] for each in files]
    west, south, east, north = zip(*(each["bbox"] for each in columns), strict=True)
    column = columns[0] | {
        "geometry_types": sorted({kind for each in columns for kind in each["geometry_types"]}),
        "bbox": [min(west), min(south), max(east), max(north)],
    }
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
