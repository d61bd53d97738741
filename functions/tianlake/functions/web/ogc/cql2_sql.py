"""CQL2 trees as SQL conditions: names are columns of the table, everything else is a bound parameter.

Pure but for geometries, which DuckDB places in longitude and latitude. What is understood is what the API's conformance
names; everything else is refused with the rule. A condition on a value that is not there is unknown, as in SQL: neither
it nor its negation holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from tianlake.functions.calls import CallError
from tianlake.functions.web.ogc.cql2_tree import Tree, as_json
from tianlake.functions.web.ogc.crs import Crs
from tianlake.functions.web.ogc.shapes import Ask, box_shape, checked, compared, corners, geometry_of, placed
from tianlake.functions.web.ogc.sqltext import FALSE, TRUE, Sql, joined
from tianlake.functions.web.ogc.tables import Field, Kind, Queried
from tianlake.functions.web.ogc.values import moment
from tianlake.functions.web.questions import wrong
from tianlake.lake.duck import identifier

_COMPARE: Final = {"=": "=", "<>": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_EQUAL: Final = frozenset({"=", "<>"})
_SPATIAL: Final = {
    "s_intersects": "ST_Intersects",
    "s_equals": "ST_Equals",
    "s_disjoint": "ST_Disjoint",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
    "s_overlaps": "ST_Overlaps",
    "s_crosses": "ST_Crosses",
    "s_contains": "ST_Contains",
}
_TURNED: Final = {"s_within": "s_contains", "s_contains": "s_within"}
"""What a spatial function is where the geometry stands before the property."""

_EXACT: Final = 2**53
"""Up to here a number of JSON is a whole number without loss (RFC 8259 §6)."""

_NUMBERS: Final = frozenset({"integer", "number"})
_TIMES: Final = frozenset({"date", "date-time"})


@dataclass(frozen=True, slots=True)
class _Operand:
    """A property or a literal, and what it holds."""

    sql: Sql
    kind: Kind
    field: Field | None = None


class Compiler:
    """Makes one filter an SQL condition over a table named `lake`."""

    def __init__(self, table: Queried, crs: Crs, ask: Ask) -> None:
        """Compile for a table.

        Args:
            table: What is filtered.
            crs: That geometries in the filter are in.
            ask: Places geometries.
        """
        self._table = table
        self._crs = crs
        self._ask = ask
        self._logic: dict[str, Callable[[str, list[Any]], Sql]] = {
            **dict.fromkeys(("and", "or"), self._junction),
            "not": self._not,
            "isnull": self._is_null,
            "like": self._like,
            "between": self._between,
            "in": self._in,
            **dict.fromkeys(_COMPARE, self._comparison),
            **dict.fromkeys(_SPATIAL, self._spatial),
        }

    def condition(self, tree: Tree) -> Sql:
        """Return the condition of a tree.

        Raises:
            CallError: 400, with the rule: an unknown property or function, or values that cannot be compared.
        """
        if isinstance(tree, bool):
            return TRUE if tree else FALSE
        op, args = self._call(tree)
        known = self._logic.get(op)
        if known is None:
            raise _refused(
                f"不支持 {op}；可用：{', '.join(self._logic)}", f"has no {op}; it has {', '.join(self._logic)}"
            )
        return known(op, args)

    def _call(self, tree: Tree) -> tuple[str, list[Any]]:
        if isinstance(tree, dict) and isinstance(tree.get("op"), str) and isinstance(tree.get("args"), list):
            return tree["op"].lower(), tree["args"]
        raise _refused(f"此处应为条件：{as_json(tree)}", f"has a condition here, not {as_json(tree)}")

    def _junction(self, op: str, args: list[Any]) -> Sql:
        if not args:
            raise _arity(op)
        return joined(op.upper(), [self.condition(each) for each in args])

    def _not(self, op: str, args: list[Any]) -> Sql:
        [only] = _exactly(op, args, 1)
        inner = self.condition(only)
        return Sql(f"NOT ({inner.text})", inner.parameters)

    def _is_null(self, op: str, args: list[Any]) -> Sql:
        [only] = _exactly(op, args, 1)
        if isinstance(only, dict) and only.get("property") == self._table.geometry:
            return Sql(f"{_column(self._table.geometry)} IS NULL")
        operand = self._operand(only)
        return Sql(f"{operand.sql.text} IS NULL", operand.sql.parameters)

    def _comparison(self, op: str, args: list[Any]) -> Sql:
        left, right = self._pair(*_exactly(op, args, 2))
        if left.kind == "boolean" and op not in _EQUAL:
            raise _refused("布尔值只能用 = 和 <> 比较", "compares true and false by = and <> only")
        return _glued(f" {_COMPARE[op]} ", left, right)

    def _between(self, op: str, args: list[Any]) -> Sql:
        value, low, high = _exactly(op, args, 3)
        first, lower = self._pair(value, low)
        _, upper = self._pair(value, high)
        if first.kind not in _NUMBERS | _TIMES:
            raise _refused("BETWEEN 只用于数字和日期", "has BETWEEN for numbers and times only")
        return joined("AND", (_glued(" >= ", first, lower), _glued(" <= ", first, upper)))

    def _in(self, op: str, args: list[Any]) -> Sql:
        value, choices = _exactly(op, args, 2)
        if not isinstance(choices, list) or not choices:
            raise _arity(op)
        pairs = [self._pair(value, each) for each in choices]
        holders = ", ".join(right.sql.text for _, right in pairs)
        left = pairs[0][0].sql
        bound = (*left.parameters, *(found for _, right in pairs for found in right.sql.parameters))
        return Sql(f"{left.text} IN ({holders})", bound)

    def _like(self, op: str, args: list[Any]) -> Sql:
        left, pattern = self._pair(*_exactly(op, args, 2))
        if left.kind != "string" or pattern.field is not None:
            raise _refused("LIKE 用于文本属性和文本模式", "has LIKE between a text property and a pattern")
        text = str(pattern.sql.parameters[0])
        if (len(text) - len(text.rstrip("\\"))) % 2:
            raise _refused("模式不得以 \\ 结尾", "has no pattern that ends in \\")
        glued = _glued(" LIKE ", left, pattern)
        return Sql(f"{glued.text} ESCAPE '\\'", glued.parameters)

    def _spatial(self, op: str, args: list[Any]) -> Sql:
        first, second = _exactly(op, args, 2)
        own = {"property": self._table.geometry}
        if first == second == own:
            return Sql(f"{_SPATIAL[op]}({geometry_of(self._table)}, {geometry_of(self._table)})")
        if isinstance(second, dict) and "property" in second:
            first, second, op = second, first, _TURNED.get(op, op)
        if first != own:
            rule = f"has {self._table.geometry} and a geometry in spatial functions"
            raise _refused(f"空间函数的参数应为 {self._table.geometry} 和一个几何", rule)
        shapes = [placed("filter", each, self._crs, self._ask) for each in self._geometries(op, second)]
        word = "AND" if op == "s_disjoint" else "OR"
        return joined(word, [compared(self._table, _SPATIAL[op], each) for each in shapes])

    def _geometries(self, op: str, literal: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - foreign JSON
        """Return a geometry; of a box across the antimeridian its two parts, where the function allows."""
        if not isinstance(literal, dict) or not isinstance(literal.get("bbox"), list):
            return [checked("filter", literal, swapped=self._crs.swapped)]
        parts = [box_shape(each) for each in corners("filter", literal["bbox"], self._crs)]
        if len(parts) == 1 or op in {"s_intersects", "s_disjoint"}:
            return parts
        return [{"type": "GeometryCollection", "geometries": parts}]

    def _pair(self, left: Any, right: Any) -> tuple[_Operand, _Operand]:  # noqa: ANN401 - foreign JSON
        """Return two operands that can be compared: literals become what the property holds."""
        property_first = self._operand(left) if _holds_property(left) else None
        other = self._operand(right, property_first) if not _holds_property(right) else self._operand(right)
        first = property_first or self._operand(left, other)
        same = first.kind == other.kind or {first.kind, other.kind} <= _NUMBERS
        if not same:
            rule = f"compares {first.kind} with {other.kind}: {as_json(left)}, {as_json(right)}"
            raise _refused(f"类型不符：{first.kind} 与 {other.kind}", rule)
        return first, other

    def _operand(self, tree: Any, beside: _Operand | None = None) -> _Operand:  # noqa: ANN401 - foreign JSON
        """Return a property, or a literal as what stands `beside` it holds."""
        if isinstance(tree, dict) and isinstance(tree.get("property"), str):
            return self._property(tree["property"])
        if isinstance(tree, dict) and str(tree.get("op")).lower() == "casei":
            [only] = _exactly("casei", tree.get("args"), 1)
            inner = self._operand(only, beside)
            if inner.kind != "string":
                raise _refused("CASEI 用于文本", "has CASEI for texts only")
            return _Operand(Sql(f"lower({inner.sql.text})", inner.sql.parameters), "string", inner.field)
        return _literal(tree, beside)

    def _property(self, name: str) -> _Operand:
        field = self._table.field(name)
        if field is None:
            known = ", ".join(each.name for each in self._table.queryables)
            raise _refused(f"没有属性 {name[:100]}；可用：{known}", f"has no property {name[:100]}; it has {known}")
        return _Operand(Sql(_column(field.name)), field.kind, field)


def _literal(tree: Any, beside: _Operand | None) -> _Operand:  # noqa: ANN401 - foreign JSON
    field = beside.field if beside is not None and beside.kind in _TIMES else None
    if isinstance(tree, bool):
        return _Operand(Sql("?", (tree,)), "boolean")
    if isinstance(tree, int | float):
        # Row groups are skipped by numbers of the column's own type only.
        whole = beside is not None and beside.kind == "integer" and float(tree).is_integer() and abs(tree) < _EXACT
        return _Operand(Sql("?", (int(tree) if whole else float(tree),)), "number")
    if isinstance(tree, str):
        return _bound(moment("filter", field, tree), field.kind) if field else _Operand(Sql("?", (tree,)), "string")
    said = tree.get("date", tree.get("timestamp")) if isinstance(tree, dict) else None
    if not isinstance(said, str):
        raise _refused(f"此处应为属性或值：{as_json(tree)}", f"has a property or a value here, not {as_json(tree)}")
    kind: Kind = "date" if "date" in tree else "date-time"
    return _bound(moment("filter", field if field and field.kind == kind else Field("", kind, ""), said), kind)


def _bound(value: date | datetime, kind: Kind) -> _Operand:
    return _Operand(Sql("?", (value,)), kind)


def _holds_property(tree: Any) -> bool:  # noqa: ANN401 - foreign JSON
    while isinstance(tree, dict) and isinstance(tree.get("args"), list) and len(tree["args"]) == 1:
        tree = tree["args"][0]
    return isinstance(tree, dict) and "property" in tree


def _glued(word: str, left: _Operand, right: _Operand) -> Sql:
    return Sql(f"{left.sql.text}{word}{right.sql.text}", left.sql.parameters + right.sql.parameters)


def _column(name: str) -> str:
    return f"lake.{identifier(name)}"


def _exactly(op: str, args: Any, count: int) -> list[Any]:  # noqa: ANN401 - foreign JSON
    if not isinstance(args, list) or len(args) != count:
        raise _arity(op)
    return args


def _arity(op: str) -> CallError:
    return _refused(f"{op} 的参数个数有误", f"has another number of arguments for {op}")


def _refused(zh: str, en: str) -> CallError:
    return wrong("filter", zh, en)
