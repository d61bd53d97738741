"""GetCapabilities as OWSLib reads it, against the numbers that the standard and today's tables have."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import morecantile
import pytest
from gateway_kit import CITY, KEY, NODE, ONE_KEY, RELEASE_1, MemoryReader, ask, gateway, pointer
from layers_kit import BOX, TOP, covered, lake
from owslib.wmts import WebMapTileService

from tianlake.functions.gateway.app import create_app
from tianlake.functions.gateway.wmts_capabilities import limits
from tianlake.lake.matrix_sets import CGCS2000, MATRIX_SETS, WEB_MERCATOR
from tianlake.lake.words import Bounds

HOST = "http://lake.test:8765"
WMTS = "{http://www.opengis.net/wmts/1.0}"
OWS = "{http://www.opengis.net/ows/1.1}"
HREF = "{http://www.w3.org/1999/xlink}href"


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    return lake(tmp_path_factory.mktemp("layers"))[0]


@pytest.fixture
def app(objects):
    return gateway(MemoryReader(objects))


def read(app, address):
    answer = ask(app, address)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/xml")
    return WebMapTileService(f"{HOST}{address}", xml=answer.body)


@pytest.mark.parametrize(("layer", "letter", "epsg"), [("img", "w", 3857), ("img", "c", 4490), ("vec", "c", 4490)])
def test_the_document_of_a_layer_says_what_its_tiles_are(app, layer, letter, epsg):
    service = read(app, f"/{layer}_{letter}/wmts?SERVICE=WMTS&REQUEST=GetCapabilities")
    assert (service.identification.type, service.identification.version) == ("OGC WMTS", "1.0.0")
    assert service.identification.title == "河北省地理信息公共服务平台"
    assert (service.provider.name, service.provider.url) == ("示例中心 & <Centre>", "https://example.org/?a=1&b=2")
    assert list(service.contents) == [layer]
    assert list(service.tilematrixsets) == [letter]
    assert service.tilematrixsets[letter].crs == f"urn:ogc:def:crs:EPSG::{epsg}"
    found = service.contents[layer]
    assert found.boundingBoxWGS84 == (BOX.west, BOX.south, BOX.east, BOX.north)
    assert found.formats == ["image/jpeg" if layer == "img" else "image/png"]
    assert found.styles == {"default": {"isDefault": True}}
    assert found.title == {"img": "影像 Imagery", "vec": "地名 Places"}[layer]
    links = found.tilematrixsetlinks[letter].tilematrixlimits
    assert list(links) == list(service.tilematrixsets[letter].tilematrix) == ["1", "2", "3", "4"]
    for level, said in links.items():
        spots = covered(MATRIX_SETS[letter], int(level))
        columns, rows = ({spot[axis] for spot in spots} for axis in (0, 1))
        assert (said.mintilecol, said.maxtilecol) == (min(columns), max(columns))
        assert (said.mintilerow, said.maxtilerow) == (min(rows), max(rows))


def test_scales_corners_and_sizes_are_those_of_the_standard(app):
    """Denominators of tianditu.md §1.2, column `OGC`; corners in the order of the CRS's axes."""
    sets = read(app, "/wmts").tilematrixsets
    for letter, corner, height in (("w", (-20037508.342789244, 20037508.342789244), 16), ("c", (90.0, -180.0), 8)):
        matrices = sets[letter].tilematrix
        assert matrices["1"].scaledenominator == pytest.approx(279541132.014, abs=0.001)
        assert matrices["4"].scaledenominator == pytest.approx(279541132.014 / 8, abs=0.001)
        assert {each.topleftcorner for each in matrices.values()} == {corner}
        assert {(each.tilewidth, each.tileheight) for each in matrices.values()} == {(256, 256)}
        assert (matrices["4"].matrixwidth, matrices["4"].matrixheight) == (16, height)
    quad = morecantile.tms.get("WebMercatorQuad")
    for level, matrix in sets["w"].tilematrix.items():
        assert matrix.scaledenominator == pytest.approx(quad.matrix(int(level)).scaleDenominator, rel=1e-9)


def test_the_document_of_a_node_lists_every_layer_that_can_be_drawn(app):
    service = read(app, "/wmts?SERVICE=WMTS&REQUEST=GetCapabilities")
    sets = {name: list(layer.tilematrixsetlinks) for name, layer in service.contents.items()}
    assert sets == {"img": ["w", "c"], "vec": ["w", "c"], "ter": ["w"], "terrain-rgb": ["w"], "vts": ["w"]}
    assert service.contents["vts"].formats == ["application/vnd.mapbox-vector-tile"]
    assert list(service.contents["ter"].tilematrixsetlinks["w"].tilematrixlimits) == ["1", "2"]


def addresses(body):
    """Return all addresses of a document that are its own."""
    root = ET.fromstring(body)
    said = [each.attrib[HREF] for each in root.iter() if HREF in each.attrib]
    said += [each.attrib["template"] for each in root.iter(f"{WMTS}ResourceURL")]
    return [each for each in said if not each.startswith("https://example.org")]


@pytest.mark.parametrize("service", ["img_w/wmts", "img_c/esri/wmts", "wmts"])
@pytest.mark.parametrize("form", ["?REQUEST=GetCapabilities", "/1.0.0/WMTSCapabilities.xml?"])
@pytest.mark.parametrize("prefix", ["", f"/{CITY}"])
def test_every_address_is_that_of_the_service_and_carries_the_key(objects, service, form, prefix):
    app = create_app({NODE: MemoryReader(objects), CITY: MemoryReader(objects)}, NODE, ONE_KEY)
    plain, own = ask(app, f"{prefix}/{service}{form}"), ask(app, f"{prefix}/{service}{form}&Tk={KEY}")
    assert plain.headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert own.headers["cache-control"] == "private, no-store"
    assert KEY.encode() not in plain.body
    assert len(addresses(own.body)) == len(addresses(plain.body)) > 5
    for address in addresses(plain.body):
        assert address.startswith(f"{HOST}{prefix}/{service}")
        assert "tk" not in address
    for address in addresses(own.body):
        assert address.startswith(f"{HOST}{prefix}/{service}")
        assert f"?tk={KEY}" in address


def test_what_is_carried_of_a_key_is_only_a_value(app):
    odd = "a%26b%3D%22%3E%3Cx"
    body = ask(app, f"/img_w/wmts?sk=b&tk={odd}").body
    assert all(f"?tk={odd}&sk=b" in address for address in addresses(body))
    assert b"signature" not in ask(app, "/img_w/wmts?tk=a&signature=b&expires=1").body


def test_addresses_of_the_document_bring_tiles(app):
    root = ET.fromstring(ask(app, f"/img_c/wmts?tk={KEY}").body)
    [template] = [each.attrib["template"] for each in root.iter(f"{WMTS}ResourceURL")]
    values = {"{TileMatrixSet}": "c", "{TileMatrix}": "4", "{TileRow}": "2", "{TileCol}": "13"}
    for name, value in values.items():
        template = template.replace(name, value)
    [pairs, _restful] = [each.attrib[HREF] for each in root.iter(f"{OWS}Get")][2:]
    kvp = "SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=img&STYLE=default&FORMAT=image/jpeg&TILEMATRIXSET=c"
    bodies = {
        ask(app, address.removeprefix(HOST)).body
        for address in (template, f"{pairs}{kvp}&TILEMATRIX=4&TILEROW=2&TILECOL=13")
    }
    assert len(bodies) == 1
    assert bodies.pop().startswith(b"\xff\xd8")


def test_a_document_is_revalidated_by_its_content_and_a_host_that_is_none_is_refused(app, objects):
    tag = ask(app, "/wmts").headers["etag"]
    assert ask(app, "/wmts", if_none_match=tag).status == 304
    assert ask(app, "/wmts", if_none_match=tag, host="other.test").status == 200
    assert ask(app, "/wmts", host="evil.test/x").document["code"] == "bad-host"
    gone = {key: body for key, body in objects.items() if key not in pointer(RELEASE_1, "imagery")}
    assert ask(gateway(MemoryReader(gone)), "/wmts", if_none_match=tag).status == 200


@pytest.mark.parametrize("zoom", [1, 5, 9, 18])
@pytest.mark.parametrize(
    "box", [BOX, Bounds(-180, -90, 180, 90), Bounds(113.5, 36.05, 113.5, 36.05), Bounds(0, 0, 45, 45)]
)
def test_limits_are_those_of_an_independent_reader(box, zoom):
    quad = morecantile.tms.get("WebMercatorQuad")
    epsilon = 1e-9
    first = quad.tile(box.west, min(box.north - epsilon, 85.0511287), zoom)
    last = quad.tile(box.east - epsilon, max(box.south + epsilon, -85.0511287), zoom)
    found = limits(box, WEB_MERCATOR, zoom)
    if box.west != box.east:
        assert found == (first.y, last.y, first.x, last.x)
    assert found[0] <= found[1]
    assert found[2] <= found[3]


@pytest.mark.parametrize(
    ("box", "zoom", "wanted"),
    [
        (Bounds(-180, -90, 180, 90), 1, (0, 0, 0, 1)),
        (Bounds(-180, -90, 180, 90), 3, (0, 3, 0, 7)),
        (Bounds(170, -10, -170, 10), 3, (1, 2, 0, 7)),  # over the antimeridian
        (Bounds(90, 0, 135, 45), 3, (1, 1, 6, 6)),  # edges of tiles
        (Bounds(116.39, 39.9, 116.4, 39.91), TOP, (2, 2, 13, 13)),
    ],
)
def test_limits_in_degrees(box, zoom, wanted):
    assert limits(box, CGCS2000, zoom) == wanted
