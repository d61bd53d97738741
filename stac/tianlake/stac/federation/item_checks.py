"""What a parent demands of a child's index of Items: whole columns at a time, for there may be a million."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from tianlake.lake.errors import LakeError
from tianlake.lake.words import Bounds
from tianlake.stac.federation.checks import Area, check_box
from tianlake.stac.federation.fitting import strange_column
from tianlake.stac.federation.items import LARGEST_UNPACKED, MOST, NAME
from tianlake.stac.federation.rows import Row
from tianlake.stac.federation.unpacked import check_size
from tianlake.stac.geoparquet import ROW_GROUP

_TEXTS: Final = ("id", "collection", "type", "stac_version")
_READ: Final = (*_TEXTS, "bbox", "geometry", "assets", "links")
_CORNERS: Final = ("xmin", "ymin", "xmax", "ymax")
_TAKEN: Final = "file_row_number"
"""What DuckDB calls the place of a row: a file that has such a column can no longer be searched by it."""
_TIME: Final = (("timestamp", "null"), "a time")
_NUMBER: Final = (("floating", "integer", "null"), "a number")
_KINDS: Final = dict.fromkeys(("datetime", "start_datetime", "end_datetime", "created", "updated"), _TIME) | {
    "gsd": _NUMBER,
    "eo:cloud_cover": _NUMBER,
}
"""What others search by: of another type, these columns would become text in the index of the whole tree."""

_WEB: Final = r"^https?://[^\s<>\"\\\\]+$"


def check_items(path: Path, rows: Sequence[Row], area: Area) -> None:
    """Refuse a foreign index of Items that is damaged, or tells of what is not its nodes' own.

    Args:
        path: The file.
        rows: Records of the same offer, checked.
        area: Boxes of divisions.

    Raises:
        LakeError: One line.
    """
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        check_size(path, MOST, LARGEST_UNPACKED, name=NAME)
        seen: set[str] = set()
        with pq.ParquetFile(path, pre_buffer=False) as file:
            _check_form(file)
            for batch in file.iter_batches(ROW_GROUP, columns=list(_READ)):
                _check_part(pa.Table.from_batches([batch]), rows, area, seen)
    except MemoryError:  # as in `rows`
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise LakeError(f"{NAME}: not stac-geoparquet that can be read ({type(error).__name__})") from None


def _check_form(file: Any) -> None:  # noqa: ANN401 - a Parquet file
    import pyarrow as pa  # noqa: PLC0415 - as above

    schema = file.schema_arrow
    if (strange := strange_column(schema)) is not None:
        kind = str(schema.types[schema.names.index(strange)])[:60]
        raise LakeError(f"{NAME}: the column {strange[:60]!r} is there twice, or of a type that no JSON has: {kind}")
    if missing := sorted(set(_READ) - set(schema.names)):
        raise LakeError(f"{NAME}: the column {missing[0]} is missing")
    if any(name.lower() == _TAKEN for name in schema.names):
        raise LakeError(f"{NAME}: no property may be called {_TAKEN}")
    kinds = dict.fromkeys(_TEXTS, pa.types.is_string) | {"bbox": pa.types.is_struct, "assets": pa.types.is_struct}
    kinds |= {"links": pa.types.is_list, "geometry": pa.types.is_binary}
    for name, fits in kinds.items():
        if not fits(schema.field(name).type):  # of another type, the merged index could not hold it
            raise LakeError(f"{NAME}: the column {name} is of type {str(schema.field(name).type)[:60]}")
    for name, (allowed, told) in _KINDS.items():
        if name in schema.names and not any(
            getattr(pa.types, f"is_{each}")(schema.field(name).type) for each in allowed
        ):
            raise LakeError(f"{NAME}: the column {name} is of type {str(schema.field(name).type)[:60]}, not {told}")
    geo = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    box = geo["columns"]["geometry"]["bbox"]
    if not (len(box) == len(_CORNERS) and all(isinstance(each, int | float) and math.isfinite(each) for each in box)):
        raise LakeError(f"{NAME}: its GeoParquet metadata has no box of its geometries")
    if not isinstance(geo["columns"]["geometry"]["geometry_types"], list):
        raise LakeError(f"{NAME}: its GeoParquet metadata has no types of its geometries")


def _check_part(table: Any, rows: Sequence[Row], area: Area, seen: set[str]) -> None:  # noqa: ANN401 - of Arrow
    import pyarrow.compute as pc  # noqa: PLC0415

    if any(table[name].null_count for name in _READ):
        raise LakeError(f"{NAME}: an Item lacks one of {', '.join(_READ)}")
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
    if not pc.all(pc.match_substring_regex(_link_hrefs(part), _WEB), min_count=0).as_py():
        raise LakeError(f"{NAME}: a link of node {node} is no http(s) address")
    extremes = [
        (pc.min if corner.endswith("min") else pc.max)(pc.struct_field(part["bbox"].combine_chunks(), corner)).as_py()
        for corner in _CORNERS
    ]
    check_box(extremes, area)
    check_box(_outline(part["geometry"]), area)


def _outline(geometries: Any) -> list[float]:  # noqa: ANN401 - a column of WKB
    """Return the box around geometries; raises `LakeError` where one is none, or empty."""
    import shapely  # noqa: PLC0415 - as Arrow

    try:
        shapes = shapely.from_wkb(geometries.to_numpy(zero_copy_only=False))
    except shapely.errors.ShapelyError:
        raise LakeError(f"{NAME}: a geometry is no WKB") from None
    if shapely.is_empty(shapes).any():
        raise LakeError(f"{NAME}: a geometry is empty")
    return [float(each) for each in shapely.total_bounds(shapes)]


def _link_hrefs(part: Any) -> Any:  # noqa: ANN401 - of Arrow
    import pyarrow.compute as pc  # noqa: PLC0415

    return pc.struct_field(pc.list_flatten(part["links"]).combine_chunks(), "href")


def _asset_hrefs(part: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - of Arrow
    import pyarrow.compute as pc  # noqa: PLC0415

    assets = part["assets"].combine_chunks()
    for field in assets.type:
        yield field.name, pc.struct_field(assets, [field.name, "href"])


def _array(values: Sequence[str]) -> Any:  # noqa: ANN401 - of Arrow
    import pyarrow as pa  # noqa: PLC0415

    return pa.array(values, pa.string())
