"""Items as stac-geoparquet 1.0 in GeoParquet 1.1: one row per Item, by collection, and there along a Hilbert curve.

A search is mostly for a collection, a box and a time: groups of rows of other collections are not read, and of what is
left those elsewhere. A merged index is such files one after another.

Addresses in the rows are relative to the Parquet file itself.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any, Final

from tianlake.stac.profile import Json

ROW_GROUP: Final = 10_000
"""Rows; the profile allows 150,000 (PORTO-FMT, "Row groups")."""


def items_parquet(items: Sequence[Json]) -> bytes:
    """Return these Items (at least one) as one file.

    Source: https://radiantearth.github.io/stac-geoparquet-spec/latest/ and GeoParquet 1.1.0.
    """
    # Imported here: Arrow and pandas cost a second that most documents need not pay.
    import pyarrow.parquet as pq  # noqa: PLC0415
    from stac_geoparquet.arrow import parse_stac_items_to_arrow  # noqa: PLC0415

    ordered = _hilbert_order(items)
    table = parse_stac_items_to_arrow([_row(item) for item in ordered]).read_all()
    metadata = {"geo": json.dumps(_geo(ordered)), "stac-geoparquet": json.dumps({"version": "1.0.0"})}
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), sink, compression="zstd", row_group_size=ROW_GROUP)
    return sink.getvalue()


def _row(item: Json) -> Json:
    """Return an Item as a row can hold it: one column has one type, so nodata is a number or absent there."""
    assets = {}
    for key, asset in item["assets"].items():
        bands = [
            {name: value for name, value in band.items() if not _is_text_nodata(name, value)}
            for band in asset.get("bands", ())
        ]
        assets[key] = {**asset, "bands": bands} if bands else asset
    return {**item, "assets": assets}


def _is_text_nodata(name: str, value: Any) -> bool:  # noqa: ANN401 - a JSON value
    return name == "nodata" and isinstance(value, str)


def _geo(items: Sequence[Json]) -> Json:
    west, south, east, north = zip(*(item["bbox"] for item in items), strict=True)
    corners = ("xmin", "ymin", "xmax", "ymax")
    column = {
        "encoding": "WKB",
        "geometry_types": sorted({item["geometry"]["type"] for item in items}),
        "bbox": [min(west), min(south), max(east), max(north)],
        "covering": {"bbox": {corner: ["bbox", corner] for corner in corners}},
    }
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def _hilbert_order(items: Sequence[Json]) -> list[Json]:
    """Return Items by collection, neighbours on the ground beside one another; by id where they share a place."""
    from geopandas import GeoSeries, points_from_xy  # noqa: PLC0415

    west, south, east, north = zip(*(item["bbox"] for item in items), strict=True)
    middle = [(low + high) / 2 for low, high in zip((*west, *south), (*east, *north), strict=True)]
    centres = GeoSeries(points_from_xy(middle[: len(items)], middle[len(items) :]))
    distances = centres.hilbert_distance(total_bounds=(-180, -90, 180, 90))
    ranked = zip(distances, items, strict=True)
    return [item for _, item in sorted(ranked, key=lambda pair: (pair[1]["collection"], pair[0], pair[1]["id"]))]
