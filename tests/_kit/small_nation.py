"""A province with cities that cost next to nothing: what they hand up is made up, as in the benchmark."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from federation_kit import PROVINCE, Member, tree
from nation import City, url_of
from nation_cities import write_city

from tianlake.lake import keys
from tianlake.lake.store import Condition, DirectoryStore, ObjectInfo, Span
from tianlake.stac.federation.records import Registered

CODES = ("156130100", "156130200", "156131000")


class Counting(DirectoryStore):
    """A folder as a store that writes down what is asked of it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.calls: list[tuple[str, str]] = []

    def head(self, key: str) -> ObjectInfo:
        self.calls.append(("head", key))
        return super().head(key)

    def get(self, key: str, span: Span | None = None) -> tuple[ObjectInfo, bytes]:
        self.calls.append(("get", key))
        return super().get(key, span)

    def put(self, key: str, body: bytes | Path, *, media_type: str, condition: Condition | None = None) -> ObjectInfo:
        self.calls.append(("put", key))
        return super().put(key, body, media_type=media_type, condition=condition)

    def delete(self, key: str, *, condition: Any = None) -> None:
        self.calls.append(("delete", key))
        super().delete(key, condition=condition)

    def list(self, prefix: str = "", *, skip: Collection[str] = ()) -> Iterator[ObjectInfo]:
        self.calls.append(("list", prefix))
        return super().list(prefix, skip=skip)

    def file(self, key: str) -> Path:
        self.calls.append(("get", key))
        return super().file(key)

    def keys_of(self, *what: str, below: str = "") -> Sequence[str]:
        """Return the keys that were asked for in one of these ways, each once, in order."""
        return list(dict.fromkeys(key for call, key in self.calls if call in what and key.startswith(below)))


@dataclass
class Counted(Member):
    """A node whose store writes down what is asked of it."""

    counting: DirectoryStore | None = None

    @property
    def store(self) -> DirectoryStore:
        return self.counting or super().store

    def count(self) -> Counting:
        """Begin to count anew."""
        counting = self.counting = Counting(self.root)
        return counting


@dataclass
class SmallNation:
    """A province and the cities below it, each in a folder."""

    folder: Path
    cities: dict[str, City] = field(default_factory=dict)

    def __post_init__(self) -> None:
        made = tree(self.folder).province
        self.province = Counted(made.code, made.root, made.url, made.seed)

    def offer(self, city: City, *, registered: bool = True) -> None:
        """Let a city hand this up."""
        shutil.rmtree(self.folder / city.code, ignore_errors=True)
        write_city(self.folder, city)
        self.cities[city.code] = city
        if registered:
            self.register(city.code)

    def register(self, code: str) -> None:
        """Register a city at the province."""
        member = Member(code, self.folder / code, url_of(code), self.cities[code].seed)
        place = f"file:{member.root}"
        self.province.children[code] = Registered(code, place, member.url, (member.key,))

    def afresh(self, folder: Path) -> Counted:
        """Return the province derived from nothing: what it took, and what it published itself, alone in a folder."""
        root = folder / PROVINCE
        for part in ("releases", "collections", keys.TAKEN):
            if (self.province.root / part).exists():
                shutil.copytree(self.province.root / part, root / part)
        (root / keys.HARVEST).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.province.root / keys.HARVEST, root / keys.HARVEST)
        return Counted(self.province.code, root, self.province.url, self.province.seed, now=self.province.now)


def shown(member: Member) -> dict[str, Any]:
    """Return all that a node shows of the nodes below it: copies and catalogs by key, and the rows of its index."""
    found: dict[str, Any] = {}
    for path in member.root.rglob("*.*"):
        key = path.relative_to(member.root).as_posix()
        derived = key.startswith(keys.FEDERATION) and key.split("/")[1].startswith("156")
        if path.is_file() and derived:
            found[key] = path.read_bytes()
    catalog = member.document(keys.CATALOG)
    found["links"] = [each["href"] for each in catalog["links"] if each["rel"] == "child"]
    offer = member.offer()
    found["rows"] = member.rows()
    found["columns"] = pq.read_table(member.root / offer.collections.key).to_pylist()
    found["items"] = pq.read_table(member.root / offer.items.key).to_pylist() if offer.items else []
    found["below"] = offer.below
    return found
