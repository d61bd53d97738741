"""Small values that need nothing but Python's own library: what runs at a CDN's edge has no pydantic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

PRODUCT_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,61}[a-z0-9]")
LAYOUT: Final = 1
"""Version of docs/layout.md: what this version of Tianlake writes, and the newest that it reads."""

RELEASE_ID: Final = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
LAYER_NAME: Final = re.compile(r"[a-z][a-z-]{1,20}")
"""Layers of today's clients: vec, cva, img, cia, ter, cta, ibo, terrain-rgb (tianditu.md §1.1)."""

_SOURCE: Final = re.compile(rf"({PRODUCT_ID.pattern})(?:/([a-z][a-z0-9-]{{0,62}}))?")

Access = Literal["open", "key", "professional", "internal"]
"""Who may have a product: anybody; whoever has a key; registered professional users (article 16); nobody outside."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text for people, in both languages of a node."""

    zh: str
    en: str

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - `records.STRICT`, without importing pydantic

    def __post_init__(self) -> None:
        """Refuse a text that is empty in one language."""
        if not self.zh.strip() or not self.en.strip():
            msg = "both zh and en must say something"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class LayerSource:
    """What a layer shows: a product of the same node, and which of its archives."""

    product: str
    variant: str = ""
    """As `/tiles/<product>/<variant>.pmtiles` has it; empty for the first archive."""


def layer_source(value: object) -> LayerSource | None:
    """Return what `<product>` or `<product>/<variant>` names; None for anything else."""
    found = _SOURCE.fullmatch(value) if isinstance(value, str) else None
    return LayerSource(found[1], found[2] or "") if found else None
