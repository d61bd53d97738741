"""Nodes: the members of the tree (article 3), as configured and as published."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from tianlake.lake.records import STRICT

NodeCode = Annotated[str, Field(pattern=r"^156\d{6}$")]
"""`156` (China in ISO 3166-1) and the six digits of GB/T 2260; 兵团 has the internal code 156660000."""

Level = Literal["national", "provincial", "city", "county"]
"""Article 3: one national node, provincial (and 兵团) nodes, city and county nodes."""

Layer = Annotated[str, Field(pattern=r"^[a-z][a-z-]{1,20}$")]
"""A layer name of today's clients: vec, cva, img, cia, ter, cta, ibo, terrain-rgb."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who answers for something: operator (运行维护单位), authority (自然资源主管部门)."""

    name: str
    url: str | None = None
    email: str | None = None
    phone: str | None = None

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
    layers: dict[Layer, str] = field(default_factory=dict)
    """Layer of today's clients → product id."""
    notice: str | None = None
    """A mark every page and catalog of this node carries, for example `演示数据 Demo`."""

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

    @property
    def code(self) -> str:
        """The node's code."""
        return self.identity.code
