"""Small values that need nothing but Python's own library: what runs at a CDN's edge has no pydantic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

PRODUCT_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,61}[a-z0-9]")
RELEASE_ID: Final = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")

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
