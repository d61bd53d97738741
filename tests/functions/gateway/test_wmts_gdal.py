"""GDAL reads the layers of today's clients through its WMTS driver, to the pixel."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import rasterio
from gateway_kit import KEY, NODE
from issue_kit import issue
from layers_kit import FACTS, Tiles, covered, lake, pixels
from rasterio.transform import from_origin
from server_kit import running, write

from tianlake.lake.matrix_sets import MATRIX_SETS


@dataclass
class Served:
    url: str
    tiles: dict[str, Tiles]
    refused: list[str] = field(default_factory=list)
    """Addresses that came without the key."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A gateway behind a door that lets in only requests with the key."""
    base = tmp_path_factory.mktemp("workspace")
    objects, tiles = lake(base)
    write(base / "lake" / NODE, objects)
    issue(base)
    with running(base, [NODE], trust_forwarded=True) as server:
        refused: list[str] = []

        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if parse_qs(urlsplit(self.path).query).get("tk") != [KEY]:
                    refused.append(self.path)
                    self.send_error(401)
                    return
                request = urllib.request.Request(f"{server.url}{self.path}", headers={"Host": self.headers["Host"]})
                try:
                    with urllib.request.urlopen(request) as answer:
                        body, status = answer.read(), answer.status
                except urllib.error.HTTPError as error:
                    body, status = error.read(), error.code
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_anything: object) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Door) as door:
            threading.Thread(target=door.serve_forever, daemon=True).start()
            yield Served(f"http://127.0.0.1:{door.server_port}", dict(tiles), refused)
            door.shutdown()


@pytest.fixture
def gdal(tmp_path: Path) -> Iterator[None]:
    """Let GDAL keep tiles of this test apart."""
    with rasterio.Env(GDAL_DEFAULT_WMS_CACHE_PATH=str(tmp_path)):
        yield


@pytest.mark.usefixtures("gdal")
@pytest.mark.parametrize(
    ("address", "letter", "archive"),
    [
        (f"img_w/wmts?tk={KEY}", "w", "imagery.pmtiles"),
        (f"img_c/wmts?tk={KEY}", "c", "imagery-c.pmtiles"),
        (f"vec_w/esri/wmts?tk={KEY}", "w", "places-map.pmtiles"),
        (f"vec_c/wmts/1.0.0/WMTSCapabilities.xml?tk={KEY}", "c", "places-map-c.pmtiles"),
        (f"wmts?tk={KEY},layer=vec,tilematrixset=c", "c", "places-map-c.pmtiles"),
    ],
)
def test_gdal_reads_the_pixels_of_the_archive(served, address, letter, archive):
    matrix_set, level = MATRIX_SETS[letter], FACTS[archive].max_zoom
    with rasterio.open(f"WMTS:{served.url}/{address}") as there:
        assert there.crs.to_epsg() == matrix_set.epsg
        assert there.transform.a == pytest.approx(matrix_set.span / 256 / 2**level, rel=1e-9)
        read = there.read()[:3].astype(int)
        transform, shape = there.transform, there.shape
    spots = covered(matrix_set, level)
    first = min(x for x, _y in spots), min(y for _x, y in spots)
    tile = matrix_set.span / 2**level
    origin = from_origin(matrix_set.left + first[0] * tile, matrix_set.top - first[1] * tile, tile / 256, tile / 256)
    size = [256 * len({spot[axis] for spot in spots}) for axis in (1, 0)]
    whole = np.zeros((3, *size), int)
    for x, y in spots:
        row, column = 256 * (y - first[1]), 256 * (x - first[0])
        whole[:, row : row + 256, column : column + 256] = pixels(served.tiles[archive][level, x, y])
    column, row = (round(each) for each in ~origin @ (transform.c, transform.f))
    assert np.array_equal(read, whole[:, row : row + shape[0], column : column + shape[1]])
    assert served.refused == []
    assert len(np.unique(read.reshape(3, -1), axis=1).T) > len(spots)
