"""What has to happen before a product is published: how many reviewers, and whose number a map needs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tianlake.lake.naming import NATIONAL
from tianlake.lake.policy.rules import Rule
from tianlake.lake.policy.values import Authority, ReviewDemand
from tianlake.lake.recipes import ProductCard

_ABROAD: Final = ("71", "81", "82")
"""Provincial units whose maps the nation reviews: 台湾, 香港, 澳门 (地图管理条例, article 17)."""


def demand(card: ProductCard, node: str, rules: Iterable[Rule], *, demo: bool) -> ReviewDemand:
    """Return what the rules ask of one product of a node; nothing is asked of a demonstration."""
    by_check: dict[str, list[Rule]] = {}
    for rule in rules:
        by_check.setdefault(rule.check, []).append(rule)

    def values(check: str, name: str) -> list[object]:
        return [each.parameters[name] for each in by_check.get(check, [])]

    levels = [each.parameters["levels"].get(card.product_class, 0) for each in by_check.get("review-levels", [])]
    is_map = any(card.kind in each.parameters["map_kinds"] for each in by_check.get("map-approval", []))
    return ReviewDemand(
        levels=0 if demo else max(levels, default=1),
        map_approval=is_map and not demo,
        authorities=_authorities(card, node, by_check.get("map-authority", [])),
        approval_years=min(map(_number, values("map-validity", "most_years")), default=float("inf")),
        filing_months=min(map(_number, values("map-filing", "most_months")), default=float("inf")),
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("inf")


def _authorities(card: ProductCard, node: str, rules: Iterable[Rule]) -> tuple[Authority, ...]:
    """Return who may review a product's map, the highest first (地图管理条例, articles 17 and 18)."""
    text = "\n".join((card.title.zh, card.description.zh, *card.keywords))
    said = [
        {name: any(word in text for word in each.parameters[name]) for name in ("authority_words", "border_words")}
        for each in rules
    ]
    if node == NATIONAL.code or node[3:5] in _ABROAD or any(each["authority_words"] for each in said):
        return ("national",)
    if node.endswith("0000") or any(each["border_words"] for each in said):
        return ("national", "provincial")
    return ("national", "provincial", "municipal")
