"""Fills in what the recipe does not say: ids, divisions, pinyin, addresses, coordinates, where it comes from."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from typing import Final

import duckdb
import pyarrow as pa

from tianlake.build.classes.chain import fill_chain
from tianlake.build.job import Job, recipe_file
from tianlake.build.quality.report import Finding
from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import fault
from tianlake.lake.recipes import ProductCard, ProductClass

NAME_TABLE: Final = "spelled"
"""Under which DuckDB sees names and their pinyin."""

IDENTITY: Final[dict[ProductClass, tuple[str, str, str]]] = {
    "entity": ("entity_id", "name", "class_code"),
    "place": ("place_id", "std_name", "type_code"),
}
"""Class → its fields of id, name and kind."""

SEVEN: Final = 7
"""Decimals of a degree that tell places apart: a centimetre."""


def fill(connection: duckdb.DuckDBPyConnection, job: Job, table: str) -> list[Finding]:
    """Fill in the empty fields of a table that has all columns of its class, in place.

    Raises:
        LakeError: The recipe names an attribute or a file that is not there.
    """
    card = job.recipe.card
    source = literal(_origin(card))
    connection.execute(f"UPDATE {table} SET source = {source} WHERE source IS NULL")
    _fill_ids(connection, job, table)
    findings = fill_chain(connection, job, table)
    if card.product_class == "place":
        _fill_place(connection, table)
    return findings


def _origin(card: ProductCard) -> str:
    """Return who made the data, or whom it is owed to."""
    return card.producers[0].name if card.producers else card.attribution


def _fill_ids(connection: duckdb.DuckDBPyConnection, job: Job, table: str) -> None:
    """Make the ids that are missing: node code, code of the class or type, 16 hex digits of a hash.

    The hash is of the tile layer and the source's own id; where it has none, of the layer, the name, the code and the
    place in the world to a centimetre. Of features alike in all of these the second and later ones get a number. This
    is not the 26-digit location code of 基础地理实体空间身份编码规则: its rules are not public.
    """
    recipe = job.recipe
    own, name, code = IDENTITY[recipe.card.product_class]
    given = _source_id(connection, job, table)
    layer = "layer" if "layer" in connection.sql(f"FROM {table}").columns else "''"
    at = f"round(ST_X(ST_Centroid(geometry)), {SEVEN}), round(ST_Y(ST_Centroid(geometry)), {SEVEN})"
    made = (
        f"SELECT __source AS s, __ordinal AS o, coalesce({code}, '000000') AS c, sha256(concat_ws(chr(31), {layer}, "
        f"coalesce({given}, concat_ws(chr(31), '', {name}, {code}, {at})))) AS h FROM {table} WHERE {own} IS NULL"
    )
    numbered = f"SELECT *, row_number() OVER (PARTITION BY c, h ORDER BY s, o) AS n FROM ({made})"
    connection.execute(
        f"UPDATE {table} SET {own} = {literal(job.node)} || '-' || c || '-' || left(h, 16) "
        f"|| CASE WHEN n > 1 THEN '-' || n ELSE '' END FROM ({numbered}) WHERE __source = s AND __ordinal = o"
    )


def _source_id(connection: duckdb.DuckDBPyConnection, job: Job, table: str) -> str:
    """Return SQL for the source's own id of a feature, null where it has none."""
    product_class = job.recipe.card.product_class
    options = job.recipe.entity if product_class == "entity" else job.recipe.place
    if options is None or options.source_id is None:
        return "NULL"
    columns = [each for each in connection.sql(f"FROM {table}").columns if not each.startswith("__")]
    if options.source_id.lower() not in (each.lower() for each in columns):
        rule = f"there is no attribute {options.source_id!r} after the steps; there are: {', '.join(columns)}"
        raise fault(recipe_file(job), f"{product_class}.source_id", rule)
    return f"nullif(trim({identifier(options.source_id)}::VARCHAR), '')"


def _fill_place(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    connection.execute(
        f"UPDATE {table} SET lon = round(ST_X(ST_PointOnSurface(geometry)), {SEVEN}), "
        f"lat = round(ST_Y(ST_PointOnSurface(geometry)), {SEVEN}) WHERE lon IS NULL OR lat IS NULL"
    )
    _fill_pinyin(connection, table)
    # concat_ws leaves out what is null; a unit that stands for itself at two levels is said once.
    connection.execute(
        f"UPDATE {table} SET full_address = concat('', province, nullif(city, province), county, town, road, number, "
        f"CASE WHEN std_name IN (province, city, county, town, road) THEN NULL ELSE std_name END) "
        "WHERE full_address IS NULL AND province IS NOT NULL"
    )


def _fill_pinyin(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    # Imported here: its dictionaries cost 0.3 s, which other classes need not pay.
    from tianlake.build.classes.pinyin import romanize  # noqa: PLC0415

    found = connection.sql(f"SELECT DISTINCT std_name FROM {table} WHERE pinyin IS NULL AND std_name IS NOT NULL")
    names = [name for (name,) in found.fetchall()]
    spelled = pa.table(
        {"written": pa.array(names, pa.string()), "spelled": pa.array(map(romanize, names), pa.string())}
    )
    connection.register(NAME_TABLE, spelled)
    try:
        connection.execute(
            f"UPDATE {table} SET pinyin = nullif({NAME_TABLE}.spelled, '') FROM {NAME_TABLE} "
            f"WHERE pinyin IS NULL AND std_name = written"
        )
    finally:
        connection.unregister(NAME_TABLE)
