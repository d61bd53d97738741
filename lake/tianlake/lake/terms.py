"""The terms of service that a node publishes as `terms.json` (article 16: they state the disclaimers)."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tianlake.lake.plain import Text


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of service in one version: `terms.toml` of a workspace, `terms.json` of a node."""

    version: str
    """When they began to hold: a date. Another version asks every account anew."""
    title: Text
    text: Text
    """Paragraphs parted by empty lines; one that starts with `## ` is a heading."""
    grace_days: int = 30
    """Days for which keys of accounts that accepted an earlier version go on working, from the day of the version."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - `records.STRICT`, without importing pydantic

    def __post_init__(self) -> None:
        """Refuse a period that cannot be."""
        if not 0 <= self.grace_days <= 3650:  # noqa: PLR2004 - ten years: longer is no period of grace
            msg = f"grace_days must lie in 0..3650, not {self.grace_days}"
            raise ValueError(msg)

    @property
    def sha256(self) -> str:
        """SHA-256 of what is shown, hex: what an acceptance goes on record with."""
        shown = f"{self.version}\n{self.title.zh}\n{self.title.en}\n{self.text.zh}\n{self.text.en}"
        return hashlib.sha256(shown.encode()).hexdigest()

    def document(self) -> dict[str, Any]:
        """Return the terms as `terms.json` has them."""
        return asdict(self) | {"sha256": self.sha256}


@cache
def default_terms() -> Terms:
    """Return the terms of a node that wrote none: a start, which an operator's lawyer must read."""
    return terms_of(tomllib.loads((files("tianlake.lake") / "default_terms.toml").read_text("utf-8")))


def terms_of(document: Mapping[str, Any]) -> Terms:
    """Return the terms that a node's own document holds; members that are not known are passed over.

    Raises:
        ValueError, KeyError, TypeError: The document is not one of ours.
    """
    title, text = Text(**document["title"]), Text(**document["text"])
    return Terms(document["version"], title, text, int(document.get("grace_days", 30)))
