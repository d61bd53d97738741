"""Whether what a node published lies elsewhere too: the rule by which a stack may be taken down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from tianlake.lake.replicas.filing import Standing

FRESH: Final = timedelta(days=7)
"""How long ago a copy may have been looked through. Ours: within a week nobody forgets to look."""


def counted(copies: Iterable[Standing], now: datetime) -> list[Standing]:
    """Return the copies that count: not ended, looked through within `FRESH` after the last push, and sound."""
    return [each for each in copies if _counts(each, now)]


def unsaved(releases: Iterable[str], copies: Sequence[Standing], saved: Iterable[str] = ()) -> list[str]:
    """Return the releases (`<product>/<release>`) that none of these copies holds, and no backup, sorted."""
    held = frozenset(saved).union(*(each.held - each.pending for each in copies))
    return sorted(set(releases) - held)


def _counts(copy: Standing, now: datetime) -> bool:
    if copy.revoked is not None or not copy.sound or copy.verified is None:
        return False
    if copy.pushed is not None and copy.verified < copy.pushed:
        return False
    return now - datetime.fromisoformat(copy.verified).astimezone(UTC) <= FRESH
