"""The GetCapabilities document of WMTS 1.0.0 (OGC 07-057r7 §7.1). Pure.

What today's documents have wrong is right here (tianditu.md §1.2): scale denominators by the pixel of 0.28 mm, corners
in the order of the CRS's axes, EPSG:3857, addresses that carry the key, RESTful templates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from tianlake.lake.facts import TileFacts
from tianlake.lake.matrix_sets import MATRIX_SETS, METRES_PER_DEGREE, MatrixSet
from tianlake.lake.tilejson import EXTENSIONS, unwrapped
from tianlake.lake.words import Bounds

MEDIA_TYPE: Final = "application/xml"
MEDIA_TYPES: Final = {
    "mvt": "application/vnd.mapbox-vector-tile",
    "png": "image/png",
    "webp": "image/webp",
    "jpeg": "image/jpeg",
}

_SPACES: Final = {
    "xmlns": "http://www.opengis.net/wmts/1.0",
    "xmlns:ows": "http://www.opengis.net/ows/1.1",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": "http://www.opengis.net/wmts/1.0 http://schemas.opengis.net/wmts/1.0/wmtsGetCapabilities_response.xsd",
}
_MERCATOR_NORTH: Final = 85.05112877980659
"""Degrees: where the square of web mercator ends, atan(sinh(π))."""

_LOWEST: Final = 1
"""Today's clients count from level 1; a level 0 is served, and listed only where there is no other."""


@dataclass(frozen=True, slots=True)
class Service:
    """Who offers layers, and where."""

    title: str
    operator: str
    operator_url: str
    address: str
    """Absolute URL of the service: `http://host/156000000/vec_w/wmts`."""
    carried: str
    """Query of the client's credentials, which all addresses carry; empty for none."""

    def url(self, suffix: str) -> str:
        """Return an address below the service, with the credentials."""
        return f"{self.address}{suffix}" + (f"?{self.carried}" if self.carried else "")

    @property
    def pairs(self) -> str:
        """The address that parameters are added to (07-057r7 §8: it ends in `?` or `&`)."""
        return f"{self.url('')}&" if self.carried else f"{self.address}?"


@dataclass(frozen=True, slots=True)
class Offer:
    """A layer as the document lists it."""

    name: str
    title: str
    abstract: str
    archives: Mapping[str, TileFacts]
    """By the letter of their matrix set; at least one."""


def capabilities(service: Service, offers: Iterable[Offer]) -> bytes:
    """Return the document, in UTF-8."""
    listed = list(offers)
    root = ET.Element("Capabilities", {**_SPACES, "version": "1.0.0"})
    _service(root, service)
    contents = ET.SubElement(root, "Contents")
    for offer in listed:
        _layer(contents, offer, service)
    for letter, matrix_set in MATRIX_SETS.items():
        tops = [levels(offer.archives[letter]) for offer in listed if letter in offer.archives]
        if tops:
            _matrix_set(contents, matrix_set, range(min(each[0] for each in tops), max(each[-1] for each in tops) + 1))
    document = service.url("/1.0.0/WMTSCapabilities.xml")
    ET.SubElement(root, "ServiceMetadataURL", {"xlink:href": document})
    ET.indent(root)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def levels(tiles: TileFacts) -> range:
    """Return the levels of an archive that clients are told of."""
    return range(max(tiles.min_zoom, min(_LOWEST, tiles.max_zoom)), tiles.max_zoom + 1)


def limits(box: Bounds, matrix_set: MatrixSet, zoom: int) -> tuple[int, int, int, int]:
    """Return the first and last row and the first and last column of a level that a box reaches.

    A box over the antimeridian reaches all columns.
    """
    west, south, east, north = unwrapped(box)
    columns, rows = matrix_set.size(zoom)
    tile = matrix_set.span / (1 << zoom)
    left, right = (_easting(lon, matrix_set) for lon in (west, east))
    top, bottom = (_northing(lat, matrix_set) for lat in (north, south))
    first_row, last_row = _reach((matrix_set.top - top) / tile, (matrix_set.top - bottom) / tile, rows)
    first_column, last_column = _reach((left - matrix_set.left) / tile, (right - matrix_set.left) / tile, columns)
    return first_row, last_row, first_column, last_column


def _reach(first: float, last: float, count: int) -> tuple[int, int]:
    start = min(max(math.floor(first), 0), count - 1)
    return start, min(max(math.ceil(last) - 1, start), count - 1)


def _easting(lon: float, matrix_set: MatrixSet) -> float:
    return lon if matrix_set.north_first else lon * METRES_PER_DEGREE


def _northing(lat: float, matrix_set: MatrixSet) -> float:
    if matrix_set.north_first:
        return lat
    held = math.radians(max(-_MERCATOR_NORTH, min(lat, _MERCATOR_NORTH)))
    return math.degrees(math.asinh(math.tan(held))) * METRES_PER_DEGREE


def _text(parent: ET.Element, tag: str, value: object) -> None:
    """Add an element with a text of characters that XML can hold (XML 1.0 §2.2)."""
    text = "".join(each for each in str(value) if each.isprintable() or each == "\n")
    ET.SubElement(parent, tag).text = text


def _service(root: ET.Element, service: Service) -> None:
    identification = ET.SubElement(root, "ows:ServiceIdentification")
    _text(identification, "ows:Title", service.title)
    _text(identification, "ows:ServiceType", "OGC WMTS")
    _text(identification, "ows:ServiceTypeVersion", "1.0.0")
    provider = ET.SubElement(root, "ows:ServiceProvider")
    _text(provider, "ows:ProviderName", service.operator)
    if service.operator_url:
        ET.SubElement(provider, "ows:ProviderSite", {"xlink:href": service.operator_url})
    ET.SubElement(provider, "ows:ServiceContact")
    operations = ET.SubElement(root, "ows:OperationsMetadata")
    _operation(operations, "GetCapabilities", service.pairs, service.url("/1.0.0/WMTSCapabilities.xml"))
    _operation(operations, "GetTile", service.pairs, service.url("/1.0.0/"))


def _operation(parent: ET.Element, name: str, pairs: str, restful: str) -> None:
    http = ET.SubElement(ET.SubElement(ET.SubElement(parent, "ows:Operation", {"name": name}), "ows:DCP"), "ows:HTTP")
    for encoding, href in (("KVP", pairs), ("RESTful", restful)):
        get = ET.SubElement(http, "ows:Get", {"xlink:href": href})
        allowed = ET.SubElement(ET.SubElement(get, "ows:Constraint", {"name": "GetEncoding"}), "ows:AllowedValues")
        _text(allowed, "ows:Value", encoding)


def _layer(parent: ET.Element, offer: Offer, service: Service) -> None:
    layer = ET.SubElement(parent, "Layer")
    _text(layer, "ows:Title", offer.title)
    _text(layer, "ows:Abstract", offer.abstract)
    west, south, east, north = unwrapped(next(iter(offer.archives.values())).bounds)
    box = ET.SubElement(layer, "ows:WGS84BoundingBox")
    _text(box, "ows:LowerCorner", f"{west} {south}")
    _text(box, "ows:UpperCorner", f"{east} {north}")
    _text(layer, "ows:Identifier", offer.name)
    style = ET.SubElement(layer, "Style", {"isDefault": "true"})
    _text(style, "ows:Identifier", "default")
    types = list(dict.fromkeys(facts.tile_type for facts in offer.archives.values()))
    for each in types:
        _text(layer, "Format", MEDIA_TYPES[each])
    for letter, facts in offer.archives.items():
        _link(layer, letter, facts)
    for each in types:
        path = (
            f"/1.0.0/{offer.name}/default/{{TileMatrixSet}}/{{TileMatrix}}/{{TileRow}}/{{TileCol}}.{EXTENSIONS[each]}"
        )
        about = {"format": MEDIA_TYPES[each], "resourceType": "tile", "template": service.url(path)}
        ET.SubElement(layer, "ResourceURL", about)


def _link(parent: ET.Element, letter: str, facts: TileFacts) -> None:
    link = ET.SubElement(parent, "TileMatrixSetLink")
    _text(link, "TileMatrixSet", letter)
    group = ET.SubElement(link, "TileMatrixSetLimits")
    for zoom in levels(facts):
        each = ET.SubElement(group, "TileMatrixLimits")
        _text(each, "TileMatrix", zoom)
        names = ("MinTileRow", "MaxTileRow", "MinTileCol", "MaxTileCol")
        for name, value in zip(names, limits(facts.bounds, MATRIX_SETS[letter], zoom), strict=True):
            _text(each, name, value)


def _matrix_set(parent: ET.Element, matrix_set: MatrixSet, zooms: range) -> None:
    element = ET.SubElement(parent, "TileMatrixSet")
    _text(element, "ows:Identifier", matrix_set.letter)
    _text(element, "ows:SupportedCRS", f"urn:ogc:def:crs:EPSG::{matrix_set.epsg}")
    if "wellKnownScaleSet" in matrix_set.registered:
        _text(element, "WellKnownScaleSet", "urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible")
    by_level = {int(each["id"]): each for each in matrix_set.document()["tileMatrices"]}
    for zoom in zooms:
        matrix = by_level[zoom]
        each = ET.SubElement(element, "TileMatrix")
        _text(each, "ows:Identifier", zoom)
        _text(each, "ScaleDenominator", matrix["scaleDenominator"])
        _text(each, "TopLeftCorner", " ".join(str(float(value)) for value in matrix["pointOfOrigin"]))
        _text(each, "TileWidth", matrix["tileWidth"])
        _text(each, "TileHeight", matrix["tileHeight"])
        _text(each, "MatrixWidth", matrix["matrixWidth"])
        _text(each, "MatrixHeight", matrix["matrixHeight"])
