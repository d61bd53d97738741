"""Nodes: the members of the tree (article 3), as configured and as published."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from tianlake.lake.handed import PinnedState
from tianlake.lake.plain import LAYER_NAME, LAYOUT, layer_source
from tianlake.lake.records import STRICT
from tianlake.lake.words import PRODUCT_ID

NodeCode = Annotated[str, Field(pattern=r"^156\d{6}$")]
"""`156` (China in ISO 3166-1) and the six digits of GB/T 2260; 兵团 has the internal code 156660000."""

Level = Literal["national", "provincial", "city", "county"]
"""Article 3: one national node, provincial (and 兵团) nodes, city and county nodes."""

Layer = Annotated[str, Field(pattern=f"^{LAYER_NAME.pattern}$")]
"""A layer name of today's clients: vec, cva, img, cia, ter, cta, ibo, terrain-rgb."""

_BASEMAP: Final = re.compile(
    rf"(156\d{{6}})/({PRODUCT_ID.pattern})|https://[A-Za-z0-9.-]+(?::\d+)?/[^\s\"<>\\^`{{|}}]*"
)
"""A URL has only characters that RFC 3986 lets one have: it is written into Markdown and HTML."""


def _layer_source(value: str) -> str:
    if layer_source(value) is None:
        msg = "a layer shows PRODUCT-ID or PRODUCT-ID/VARIANT of this node"
        raise ValueError(msg)
    return value


def _basemap(value: str) -> str:
    if not _BASEMAP.fullmatch(value):
        msg = "a base map is NODE-CODE/PRODUCT-ID, or the https URL of a MapLibre style"
        raise ValueError(msg)
    return value


BaseMap = Annotated[str, AfterValidator(_basemap)]
"""A base map (底图): node code and product id, `156000000/basemap`, or the https URL of a MapLibre style."""


def basemap_product(basemap: object) -> tuple[str, str] | None:
    """Return node code and product id that a `BaseMap` names; None for a URL, or what is none at all."""
    found = _BASEMAP.fullmatch(basemap) if isinstance(basemap, str) else None
    return (found[1], found[2]) if found and found[1] else None


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who answers for something: operator (运行维护单位), authority (自然资源主管部门)."""

    name: str
    url: str | None = None
    email: str | None = None
    phone: str | None = None

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class TileSettings:
    """How single tiles of a node are served."""

    uncovered: Literal[204, 404] = 204
    """The status of a tile that an archive has not, though its levels and matrix do: empty to a map, or missing."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What `nodes/<code>/node.toml` says. Names are not in it: article 6 computes them."""

    code: NodeCode
    operator: Organisation
    authority: Organisation
    url: str | None = None
    """Public base URL, without a final `/`."""
    hosting: Literal["own", "parent"] = "own"
    layers: dict[Layer, Annotated[str, AfterValidator(_layer_source)]] = field(default_factory=dict)
    """Layer of today's clients → product id, or product id and variant of its archive: `imagery`, `basemap/map`."""
    tiles: TileSettings = field(default_factory=TileSettings)
    notice: str | None = None
    """A mark every page and catalog of this node carries, for example `演示数据 Demo`."""
    basemap: BaseMap | None = None
    """The base map that this node's products lie on; it may be another node's."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class NodeName:
    """A node's identity in the tree, computed from its code and the division list."""

    code: NodeCode
    level: Level
    division: str
    """The division's full name: `廊坊市`. `中国` for the national node."""
    name: str
    """`廊坊市地理信息公共服务平台` (article 6)."""
    short_name: str
    """`天地图·廊坊` (article 6)."""
    parent: NodeCode | None


@dataclass(frozen=True, slots=True)
class NodeLink:
    """A neighbour in the tree, as a node's page lists it."""

    code: NodeCode
    name: str
    short_name: str
    href: str
    """Base URL of that node, absolute or relative to this node's base, with a final `/`."""


@dataclass(frozen=True, slots=True)
class NodeCard:
    """What a node publishes of itself as `node.json`."""

    identity: NodeName
    settings: NodeSettings
    parent: NodeLink | None = None
    children: tuple[NodeLink, ...] = ()
    basemap: str | None = None
    """Address of the style of the base map, absolute or relative to this node's base."""
    handed: tuple[PinnedState, ...] = ()
    """What the node has pinned of what its parent hands down, and whether there is newer."""
    layout: int = LAYOUT
    """Version of docs/layout.md that the node's lake follows; 0 where nobody moved it forward yet."""

    @property
    def code(self) -> str:
        """The node's code."""
        return self.identity.code
