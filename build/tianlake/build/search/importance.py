"""How important a thing is: what it is decides, in a plain table (docs/search.md); 0 to 63."""

from __future__ import annotations

from typing import Final

from tianlake.lake.duck import literal
from tianlake.lake.search.files import IMPORTANCES

OTHER: Final = 20
"""Of what no rule knows."""

BY_TYPE_CODE: Final = (
    *(("212", 60), ("213", 54), ("214", 48), ("215", 42), ("21", 40), ("22", 34), ("23", 30)),  # divisions, settlements
    *(("11", 30), ("12", 32), ("13", 32), ("24", 26), ("25", 26), ("26", 36), ("27", 24), ("28", 22)),
)
"""Beginnings of codes of five digits (GB/T 18521-2001) → importance."""

BY_CLASS_CODE: Final = (
    *(("63", 60), ("64", 54), ("65", 48), ("66", 42), ("6", 40)),  # divisions
    *(("2", 32), ("31", 30), ("3", 24), ("4", 26), ("7", 32)),  # waters, settlements and buildings, traffic, relief
)
"""Beginnings of class codes (GB/T 13923) → importance."""

BY_TYPE: Final = (
    ("省|直辖市|自治区|provin|^state$", 60),
    ("地级|城市|^city$", 54),
    ("县|区划|county|district|town$", 48),
    ("街道|镇|乡|township|suburb", 42),
    ("行政区|政府|驻地|seat|capital", 40),
    ("机场|火车站|高铁|airport|aerodrome|railway|station$", 38),
    ("景|公园|山|湖|河|水库|attraction|park|river|reservoir|lake|peak", 34),
    ("村|社区|居民|village|hamlet|neighbourhood", 30),
    ("大学|医院|学校|university|hospital|college|school", 30),
    ("高速|国道|motorway$|trunk$|primary$", 28),
    ("路|街|道|secondary$|tertiary$|residential$", 24),
    ("公交|站|bus|stop", 14),
    ("门|楼|址|path|link|service|footway|cycleway|toll", 10),
)
"""What the name of a type has in it → importance, the first that fits."""


def importance_sql(product_class: str, columns: frozenset[str]) -> str:
    """Return SQL for the importance of a row: its own, if the table has a column `importance`, of 0 to 1."""
    rules = _rules(product_class, columns)
    if "importance" in columns:
        own = "try_cast(importance AS DOUBLE)"
        scaled = f"round(least(greatest({own}, 0), 1) * {IMPORTANCES - 1})"
        rules = f"CASE WHEN {own} IS NULL THEN {rules} ELSE {scaled} END"
    return f"({rules})::UTINYINT"


def _rules(product_class: str, columns: frozenset[str]) -> str:
    code, codes = ("class_code", BY_CLASS_CODE) if product_class == "entity" else ("type_code", BY_TYPE_CODE)
    cases = []
    if code in columns:
        five = "" if product_class == "entity" else f"length({code}) = 5 AND "
        cases += [f"WHEN {five}starts_with({code}, {literal(begin)}) THEN {value}" for begin, value in codes]
    if "type" in columns:
        cases += [f"WHEN regexp_matches(type, {literal(words)}) THEN {value}" for words, value in BY_TYPE]
    return f"CASE {' '.join(cases)} ELSE {OTHER} END" if cases else str(OTHER)
