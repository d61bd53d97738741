"""The proof of a removal: every object, version and known copy is read, and nothing may be found in any."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tianlake.lake.cases.needles import Needles
from tianlake.lake.cases.places import Item, Place
from tianlake.lake.cases.sight import Looker, Sight, UnreadError
from tianlake.lake.errors import LakeError, NotFoundError


@dataclass(frozen=True, slots=True)
class Found:
    """Something that should be gone."""

    place: str
    """Label of the place."""
    name: str
    """Of the object, file or address in it."""
    sight: Sight


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that could not be read: nobody can say that nothing is in it."""

    place: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlaceRead:
    """How much was read in one place."""

    label: str
    objects: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Proof:
    """What a search saw."""

    places: tuple[PlaceRead, ...]
    found: tuple[Found, ...]
    unread: tuple[Unread, ...]
    excepted: tuple[Found, ...]
    """Found where the officer said that it is something else."""
    opened: dict[str, int] = field(default_factory=dict)
    """Kind of container → how many were decoded."""
    listing: bytes = b""
    """A line for each thing that was read: place, name, bytes; parted by tabs."""

    @property
    def clean(self) -> bool:
        """Whether all was read and nothing found."""
        return not self.found and not self.unread

    @property
    def objects(self) -> int:
        """How many things were read."""
        return sum(each.objects for each in self.places)

    @property
    def bytes(self) -> int:
        """How much was read, packed as it lies."""
        return sum(each.bytes for each in self.places)

    @property
    def listing_sha256(self) -> str:
        """Of the listing."""
        return hashlib.sha256(self.listing).hexdigest()


def prove(
    places: Iterable[Place],
    needles: Needles,
    excepted: Sequence[str] = (),
    told: Callable[[PlaceRead], None] = lambda _: None,
) -> Proof:
    """Read everything in some places and say where something of the removed content is left.

    Args:
        places: What is read.
        needles: What is looked for.
        excepted: `<label>/<beginning of a name>`: what is found there is something else, an officer says.
        told: Is called when a place is done.

    Raises:
        LakeError: There is nothing to look for.
    """
    if not (needles.texts or needles.shapes or needles.terms or needles.numbers):
        raise LakeError(
            "prove: nothing tells what was removed from what stays, so nothing can be looked for",
            zh="核验：没有任何内容能把所删与所留区分开，无从查找",
        )
    search = _Search(Looker(needles), tuple(excepted))
    with TemporaryDirectory(prefix="tianlake-proof-") as scratch:
        for place in places:
            told(search.read(place, Path(scratch)))
    return search.proof()


class _Search:
    def __init__(self, looker: Looker, excepted: tuple[str, ...]) -> None:
        self._looker = looker
        self._excepted = excepted
        self._places: list[PlaceRead] = []
        self._found: list[Found] = []
        self._other: list[Found] = []
        self._unread: list[Unread] = []
        self._lines: list[str] = []

    def read(self, place: Place, scratch: Path) -> PlaceRead:
        objects = size = 0
        try:
            for item in place.items():
                read = self._item(place.label, item, scratch)
                if read is not None:
                    objects, size = objects + 1, size + read
                    self._lines.append(f"{place.label}\t{item.name}\t{read}\n")
        except LakeError as error:
            self._unread.append(Unread(place.label, "", " ".join(str(error).split())[:300]))
        done = PlaceRead(place.label, objects, size)
        self._places.append(done)
        return done

    def _item(self, label: str, item: Item, scratch: Path) -> int | None:
        """Look through one thing; return its bytes, or None where it is gone."""
        try:
            body = item.read(scratch)
            size = len(body) if isinstance(body, bytes) else body.stat().st_size
            sights = [Sight("still answered", "address")] if item.must_be_gone else self._looker.look(body)
        except (NotFoundError, FileNotFoundError):
            return None
        except UnreadError as error:
            self._unread.append(Unread(label, item.name, str(error)))
            return 0
        except LakeError as error:
            self._unread.append(Unread(label, item.name, " ".join(str(error).split())[:300]))
            return None
        except OSError as error:
            self._unread.append(Unread(label, item.name, str(error.strerror)))
            return None
        for sight in sights:
            is_other = any(f"{label}/{item.name}".startswith(each) for each in self._excepted)
            (self._other if is_other else self._found).append(Found(label, item.name, sight))
        return size

    def proof(self) -> Proof:
        listing = "".join(self._lines).encode()
        found, unread, other = tuple(self._found), tuple(self._unread), tuple(self._other)
        return Proof(tuple(self._places), found, unread, other, dict(self._looker.opened), listing)
