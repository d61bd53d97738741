"""What an address means: which node, and what of it. Pure, so that one table of tests says what is served."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from tianlake.functions.gateway.web_requests import WebCall, web_call
from tianlake.functions.gateway.wmts_requests import Capabilities, LayerTile, Malformed, asked
from tianlake.lake import keys
from tianlake.lake.errors import NotFoundError
from tianlake.lake.plain import PRODUCT_ID, RELEASE_ID


@dataclass(frozen=True, slots=True)
class Stored:
    """An object of the node's bucket under its own key."""

    key: str


@dataclass(frozen=True, slots=True)
class CurrentAsset:
    """An asset of a product's current release: `/data/<product>/<asset>`."""

    product: str
    name: str


@dataclass(frozen=True, slots=True)
class CurrentArchive:
    """A PMTiles archive of a product's current release: `/tiles/<product>.pmtiles`, `…/<variant>.pmtiles`."""

    product: str
    variant: str = ""


@dataclass(frozen=True, slots=True)
class TileJson:
    """`/tiles/<product>.json`, `/tiles/<product>/<variant>.json`."""

    product: str
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """`/tiles/<product>/style.json`."""

    product: str


@dataclass(frozen=True, slots=True)
class OverBaseMap:
    """`/tiles/<product>/over-basemap.json`: the product's style above that of its node's base map."""

    product: str


@dataclass(frozen=True, slots=True)
class Tile:
    """`/tiles/<product>/{z}/{x}/{y}.<extension>`, `/tiles/<product>/<variant>/{z}/{x}/{y}.<extension>`.

    Of the current release, or of the one that is named: `/tiles/<product>/<release>/…`.
    """

    product: str
    z: int
    x: int
    y: int
    extension: str
    variant: str = ""
    release: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A node's root without its final `/`, without which relative links would lead elsewhere."""

    to: str
    """The same with it, relative to where it was asked for."""


@dataclass(frozen=True, slots=True)
class Moved:
    """`/terms`: a page under a short address, whose own relative links need its real one."""

    to: str
    """Relative to the node's root."""


@dataclass(frozen=True, slots=True)
class AccountCall:
    """`/accounts`, `/accounts/…` and `/usage`: the account service, which is one for all nodes."""

    path: str
    """Below the node's root, without a first `/`."""


@dataclass(frozen=True, slots=True)
class CaseCall:
    """`/cases` and `/cases/<receipt>`: requests to change or remove information of the node."""

    path: str
    """Below the node's root, without a first `/`."""


@dataclass(frozen=True, slots=True)
class Alive:
    """`/healthz`: the process answers."""


@dataclass(frozen=True, slots=True)
class Ready:
    """`/readyz`: so do its stores, its catalogs can be read, and its keys are new enough."""


Aliased = CurrentAsset | CurrentArchive | TileJson | Style | OverBaseMap | Tile
"""What has the product in its address, before the rest."""

Called = AccountCall | CaseCall | WebCall | Alive | Ready
"""What is no object of the bucket."""

Target = Stored | Aliased | LayerTile | Capabilities | Malformed | Folder | Moved | Called


@dataclass(frozen=True, slots=True)
class Place:
    """A path, understood."""

    node: str | None
    """Code of the node; None for the one that is served at `/`."""
    target: Target

    @property
    def base(self) -> str:
        """Path of the node's root, with a final `/`."""
        return f"/{self.node}/" if self.node else "/"

    @property
    def product(self) -> str | None:
        """The product this is of, where the address names one: of a `layer`, the node's settings say which it is."""
        match self.target:
            case Stored(key) if key.startswith(_OF_PRODUCTS) and key.count("/") > 1:
                return key.split("/")[1]
            case CurrentAsset() | CurrentArchive() | TileJson() | Style() | OverBaseMap() | Tile() as aliased:
                return aliased.product
            case WebCall() as called:
                return called.product
            case _:
                return None

    @property
    def layer(self) -> str | None:
        """The layer of today's clients this is of, if it is of one."""
        match self.target:
            case LayerTile() | Capabilities() | Malformed() as of_layer:
                return of_layer.layer
            case _:
                return None


_OF_PRODUCTS: Final = (keys.COLLECTIONS, keys.RELEASES)
"""Folders of a bucket whose second part is a product."""

_FOLDERS: Final = (
    keys.COLLECTIONS,
    keys.RELEASES,
    keys.PORTAL,
    keys.TILE_MATRIX_SETS,
    keys.FEDERATION,
    keys.QUARTERLY,
)
"""Folders of a bucket that are served, beside the documents at its root. No other is, least of all `private/`."""

_FORBIDDEN: Final = re.compile(rb"%2f|%5c|\\", re.IGNORECASE)
"""Encoded separators and backslashes: never part of a key, always part of an attack."""

_COLUMN: Final = r"(0|[1-9][0-9]{0,8})"
_VARIANT: Final = r"([a-z][a-z0-9-]{0,62})"
_TILE: Final = re.compile(
    rf"(?:({RELEASE_ID.pattern})/)?(?:{_VARIANT}/)?(0|[1-9][0-9]?)/{_COLUMN}/{_COLUMN}\.([a-z]{{3,4}})"
)
"""One spelling per tile (no leading zeros), so that a cache holds it once."""

_ARCHIVE: Final = re.compile(rf"{_VARIANT}\.(pmtiles|json)")
"""Archives of a product beside its first one, and their TileJSON; the names of styles are no variants."""


def locate(raw_path: bytes, codes: Container[str], raw_query: bytes = b"") -> Place:
    """Return what an address means where nodes with `codes` are served.

    Args:
        raw_path: Percent-encoded, without the query.
        codes: Codes of the nodes.
        raw_query: What follows `?`, percent-encoded. It counts for today's interface alone (`wmts_requests`), and
            there no credential in it but the `tk` that a `Capabilities` carries on.

    Raises:
        NotFoundError: Nothing is ever served there.
    """
    path = _decode(raw_path)
    first, slash, rest = path.partition("/")
    if first in codes:
        return Place(first, _target(rest, raw_query) if slash else Folder(f"{first}/"))
    return Place(None, _target(path, raw_query))


def _decode(raw_path: bytes) -> str:
    """Return the decoded path without its first `/`, refusing every form that could lead out of the bucket."""
    nowhere = NotFoundError(f"path {raw_path!r} names nothing that is served")
    if not raw_path.startswith(b"/") or _FORBIDDEN.search(raw_path):
        raise nowhere
    try:
        path = unquote_to_bytes(raw_path[1:]).decode()
    except UnicodeDecodeError:
        raise nowhere from None
    # A part that starts with a dot is a dot-segment or hidden; stores write unfinished files as `.tmp`.
    if not path.isprintable() or any(part.startswith(".") or part.endswith(".tmp") for part in path.split("/")):
        raise nowhere
    return path


_FIXED: Final[dict[str, Target]] = {
    "": Stored(f"{keys.PORTAL}index.html"),
    "favicon.ico": Stored(f"{keys.PORTAL}favicon.ico"),
    "healthz": Alive(),
    "readyz": Ready(),
    "usage": AccountCall("usage"),
    "accounts": AccountCall("accounts"),
    "cases": CaseCall("cases"),
    "terms": Moved(f"{keys.PORTAL}terms.html"),
}


def _target(path: str, raw_query: bytes) -> Target:
    known = asked(path, raw_query) or _FIXED.get(path) or web_call(path)
    if known is not None:
        return known
    match path.split("/", 2):
        case ["data", product, name] if PRODUCT_ID.fullmatch(product):
            return CurrentAsset(product, name)
        case ["accounts", *_]:
            return AccountCall(path)
        case ["cases", *_]:
            return CaseCall(path)
        case ["tiles", *rest]:
            return _tiles("/".join(rest))
        case _:
            return _stored(path)


def _tiles(path: str) -> Target:
    product, slash, rest = path.partition("/")
    if not slash:
        product, _dot, ending = path.rpartition(".")
        if PRODUCT_ID.fullmatch(product) and ending in {"pmtiles", "json"}:
            return CurrentArchive(product) if ending == "pmtiles" else TileJson(product)
    elif PRODUCT_ID.fullmatch(product):
        if rest == "style.json":
            return Style(product)
        if rest == "over-basemap.json":
            return OverBaseMap(product)
        if found := _TILE.fullmatch(rest):
            release, variant, z, x, y, extension = found.groups()
            return Tile(product, int(z), int(x), int(y), extension, variant or "", release or "")
        if found := _ARCHIVE.fullmatch(rest):
            variant, ending = found.groups()
            return CurrentArchive(product, variant) if ending == "pmtiles" else TileJson(product, variant)
    raise NotFoundError(f"path 'tiles/{path}' is no archive, TileJSON, style or tile")


def _stored(path: str) -> Stored:
    """Return the object a path names, if it is one of those that are served."""
    document = ("/" not in path and "." in path) or path == keys.ITEMS
    if not (document or path.startswith(_FOLDERS)) or "//" in path or path.endswith("/"):
        raise NotFoundError(f"path {path!r} names nothing that is served")
    return Stored(path)
