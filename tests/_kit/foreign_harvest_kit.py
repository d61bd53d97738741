"""A node that harvests foreign trees, as the command does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pystac
from federation_kit import Member

from tianlake.lake import keys
from tianlake.lake.derived import refresh
from tianlake.lake.errors import NotFoundError
from tianlake.lake.fetch import Fetched, StatusError, fetch
from tianlake.lake.fetch import Limits as FetchLimits
from tianlake.stac.federation.both import BothWays
from tianlake.stac.federation.downward import Downward
from tianlake.stac.federation.upward import Upward
from tianlake.stac.foreign import Foreign, Limits, Outcome, harvest_foreign
from tianlake.stac.foreign.documents import ForeignTrees
from tianlake.stac.foreign.mapping import slug_of
from tianlake.stac.foreign.records import Held, read_sources
from tianlake.stac.foreign.take import Taking

LIMITS = Limits()
T1, T2, T3 = "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z", "2027-02-01T00:00:00Z"


def tree_at(url: str, name: str = "neighbour", **more: Any) -> Foreign:
    return Foreign(name, f"{url}/catalog.json", **more)


def read(url: str, etag: str, largest: int) -> Fetched | None:
    try:
        return fetch(url, {"if-none-match": etag} if etag else {}, FetchLimits(largest, 2, 2))
    except StatusError as error:
        if error.status == 404:
            raise NotFoundError(url) from None
        raise


def harvest(node: Member, *trees: Foreign, now: str = T1, limits: Limits = LIMITS, **more: Any) -> list[Outcome]:
    """Harvest as the command does: take, then bring the derived documents up to date."""
    outcomes = harvest_foreign(trees, Taking(node.store, node.code, read, limits, now, **more))
    ways = BothWays(
        Upward(node.store, node.seed), Downward(node.store, node.seed, (), (), now), ForeignTrees(node.store)
    )
    refresh(replace(node.desk, federation=ways))
    return outcomes


def held(node: Member, name: str = "neighbour") -> Held:
    found = read_sources(node.store)[0].find(name)
    assert found is not None
    return found


def copies(node: Member) -> dict[str, Any]:
    """Return the copies that the public reads, by id: found with pystac from the node's own catalog."""
    root = pystac.Catalog.from_file(str(node.root / keys.CATALOG))
    tree = next((each for each in root.get_children() if each.id == "foreign-neighbour"), None)
    return {each.id: each.to_dict(transform_hrefs=False) for each in tree.get_children()} if tree else {}


def index(node: Member, name: str) -> str:
    (file,) = (node.root / keys.INDEX).glob(f"*/{name}")
    return str(file)


ROADS, INNER = "n156130000-neighbour_roads", "n156130000-neighbour_inner"
SCENES = f"n156130000-neighbour_{slug_of('Scenes 2026')}"
