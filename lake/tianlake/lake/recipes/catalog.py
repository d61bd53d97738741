"""What a product of class `catalog` (资源目录) lists: the node's own products, and holdings that are declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import AliasChoices, Field

from tianlake.lake.nodes import Organisation
from tianlake.lake.recipes.card import Period, ProductCard, ProductClass
from tianlake.lake.recipes.divisions import DivisionAreas
from tianlake.lake.records import STRICT
from tianlake.lake.words import Bounds, Text

SecurityClass = Literal["public", "internal", "秘密", "机密", "绝密"]
"""公开, 内部, and the three classes of 中华人民共和国保守国家秘密法, article 14, by their own names."""

SECURITY: Final[dict[SecurityClass, Text]] = {
    "public": Text("公开", "public"),
    "internal": Text("内部", "internal"),
    "秘密": Text("秘密", "confidential"),
    "机密": Text("机密", "secret"),
    "绝密": Text("绝密", "top secret"),
}
"""Class → what it is called. The English words are those of ISO 19115 MD_ClassificationCode."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One thing that a node holds, published or not: an entry of its register. It has no data and no path."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    """Unique in the catalog; the name of its record's file."""
    title: Text
    security_class: SecurityClass
    organisation: str
    """Who to ask."""
    contact: str | None = None
    """Office or person there."""
    email: str | None = None
    phone: str | None = None
    """With the country's code, such as `+86 10 5555 0100`."""
    product_class: Annotated[ProductClass | None, Field(validation_alias=AliasChoices("class", "product_class"))] = None
    """Class of article 8; `class` in a recipe."""
    abstract: Text | None = None
    obtain: Text | None = None
    """How to obtain it."""
    extent: Bounds | None = None
    division: Annotated[str | None, Field(pattern=r"^156\d{6}$")] = None
    """Code of the division it covers, where no extent is given."""
    period: Period | None = None
    update_cycle: Annotated[str | None, Field(pattern=r"^P(\d+[YMWD])+$")] = None
    """ISO 8601 duration."""
    license: str | None = None
    keywords: tuple[str, ...] = ()

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Catalog:
    """The table `[catalog]` of a recipe."""

    products: bool = True
    """Whether the node's own products are listed."""
    divisions: DivisionAreas | None = None
    """Polygons whose boxes are the extents of holdings that name a division."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Listed:
    """The node as its own workspace knows it: what no recipe file says, and every catalog of the node lists."""

    operator: Organisation
    cards: tuple[ProductCard, ...]
    """Of the node's other products; where a card has no extent, that of the recipe's raster."""
