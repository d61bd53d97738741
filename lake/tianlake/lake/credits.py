"""What is said beside a map: whom it is owed to, its map-approval numbers, and that it is a demonstration. Pure."""

from __future__ import annotations

from typing import Final

from tianlake.lake.recipes import ProductCard
from tianlake.lake.reviews.approval import Approval, demo_mark

BETWEEN: Final = " · "


def credit(card: ProductCard, approval: Approval | None, notice: str | None = None) -> str:
    """Return the attribution of a release as readers see it, in STAC, TileJSON, styles and on pictures.

    A map's approval number is shown prominently (地图管理条例, article 22).

    Args:
        card: Of the product.
        approval: What lets the release out; None where there is none.
        notice: The node's mark; where the release is a demonstration it says so, or the mark of one is put before it.
    """
    said = [card.attribution]
    if approval is not None and approval.numbers:
        said.append(map_numbers(approval))
    if approval is not None and approval.demo:
        said.append(demo_mark(notice))
    return BETWEEN.join(dict.fromkeys(said))


def map_numbers(approval: Approval) -> str:
    """Return the numbers of a map as they are shown: `审图号：GS(2024)1234号`; empty where it has none."""
    return f"审图号：{'/'.join(approval.numbers)}" if approval.numbers else ""
