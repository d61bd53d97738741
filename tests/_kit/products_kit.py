"""Nodes and vector products of a workspace, written as an operator writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from demonstration_kit import demonstrate

_NODE: Final = """
code = "{code}"
operator = {{ name = "运行单位", url = "https://example.org" }}
authority = {{ name = "主管部门", url = "https://example.org" }}
"""
_CARD: Final = """
id = "{product}"
class = "{product_class}"
kind = "vector"
license = "CC0-1.0"
attribution = "测试数据 Test data"
access = "{access}"
title = {{ zh = "{product}", en = "{product}" }}
description = {{ zh = "测试用。", en = "For tests." }}
period = {{ start = "2026-01-01" }}
[[sources]]
path = "sources/{source}"
{rest}
[tiles]
max_zoom = 6
"""


def write_product(root: Path, code: str, **said: str) -> None:
    """Write a product and its node: `product`, `source` and `rest`; of class `place` and open unless that is said."""
    folder = root / "nodes" / code / "products"
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "node.toml").write_text(_NODE.format(code=code), "utf-8")
    demonstrate(root, code)
    text = _CARD.format(**{"product_class": "place", "access": "open"} | said)
    (folder / f"{said['product']}.toml").write_text(text, "utf-8")
