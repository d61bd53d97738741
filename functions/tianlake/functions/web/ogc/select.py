"""The statements that read features, as GeoJSON. Pure."""

from __future__ import annotations

from typing import Final

from tianlake.functions.web.ogc.crs import STORED, Crs
from tianlake.functions.web.ogc.shapes import geometry_of
from tianlake.functions.web.ogc.sqltext import TRUE, Sql
from tianlake.functions.web.ogc.tables import ROW, FeatureTable, Field
from tianlake.functions.web.ogc.wanted import Wanted
from tianlake.lake.duck import identifier, literal

_SOURCE: Final = "read_parquet(?, file_row_number = true) AS lake"


def page(table: FeatureTable, wanted: Wanted) -> Sql:
    """Return the statement for a page of features and one more, which tells whether there is a next page.

    Rows are id, geometry and properties, as texts of JSON. Without an order they come as the file has them, which a
    release keeps for good.
    """
    where, row = wanted.where, f"lake.{ROW}"
    text = f"{_columns(table, wanted.fields, wanted.crs)}\nFROM {_SOURCE}"
    if where != TRUE:
        text += f"\nWHERE {where.text}"
    if wanted.order:
        keys = (
            f"lake.{identifier(field.name)} {'DESC' if falls else 'ASC'} NULLS LAST" for field, falls in wanted.order
        )
        text += f"\nORDER BY {', '.join(keys)}, {row}"
    url = table.release.url(table.asset.name)
    return Sql(f"{text}\nLIMIT ? OFFSET ?", (url, *where.parameters, wanted.limit + 1, wanted.offset))


def one(table: FeatureTable, identity: str, crs: Crs) -> Sql | None:
    """Return the statement for one feature by its id, or None where it could be the id of none.

    Ids are compared as the column holds them, so that row groups without it are skipped.
    """
    column = table.id_column
    if column is None:
        if not (identity.isascii() and identity.isdecimal() and len(identity) < 19):  # noqa: PLR2004 - BIGINT
            return None
        is_it = Sql(f"lake.{ROW} = ?", (int(identity),))
    else:
        kind = next(each.type for each in table.facts.columns if each.name == column)
        is_it = Sql(f"lake.{identifier(column)} = TRY_CAST(? AS {kind})", (identity,))
    url = table.release.url(table.asset.name)
    text = f"{_columns(table, table.fields, crs)}\nFROM {_SOURCE}\nWHERE {is_it.text}\nLIMIT 1"
    return Sql(text, (url, *is_it.parameters))


def _columns(table: FeatureTable, fields: tuple[Field, ...], crs: Crs) -> str:
    column = f"lake.{identifier(table.id_column)}" if table.id_column else f"lake.{ROW}"
    packed = ", ".join(f"{identifier(each.name)} := {_told(each)}" for each in fields)
    properties = f"to_json(struct_pack({packed}))" if packed else "'{}'"
    return f"SELECT to_json({column}), {_shown(table, crs)}, {properties}"


def _shown(table: FeatureTable, crs: Crs) -> str:
    shape = geometry_of(table)
    if not crs.is_own:
        # The axis order is said here: the setting of the engine's first connection does not hold for its others.
        shape = f"ST_Transform({shape}, {literal(STORED)}, {literal(crs.code)}, true)"
    return f"ST_AsGeoJSON({f'ST_FlipCoordinates({shape})' if crs.swapped else shape})"


def _told(field: Field) -> str:
    """Return SQL for a value as JSON has it: no infinity, moments as RFC 3339 has them, bytes as text."""
    column = f"lake.{identifier(field.name)}"
    if field.kind == "number":
        return f"CASE WHEN isfinite({column}::DOUBLE) THEN {column} END"
    if field.kind == "date-time":
        return f"strftime({column}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%fZ')"
    return f"{column}::VARCHAR" if field.type in {"BLOB", "UUID", "TIME"} else column
