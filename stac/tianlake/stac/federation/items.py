"""The merged index of Items: what nodes below hand up and a node's own, as one stac-geoparquet file."""

from __future__ import annotations

import io
import json
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tianlake.lake.errors import LakeError
from tianlake.lake.words import Bounds
from tianlake.stac.federation.checks import Area, check_box
from tianlake.stac.federation.rows import Row, check_size

_log = logging.getLogger(__name__)

NAME: Final = "items.parquet"

MOST: Final = 5_000_000
"""Rows of one index."""
LARGEST_FILE: Final = 1_000_000_000
"""Bytes."""
LARGEST_UNPACKED: Final = 8_000_000_000
"""Bytes of all columns."""

_NEEDED: Final = frozenset({"id", "collection", "bbox", "geometry", "assets", "links", "type", "stac_version"})
_CORNERS: Final = ("xmin", "ymin", "xmax", "ymax")


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


def check_items(data: bytes, rows: Sequence[Row], area: Area) -> None:
    """Refuse a foreign index of Items that is damaged, or tells of what is not its nodes' own.

    Args:
        data: The file.
        rows: Records of the same offer, checked.
        area: Boxes of divisions.

    Raises:
        LakeError: One line.
    """
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        check_size(file.metadata, MOST, LARGEST_UNPACKED, name=NAME)
        _check_form(file)
        seen: set[str] = set()
        for place in range(file.num_row_groups):
            _check_part(file.read_row_group(place, columns=["id", "collection", "bbox", "assets"]), rows, area, seen)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise LakeError(f"{NAME}: not stac-geoparquet that can be read ({type(error).__name__})") from None


def _check_form(file: Any) -> None:  # noqa: ANN401 - a Parquet file
    if missing := sorted(_NEEDED - set(file.schema_arrow.names)):
        raise LakeError(f"{NAME}: the column {missing[0]} is missing")
    geo = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    box = geo["columns"]["geometry"]["bbox"]
    if not (len(box) == len(_CORNERS) and all(isinstance(each, int | float) and math.isfinite(each) for each in box)):
        raise LakeError(f"{NAME}: its GeoParquet metadata has no box of its geometries")
    if not isinstance(geo["columns"]["geometry"]["geometry_types"], list):
        raise LakeError(f"{NAME}: its GeoParquet metadata has no types of its geometries")


def _check_part(table: Any, rows: Sequence[Row], area: Area, seen: set[str]) -> None:  # noqa: ANN401 - of Arrow
    import pyarrow.compute as pc  # noqa: PLC0415

    ids = table["id"].to_pylist()
    if len(ids) != len(set(ids)) or not seen.isdisjoint(ids):
        raise LakeError(f"{NAME}: the same id twice")
    seen.update(ids)
    if unknown := set(table["collection"].to_pylist()) - {row.id for row in rows}:
        raise LakeError(f"{NAME}: an Item of {str(unknown.pop())[:100]!r}, which is no record of this offer")
    for node, base in {row.node: row.base for row in rows}.items():
        own = [row.id for row in rows if row.node == node]
        part = table.filter(pc.is_in(table["collection"], value_set=_array(own)))
        if part.num_rows:
            _check_node(part, node, base, area(node))


def _check_node(part: Any, node: str, base: str, area: Bounds | None) -> None:  # noqa: ANN401 - of Arrow
    """Check the Items of one node: ids, addresses of their files, and the box around them."""
    import pyarrow.compute as pc  # noqa: PLC0415

    if not pc.all(pc.starts_with(part["id"], f"n{node}-")).as_py():
        raise LakeError(f"{NAME}: an Item of node {node} has an id that does not begin with n{node}-")
    for name, hrefs in _asset_hrefs(part):
        below = pc.and_(
            pc.starts_with(hrefs, f"{base}/"), pc.invert(pc.match_substring_regex(hrefs, r"\.\.|%2[eE]|\\"))
        )
        if not pc.all(below, min_count=0).as_py():
            raise LakeError(f"{NAME}: an asset {name[:60]!r} is not below {base}, where its node is registered")
    extremes = [
        (pc.min if corner.endswith("min") else pc.max)(pc.struct_field(part["bbox"].combine_chunks(), corner)).as_py()
        for corner in _CORNERS
    ]
    check_box(extremes, area)


def _asset_hrefs(part: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - of Arrow
    import pyarrow.compute as pc  # noqa: PLC0415

    assets = part["assets"].combine_chunks()
    for field in assets.type:
        yield field.name, pc.struct_field(assets, [field.name, "href"])


def _array(values: Sequence[str]) -> Any:  # noqa: ANN401 - of Arrow
    import pyarrow as pa  # noqa: PLC0415

    return pa.array(values, pa.string())
