"""What may be searched for, and what is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

if TYPE_CHECKING:  # what searches only need not wait for the imports of what publishes
    from tianlake.lake.current import CurrentRelease
    from tianlake.lake.engine import Answer
    from tianlake.lake.words import Bounds

Match = Literal["exact", "alias", "prefix", "pinyin", "initials", "typo", "part"]
"""How a name fits the text: the same; another of its names; begins with it; is read so; by first letters of its
syllables; but for one character; shares parts with it."""

Ask: TypeAlias = "Callable[..., Answer]"
"""`Inquiry.ask`: statement and parameters in, answer out."""

MOST: Final = 10_000
"""Hits that one search looks at, at most; where there are more, `Found.more` says so."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search."""

    text: str
    """Name, address or pinyin as typed; division names in it narrow the area (`南京市玄武区 鸡鸣寺`)."""
    division: str | None = None
    """Code of the division that hits lie in: `156` and six digits of GB/T 2260, or nine of a town."""
    box: Bounds | None = None
    """Where hits lie, degrees of CGCS2000."""
    near: tuple[float, float] | None = None
    """Longitude and latitude, degrees: nearer hits rank higher."""
    types: tuple[str, ...] = ()
    """Types of which a hit has one: codes, beginnings of codes, or names."""
    start: int = 0
    """Hits to leave out, best first."""
    count: int = 10
    """Hits to return at most."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One place or entity that was found."""

    node: str
    """Code of the node that publishes it."""
    product: str
    id: str
    """Its `place_id` or `entity_id`."""
    name: str
    lon: float
    """Degrees of CGCS2000, like `lat`."""
    lat: float
    score: float
    """0..100: how well it fits, before importance and distance."""
    match: Match
    address: str = ""
    division: str = ""
    """Code of its smallest division down to the county: `156131002`; empty where none is known."""
    town: str = ""
    """Code of its town, `156` and nine digits; empty where none is known."""
    type_code: str = ""
    type: str = ""
    road: str = ""
    number: str = ""
    distance_m: float | None = None
    """From `Wanted.near`, metres on the ellipsoid; None where nothing is near."""
    more: dict[str, Any] = field(default_factory=dict, hash=False)
    """Further columns of its row."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found."""

    hits: tuple[Hit, ...]
    """Best first, after `start`, at most `count`."""
    total: int
    """All that fit, those not returned included."""
    more: bool = False
    """Whether `total` is a lower bound: the search ended at `MOST`."""
    division: str | None = None
    """The division that names in the text were read as."""
    rest: str = ""
    """The text without them."""


class Finder(Protocol):
    """Finds. `names.find` is one."""

    def __call__(self, wanted: Wanted, releases: tuple[CurrentRelease, ...], ask: Ask) -> Found:
        """Search the products among `releases` that have an index; raises what `ask` raises."""
