"""What clients of today's interface ask for: WMTS as key-value pairs and RESTful, and the short DataServer. Pure.

Sources: OGC 07-057r7 (WMTS 1.0.0) §8 (KVP) and §10 (RESTful); tianditu.md §1.1 for what clients really send: names of
parameters in any case, no STYLE, the literal `FORMAT=tiles`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import parse_qsl, quote, urlencode

from tianlake.lake.errors import NotFoundError
from tianlake.lake.matrix_sets import HIGHEST, MATRIX_SETS
from tianlake.lake.plain import LAYER_NAME

Family = Literal["any", "image", "vector"]
"""What a client can take: whatever the layer has, pictures only, vector tiles only."""


@dataclass(frozen=True, slots=True)
class LayerTile:
    """One tile of a layer: `/vec_w/wmts?…`, `/vec_w/wmts/1.0.0/…`, `/DataServer?T=vec_w&…`.

    It lies within its matrix set; whether the node has such a layer, its settings say.
    """

    layer: str
    letter: str
    """Of the matrix set: `w` or `c`."""
    z: int
    x: int
    y: int
    format: str = ""
    """As the client calls it, lower-case: `image/png`, `tiles`, the ending of a RESTful path."""

    @property
    def family(self) -> Family:
        """What the client can take."""
        return _FORMATS.get(self.format, "image")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The WMTS document of one layer in one matrix set, or of the whole node."""

    address: str
    """Path of the service below the node's root: `vec_w/wmts`, `vec_w/esri/wmts`, `wmts`."""
    layer: str | None = None
    letter: str | None = None
    carried: str = field(default="", repr=False)
    """Query of the request's credentials, `tk=…` or `tk=…&sk=…`, percent-encoded: the document's addresses carry it on.
    A signature is not among them, as it is good for one address."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A request whose parameters say nothing that could be served; answered after admission, with what is wrong."""

    parameter: str
    """Name as the standard spells it: `TILEMATRIX`."""
    seen: str | None
    """The value, shortened; None where the parameter is missing."""
    allowed: tuple[str, ...]
    """Values that would do, or what they are like."""
    layer: str | None = None


Asked = LayerTile | Capabilities | Malformed

_ADDRESS: Final = re.compile(rf"((?:({LAYER_NAME.pattern})_([wc])/(?:esri/)?)?wmts)(?:/(.*))?")
"""The service of one layer in one matrix set (`esri/` for ArcGIS; the same here), or of the whole node."""

_LAYER_AND_SET: Final = re.compile(rf"({LAYER_NAME.pattern})_([wc])")
_DOCUMENT: Final = "1.0.0/WMTSCapabilities.xml"
_NUMBER: Final = r"(0|[1-9][0-9]{0,8})"
_RESOURCE: Final = re.compile(
    rf"1\.0\.0/({LAYER_NAME.pattern})/default/([wc])/(0|[1-9][0-9]?)/{_NUMBER}/{_NUMBER}\.([a-z]{{3,4}})"
)
"""OGC 07-057r7 §10.2, in the order of its example: layer, style, matrix set, matrix, row, column."""

_EXTENSIONS: Final[dict[str, Family]] = {
    "png": "image",
    "jpg": "image",
    "jpeg": "image",
    "webp": "image",
    "mvt": "vector",
    "pbf": "vector",
}
_FORMATS: Final[dict[str, Family]] = {
    **_EXTENSIONS,
    "": "any",
    "tiles": "any",
    "tile": "any",
    "application/vnd.mapbox-vector-tile": "vector",
    "application/x-protobuf": "vector",
}
_ALLOWED_FORMATS: Final = ("tiles", "image/*", "application/vnd.mapbox-vector-tile")

_MOST: Final = 100
"""Parameters that are looked at, characters of a value that are shown, and of a key that is carried on."""
_TILE_PARAMETERS: Final = ("TILEMATRIX", "TILEROW", "TILECOL")


class _WrongError(Exception):
    """Carries what is wrong out of the helpers below."""

    def __init__(self, parameter: str, seen: str | None, *allowed: str) -> None:
        super().__init__(parameter)
        self.parameter, self.seen, self.allowed = parameter, seen, allowed


class _Parameters:
    """Parameters of a query by upper-case name."""

    def __init__(self, raw_query: bytes) -> None:
        self._values: dict[str, list[str]] = {}
        try:
            pairs = parse_qsl(raw_query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST)
        except ValueError:
            raise _WrongError("query", None, f"at most {_MOST} parameters") from None
        for name, value in pairs:
            self._values.setdefault(name.strip().upper(), []).append(value.strip())

    def carried(self) -> str:
        """Return the query of the credentials that are sent, if they could be some; a second secret only with a key."""
        found = {name: next(filter(None, self._values.get(name.upper(), ())), "") for name in ("tk", "sk")}
        fitting = {name: value for name, value in found.items() if 0 < len(value) <= _MOST and value.isprintable()}
        return urlencode(fitting, quote_via=quote) if "tk" in fitting else ""

    def has(self, *names: str) -> bool:
        return any(name in self._values for name in names)

    def one(self, name: str) -> str:
        """Return the value, empty where there is none; an empty one is none, and the same one twice is one."""
        values = {value for value in self._values.get(name, ()) if value}
        if len(values) > 1:
            raise _WrongError(name, ", ".join(sorted(values)), "one value")
        return next(iter(values), "")

    def choice(self, name: str, *allowed: str, default: str | None = None) -> str:
        """Return which of `allowed` the value is, in any case."""
        value = self.one(name) or default
        for each in allowed:
            if value is not None and value.lower() == each.lower():
                return each
        raise _WrongError(name, value if name in self._values else None, *allowed)

    def number(self, name: str) -> int:
        value = self.one(name)
        if not re.fullmatch(r"-?[0-9]{1,10}", value):
            raise _WrongError(name, value if name in self._values else None, "an integer")
        return int(value)


def carried_by(raw_query: bytes) -> str:
    """Return the query of the credentials that a request shows, for documents whose addresses carry it on."""
    try:
        return _Parameters(raw_query).carried()
    except _WrongError:
        return ""


def asked(path: str, raw_query: bytes) -> Asked | None:
    """Return what a decoded path below a node's root, without its first `/`, and a query ask for.

    Returns:
        None where the path is none of today's interface.

    Raises:
        NotFoundError: The tile lies outside its matrix set, or the RESTful path is none. Nothing needs to be read to
            say so: OpenLayers asks for columns beyond the matrix.
    """
    service = _ADDRESS.fullmatch(path)
    if path != "DataServer" and service is None:
        return None
    layer = service[2] if service else None
    try:
        if service is None:
            found = _LAYER_AND_SET.fullmatch((query := _Parameters(raw_query)).one("T"))
            layer = found[1] if found else None
            return _data_server(query)
        if service[4] is not None:
            return _restful(service, raw_query)
        return _pairs(service, _Parameters(raw_query))
    except _WrongError as wrong:
        seen = wrong.seen[:_MOST] if wrong.seen is not None else None
        return Malformed(wrong.parameter, seen, wrong.allowed, layer)


def _data_server(query: _Parameters) -> LayerTile:
    found = _LAYER_AND_SET.fullmatch(value := query.one("T"))
    if found is None:
        raise _WrongError("T", value if query.has("T") else None, "<layer>_w", "<layer>_c")
    return _within(LayerTile(found[1], found[2], query.number("L"), query.number("X"), query.number("Y")))


def _restful(service: re.Match[str], raw_query: bytes) -> Asked:
    if service[4] == _DOCUMENT:
        return Capabilities(service[1], service[2], service[3], _Parameters(raw_query).carried())
    found = _RESOURCE.fullmatch(service[4])
    if found is None or found[6] not in _EXTENSIONS or not _same(service, found[1], found[2]):
        raise NotFoundError(f"path {service[0]!r} is neither a WMTS document nor a tile")
    z, row, column = (int(part) for part in found.group(3, 4, 5))
    return _within(LayerTile(found[1], found[2], z, column, row, found[6]))


def _same(service: re.Match[str], layer: str, letter: str) -> bool:
    return service[2] is None or (service[2], service[3]) == (layer, letter)


def _pairs(service: re.Match[str], query: _Parameters) -> Asked:
    query.choice("SERVICE", "WMTS", default="WMTS")
    address_alone = not query.has("REQUEST", *_TILE_PARAMETERS)
    document = "GetCapabilities" if address_alone else None  # an address that somebody pastes is that of the service
    if query.choice("REQUEST", "GetTile", "GetCapabilities", default=document) == "GetCapabilities":
        return Capabilities(service[1], service[2], service[3], query.carried())
    query.choice("VERSION", "1.0.0", default="1.0.0")
    query.choice("STYLE", "default", default="default")
    layer, letter = _which(service, query)
    z, row, column = (query.number(name) for name in _TILE_PARAMETERS)
    return _within(LayerTile(layer, letter, z, column, row, _format(query)))


def _which(service: re.Match[str], query: _Parameters) -> tuple[str, str]:
    """Return layer and matrix set: those of the path, which the parameters may repeat and must not contradict."""
    if service[2]:
        layer = query.choice("LAYER", service[2], default=service[2])
        return layer, query.choice("TILEMATRIXSET", service[3], default=service[3])
    layer = query.one("LAYER")
    if not LAYER_NAME.fullmatch(layer):
        raise _WrongError("LAYER", layer if query.has("LAYER") else None, "a layer of this node's GetCapabilities")
    return layer, query.choice("TILEMATRIXSET", *MATRIX_SETS)


def _format(query: _Parameters) -> str:
    value = query.one("FORMAT").partition(";")[0].strip().lower()
    if value in _FORMATS or value.startswith("image/"):
        return value
    raise _WrongError("FORMAT", value, *_ALLOWED_FORMATS)


def _within(tile: LayerTile) -> LayerTile:
    """Return the tile if its matrix set has such a one."""
    matrix_set = MATRIX_SETS[tile.letter]
    if matrix_set.lowest <= tile.z <= HIGHEST:
        columns, rows = matrix_set.size(tile.z)
        if 0 <= tile.x < columns and 0 <= tile.y < rows:
            return tile
    raise NotFoundError(f"matrix set {tile.letter!r} has no tile {tile.z}/{tile.x}/{tile.y}")
