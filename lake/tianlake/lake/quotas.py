"""How much may be used, by whom: tiers, limits and the one policy that a node publishes as `quotas.json`.

Article 16 of the Measures: services are free of charge, professional users register, heavy use is limited. The numbers
are a node's own choice; those of `DEFAULT_POLICY` stand where it makes none. Standard library only: what runs at a
CDN's edge reads the published document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta, timezone
from typing import Any, Final, Literal

from tianlake.lake.plain import Text

Meter = Literal["tile", "search", "data", "bytes"]
"""What is counted: single tiles; searches and queries; requests for archives and data files; the bytes of these."""

METERS: Final[tuple[Meter, ...]] = ("tile", "search", "data", "bytes")

Reach = Literal["open", "key", "professional"]
"""The highest access class that a tier may have; each includes those before it."""

REACHES: Final[tuple[Reach, ...]] = ("open", "key", "professional")

DAY: Final = timezone(timedelta(hours=8))
"""Quota days begin at 00:00 in China's time (UTC+8, no daylight saving)."""

_CONFIG: Final = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of one meter an account may use, whatever the number of its keys."""

    per_day: int
    """Units a day."""
    per_second: float
    """Units a second, in the long run: the rate at which the bucket fills."""
    burst: int
    """Units that may be used at once after a pause: what the bucket holds."""
    slice: int = 100
    """Units that a worker usually takes at a time: the store is written once for so many."""

    __pydantic_config__ = _CONFIG

    def __post_init__(self) -> None:
        """Refuse what would let nothing through, or everything."""
        if not (self.per_day >= 1 and 0 < self.per_second < float("inf") and self.burst >= 1 and self.slice >= 1):
            msg = "per_day, burst and slice must be at least 1, per_second above 0"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Tier:
    """A class of users and what they may have."""

    title: Text
    reach: Reach
    limits: dict[Meter, Limit]
    """A meter that is missing here is not open to the tier."""

    __pydantic_config__ = _CONFIG

    def __post_init__(self) -> None:
        """Refuse a class that nothing is known of: a newer document may name one."""
        if self.reach not in REACHES:
            msg = f"reach must be one of: {', '.join(REACHES)}"
            raise ValueError(msg)


def _default_tiers() -> dict[str, Tier]:
    megabyte = 1_000_000
    return {
        "anonymous": Tier(
            Text("未登录", "Without a key"),
            "open",
            {
                "tile": Limit(10_000, 100, 600),
                "search": Limit(500, 1, 10, 10),
                "data": Limit(10_000, 100, 600, 200),
                "bytes": Limit(2_000 * megabyte, 20 * megabyte, 400 * megabyte, 20 * megabyte),
            },
        ),
        "personal": Tier(
            Text("个人用户", "Personal"),
            "key",
            {
                "tile": Limit(10_000, 100, 600),
                "search": Limit(2_000, 5, 30),
                "data": Limit(10_000, 100, 600, 200),
                "bytes": Limit(5_000 * megabyte, 20 * megabyte, 400 * megabyte, 20 * megabyte),
            },
        ),
        "professional": Tier(
            Text("专业用户", "Professional"),
            "professional",
            {
                "tile": Limit(1_000_000, 500, 3_000, 500),
                "search": Limit(100_000, 50, 300, 200),
                "data": Limit(1_000_000, 500, 3_000, 500),
                "bytes": Limit(500_000 * megabyte, 200 * megabyte, 4_000 * megabyte, 200 * megabyte),
            },
        ),
    }


AccountKind = Literal["person", "company", "government", "education", "node"]
"""Who registers. A `node` is another node of the tree, which may take the snapshot of keys."""


def _default_registration() -> dict[AccountKind, str]:
    return {"person": "personal", "company": "professional", "government": "professional", "education": "professional"}


@dataclass(frozen=True, slots=True)
class QuotaPolicy:
    """Tiers and what goes with them: `quotas.toml` of a workspace, `quotas.json` of a node."""

    version: str
    """When these numbers began to hold: a date."""
    tiers: dict[str, Tier] = field(default_factory=_default_tiers)
    anonymous: str = "anonymous"
    """Tier of use without a key, which is counted per subnet."""
    registration: dict[AccountKind, str] = field(default_factory=_default_registration)
    """Tier that each kind of account gets by registering; the operator may give another later. A kind that is missing
    here cannot register by itself."""
    subnet_v4: int = 24
    """Bits of an IPv4 address that make a subnet."""
    subnet_v6: int = 56
    """Bits of an IPv6 address that make a subnet."""
    warn_at: float = 0.8
    """Part of a day's quota from which answers carry a warning."""
    guesses: Limit = field(default_factory=lambda: Limit(10_000, 1, 60, 20))
    """Wrong keys and tokens, and registrations, that a subnet may send; a signature cannot be guessed."""

    __pydantic_config__ = _CONFIG

    def __post_init__(self) -> None:
        """Refuse a policy that names tiers it has not."""
        missing = {self.anonymous, *self.registration.values()} - self.tiers.keys()
        if missing:
            msg = f"there is no tier {min(missing)!r}; there are: {', '.join(self.tiers)}"
            raise ValueError(msg)
        if not (8 <= self.subnet_v4 <= 32 and 16 <= self.subnet_v6 <= 128 and 0 < self.warn_at <= 1):  # noqa: PLR2004
            msg = "subnet_v4 must lie in 8..32, subnet_v6 in 16..128, warn_at in 0..1"
            raise ValueError(msg)

    def document(self) -> dict[str, Any]:
        """Return the policy as `quotas.json` has it."""
        return asdict(self)


DEFAULT_POLICY: Final = QuotaPolicy("2026-11-27")


def policy_of(document: Mapping[str, Any]) -> QuotaPolicy:
    """Return the policy that a node's own `quotas.json` holds: the inverse of `QuotaPolicy.document`.

    Members that are not known are passed over: a newer version may have written them.

    Raises:
        ValueError, KeyError, TypeError: The document is not one of ours.
    """
    tiers = {
        name: Tier(
            Text(**tier["title"]), tier["reach"], {meter: _limit(limit) for meter, limit in tier["limits"].items()}
        )
        for name, tier in document["tiers"].items()
    }
    plain = {name: document[name] for name in ("anonymous", "subnet_v4", "subnet_v6", "warn_at") if name in document}
    registration = dict(document.get("registration", {}))
    guesses = _limit(document["guesses"]) if "guesses" in document else DEFAULT_POLICY.guesses
    return QuotaPolicy(document["version"], tiers, registration=registration, guesses=guesses, **plain)


def _limit(document: Mapping[str, Any]) -> Limit:
    return Limit(**{name: document[name] for name in ("per_day", "per_second", "burst", "slice") if name in document})
