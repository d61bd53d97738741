"""What a statement may say: judged by the tree that DuckDB's own parser makes of it, before anything runs. Pure.

DuckDB is closed to files and the network beside this (`session.py`): here is said what it would tell or do without
them, and what a library below it opens by itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from tianlake.lake.plain import Text

Tree = dict[str, Any]

TABLES_FROM: Final = frozenset(
    {"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT", "SHOW_REF", "CTE"}
)
"""Kinds of what may stand after FROM (DuckDB's `TableReferenceType`)."""

TABLE_FUNCTIONS: Final = frozenset(
    {"range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree", "st_generatepoints"}
)
"""Those that make rows of their arguments alone."""

DENIED: Final = frozenset(
    {
        *("getenv", "getvariable", "current_setting", "get_block_size", "in_search_path"),
        *("nextval", "currval", "setseed", "write_log", "stats", "sleep_ms", "pg_sleep"),
        *("current_query", "current_query_id", "current_connection_id", "current_transaction_id", "txid_current"),
        *("json_serialize_sql", "json_serialize_plan", "json_deserialize_sql", "json_execute_serialized_sql"),
        # What makes a type of a text might name a CRS that is a file; see `CRS`.
        *("make_type", "replace_type", "from_json", "from_json_strict", "json_transform", "json_transform_strict"),
        *("inet_client_addr", "inet_client_port", "inet_server_addr", "inet_server_port"),
    }
)
"""Functions that tell of the process, its settings or its other users, keep something for later, or only pass time."""

PREFIXES: Final = ("pg_", "__internal_", "duckdb_", "pragma_")
HARMLESS: Final = frozenset({"pg_typeof", "pg_size_pretty"})

CRS: Final = re.compile(r"(EPSG|OGC|ESRI|IAU|IGNF):[A-Za-z0-9._:-]{1,30}", re.IGNORECASE)
"""A CRS by its name. PROJ also takes definitions, and opens the files that those name past DuckDB's own checks: whether
there is a `+nadgrids=/etc/passwd` can be told from what comes out."""

CRS_FUNCTIONS: Final = frozenset({"st_transform", "st_setcrs"})

FILE: Final = re.compile(r"[/\\.:*?\[\]]")
"""What the name of a file or address has."""

SHOWN: Final = 80
"""Characters of a name that an error repeats."""


class RefusedError(Exception):
    """A statement asks for what it may not have."""

    def __init__(self, zh: str, en: str, position: int | None = None) -> None:
        super().__init__(en)
        self.told = Text(zh, en)
        self.position = position
        """Characters from the statement's start."""


def judge(tree: Tree, names: Collection[str], taken: Collection[str], depth: int) -> None:
    """Refuse a statement that asks for what it may not have.

    Args:
        tree: What `json_serialize_sql` makes of it.
        names: Views and macros that it may use, lower case.
        taken: What else there is, lower case: views of DuckDB's own, and those of products that it may not use.
        depth: Levels that may lie within one another.

    Raises:
        RefusedError: It is not one SELECT, or says what it may not.
    """
    if tree.get("error"):
        raise only_one()
    tables = {*names, *_defined(tree, taken)}
    for node, level in _nodes(tree):
        # A level of the statement is three to five of its tree.
        if level > depth * 5:
            raise RefusedError("语句嵌套过深。", "the statement is nested too deeply")
        _judge_node(node, names, tables)


def only_one() -> RefusedError:
    """Return the refusal of what is not exactly one SELECT."""
    return RefusedError(
        "只接受一条 SELECT；PIVOT 请写明 IN (…) 的取值。",
        "exactly one SELECT is taken; a PIVOT names its values with IN (…)",
    )


def _judge_node(node: Tree, names: Collection[str], tables: Collection[str]) -> None:
    kind, place = node.get("type"), node.get("query_location")
    if "function_name" in node:
        _judge_function(node, place)
    elif node.get("class") == "PARAMETER":
        raise RefusedError("没有可绑定的参数。", "there are no parameters to bind", place)
    elif kind == "TABLE_FUNCTION":
        _judge_table_function(node["function"], names, place)  # WITH defines none
    elif kind == "BASE_TABLE":
        _judge_table(node, tables, place)
    elif kind == "SHOW_REF" and ("query" not in node or node.get("show_type") not in {"DESCRIBE", "SUMMARY"}):
        raise RefusedError(
            "这里只能 DESCRIBE 或 SUMMARIZE 视图；GET /sql 列出全部视图。",
            "only views can be described or summarized here; GET /sql lists them",
            place,
        )
    elif kind == "UNBOUND_TYPE_INFO":
        _judge_type(node)
    for name in ("from_table", "left", "right", "source"):
        inner = node.get(name)
        # What compares expressions has `left` and `right` too; those are of a class.
        if isinstance(inner, dict) and "class" not in inner and "type" in inner:
            _judge_source(inner["type"], place)


def _judge_source(kind: str, place: int | None) -> None:
    if kind not in TABLES_FROM and not kind.endswith("_NODE"):
        raise RefusedError(f"FROM 中不能用 {kind}。", f"{kind} cannot stand after FROM here", place)


def _judge_table(node: Tree, known: Collection[str], place: int | None) -> None:
    name, schema, catalog = (str(node.get(key, "")) for key in ("table_name", "schema_name", "catalog_name"))
    if name.lower() not in known or schema.lower() not in {"", "main"} or catalog:
        full = ".".join(each for each in (catalog, schema, name) if each)[:SHOWN]
        raise RefusedError(
            f"没有可查询的视图 {full}；GET /sql 列出全部视图。",
            f"{full} is no view that can be asked here; GET /sql lists them",
            place,
        )


def _judge_table_function(function: Tree, names: Collection[str], place: int | None) -> None:
    name = str(function.get("function_name", "")).lower()
    if (name not in names and name not in TABLE_FUNCTIONS) or function.get("catalog"):
        raise RefusedError(
            f"不能使用表函数 {name[:SHOWN]}。", f"the table function {name[:SHOWN]} cannot be used here", place
        )


def _judge_function(node: Tree, place: int | None) -> None:
    name = str(node["function_name"]).lower()
    if name in DENIED or (name.startswith(PREFIXES) and name not in HARMLESS):
        raise RefusedError(f"不能使用函数 {name[:SHOWN]}。", f"the function {name[:SHOWN]} cannot be used here", place)
    if name in CRS_FUNCTIONS:
        children = node.get("children", [])
        # `x.ST_Transform('…')`: what stands before the dot is a schema to the parser, and the geometry none of them.
        of_crs = children if node.get("schema") else children[1:]
        if not all(_is_crs(each) for each in of_crs):
            raise _no_crs(place)


def _is_crs(node: Tree) -> bool:
    """Say whether an argument is the name of a CRS, or a flag."""
    if node.get("class") == "CAST" and node.get("cast_type", {}).get("id") == "BOOLEAN":
        return True
    value = node.get("value", {}).get("value") if node.get("class") == "CONSTANT" else None
    return isinstance(value, bool) or (isinstance(value, str) and CRS.fullmatch(value) is not None)


def _judge_type(info: Tree) -> None:
    if str(info.get("name", "")).lower() == "geometry":
        for each in info.get("user_type_modifiers", []):
            if CRS.fullmatch(str(each.get("value"))) is None:
                raise _no_crs(None)


def _no_crs(place: int | None) -> RefusedError:
    return RefusedError(
        "坐标系只能直接写名称，如 'EPSG:4490'。", "a CRS is given by its name alone, such as 'EPSG:4490'", place
    )


def _defined(tree: Tree, taken: Collection[str]) -> Iterator[str]:
    """Yield the names that WITH defines; outside its reach the same name would be a view of DuckDB's, or a file."""
    for node, _level in _nodes(tree):
        for each in (node.get("cte_map") or {}).get("map", []):
            name = str(each["key"]).lower()
            if name in taken or FILE.search(name):
                raise RefusedError(f"WITH 不能用名称 {name[:SHOWN]}。", f"WITH cannot take the name {name[:SHOWN]}")
            yield name


def _nodes(tree: Tree) -> Iterator[tuple[Tree, int]]:
    """Yield every object of the tree and how deep it lies; without recursion, however deep that is."""
    ahead: list[tuple[object, int]] = [(tree, 0)]
    while ahead:
        node, level = ahead.pop()
        if isinstance(node, dict):
            yield node, level
            ahead += [(each, level + 1) for each in node.values()]
        elif isinstance(node, list):
            ahead += [(each, level) for each in node]
