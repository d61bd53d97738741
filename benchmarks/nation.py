"""A simulated nation: what 333 cities publish, and a workspace of the 32 provinces and the nation above them.

Codes, names and who is below whom are those of the list of divisions (31 provinces and 兵团; 台湾, 香港 and 澳门 come
without units of their own). All else is made up from a fixed seed: products, scenes, times, and the boxes of divisions,
which lie in a grid. A city publishes what real nodes hand up: `federation/offer.txt`, signed, and the files it names.
Its Collections are made by the describer that publishes; of its Items each product has one so made, and the others
differ from it in id, place, time, address, size and checksum.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from asset_kit import card

from tianlake.lake.describe import History, Published
from tianlake.lake.divisions import load_divisions
from tianlake.lake.naming import node_name
from tianlake.lake.nodes import NodeCard, NodeSettings, Organisation
from tianlake.lake.recipes import Producer, ProductCard
from tianlake.lake.records import dump_record
from tianlake.lake.releases import (
    Candidate,
    Manifest,
)
from tianlake.lake.words import Bounds, Text

SEED: Final = 20261127
NATION: Final = "156000000"
CITIES: Final = 333
_ABROAD: Final = ("156710000", "156810000", "156820000")
BUILT: Final = "2026-{:02}-01T00:00:00Z"
SENSORS: Final = ("GF-2", "ZY-3", "GF-7", "JL-1")


@dataclass(frozen=True, slots=True)
class Size:
    """How large a nation is: all of it in the default."""

    cities: int = CITIES
    collections: int = 3000
    items: int = 1_000_000


@dataclass(frozen=True, slots=True)
class City:
    """One city: how many products it has, how many Items all of them have, and how often each product was published."""

    code: str
    products: int
    items: int
    editions: tuple[int, ...]

    @property
    def seed(self) -> bytes:
        """The seed of its Ed25519 key."""
        return hashlib.sha256(self.code.encode()).digest()

    @property
    def parent(self) -> str:
        """Code of its province."""
        return str(node_name(self.code, load_divisions()).parent)


@dataclass(frozen=True, slots=True)
class Nation:
    """Who is in the tree, and how many products of its own each node above the cities has."""

    cities: tuple[City, ...]
    provinces: tuple[str, ...]
    own: int


def nation(size: Size = Size()) -> Nation:
    """Return a nation of that size; fewer cities have fewer provinces above them."""
    listed = load_divisions()
    units = [each for each in listed.units.values() if f"156{each.code}" not in _ABROAD]
    cities = [f"156{each.code}" for each in units if each.level == "city"]
    step = len(cities) // size.cities
    cities = cities[::step][: size.cities]
    above = sorted({str(node_name(code, listed).parent) for code in cities})
    if size.cities == CITIES:
        above = sorted([*(f"156{each.code}" for each in units if each.level == "provincial"), "156660000"])
    own = max(1, size.collections // (len(cities) + len(above) + 1))
    left = size.collections - own * (len(above) + 1)
    made = []
    for place, code in enumerate(cities):
        products = left // len(cities) + (place < left % len(cities))
        items = size.items // len(cities) + (place < size.items % len(cities))
        made.append(City(code, products, items, (0,) * products))
    return Nation(tuple(made), tuple(above), own)


def changed(given: Nation, share: float) -> list[City]:
    """Return the cities that publish one product anew, so that a share of all collections changes."""
    chance = random.Random(SEED)  # noqa: S311 - made-up news
    count = max(1, round(share * sum(each.products for each in given.cities)))
    news = []
    for city in chance.sample(given.cities, min(count, len(given.cities))):
        place = chance.randrange(city.products)
        editions = tuple(each + (number == place) for number, each in enumerate(city.editions))
        news.append(replace(city, editions=editions))
    return news


def url_of(code: str) -> str:
    """Return where the public would read a node."""
    return f"https://n{code}.example.org"


def node_card(code: str) -> NodeCard:
    """Return who a node is."""
    operator = Organisation(f"节点 {code} 运行维护单位", f"{url_of(code)}/about", f"node{code}@example.org")
    settings = NodeSettings(code, operator, Organisation(f"节点 {code} 主管部门"), url=url_of(code))
    return NodeCard(node_name(code, load_divisions()), settings)


def box_of(code: str) -> Bounds:
    """Return the made-up box of a division, degrees: provinces in a grid, the cities of each in a grid within it."""
    if code == NATION:
        return Bounds(74.0, 18.0, 134.0, 53.0)
    above = str(node_name(code, load_divisions()).parent)
    whole = box_of(above)
    beside = sorted(
        {each.code for each in (load_divisions().children(None if above == NATION else above[3:]))} | {"660000"}
    )
    place, across = beside.index(code[3:]), 1
    while across * across < len(beside):
        across += 1
    wide, high = (whole.east - whole.west) / across, (whole.north - whole.south) / across
    west, south = whole.west + wide * (place % across), whole.south + high * (place // across)
    return Bounds(*(round(each, 6) for each in (west, south, west + wide, south + high)))


def product_card(code: str, number: int, kind: Literal["raster", "vector"]) -> ProductCard:
    """Return what a product says of itself: imagery, roads or water, by its number."""
    name = node_name(code, load_divisions()).division
    what = (("影像", "imagery"), ("道路", "roads"), ("水系", "water"))[number % 3]
    return card(
        f"{what[1]}-{number:02}",
        kind,
        product_class="imagery" if kind == "raster" else "entity",
        title=Text(f"{name}{what[0]}{number:02}", f"{what[1]} {number:02} of {code}"),
        description=Text(f"{name}{what[0]}，模拟数据。" * 4, f"Simulated {what[1]} of node {code}. " * 4),
        keywords=(name, what[0], what[1]),
        producers=(Producer(f"{name}测绘院（模拟）", f"{url_of(code)}/survey"),),
    )


def release_of(candidate: Candidate) -> Manifest:
    """Return the release of a candidate whose files nobody reads."""
    built = candidate.built.replace("-", "").replace(":", "")
    return Manifest(f"{built}-{candidate.fingerprint[:8]}", candidate, ())


def history_of(manifest: Manifest) -> History:
    """Return the history of a product of which this release is current, and the only one."""
    published = Published(manifest, sha256(dump_record(manifest)))
    return History(manifest.candidate.card.id, (published,), (), manifest.release, manifest.candidate.built)


def put(path: Path, body: bytes) -> None:
    """Write a file, and the folders it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def sha256(body: bytes) -> str:
    """Return the hash as offers write it."""
    return hashlib.sha256(body).hexdigest()
