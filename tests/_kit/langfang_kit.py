"""A small node with a product of every kind that a map shows, one of them in two releases that differ."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas
import pandas as pd
import rasterio
from every_class_kit import NODE, write_workspace
from gate_kit import Open
from portal_kit import BASEMAP, NOTICE
from shapely.affinity import translate
from trail_kit import Notes

from tianlake.build.candidates import BuildOptions, build
from tianlake.build.job import Base, silent
from tianlake.lake import keys
from tianlake.lake.derived import Desk
from tianlake.lake.describe import Document
from tianlake.lake.nodes import NodeCard, NodeLink, NodeName, NodeSettings, Organisation
from tianlake.lake.publishing import publish, seal
from tianlake.lake.recipes import Recipe
from tianlake.lake.store.directory import DirectoryStore
from tianlake.lake.workspace import Workspace, find_workspace
from tianlake.portal import portal_files
from tianlake.stac import StacDescriber

PRODUCTS: Final = ("divisions", "scenes", "relief", "buildings", "hill", "snow")
SNOW: Final = """
id = "snow"
class = "theme"
kind = "raster"
license = "CC0-1.0"
attribution = "积雪：测试数据"
title = { zh = "积雪深度", en = "Snow depth" }
description = { zh = "测试用的数量栅格。", en = "A raster of amounts, for tests." }
period = { start = "2025-01-01" }

[[sources]]
path = "sources/snow.tif"

[tiles]
max_zoom = 7
"""
"""Amounts in centimetres."""

RENAMED: Final = "固安县（新名）"
REMOVED: Final = "文安县"
ADDED: Final = "新设县"
MOVED: Final = "永清县"
"""What the second release of the divisions does to counties of the first."""


@dataclass(frozen=True, slots=True)
class CityLake:
    """The published node."""

    root: Path
    """The folder that the folders of nodes lie in."""
    older: str
    """Id of the first release of the divisions."""
    newer: str
    """Id of the current one."""

    def file(self, product: str, name: str, release: str | None = None) -> Path:
        """Return a file of a release, the current one where none is named."""
        folder = self.root / NODE / "releases" / product
        return folder / (release or max(each.name for each in folder.iterdir())) / name


def build_langfang(root: Path, workspace: Path) -> CityLake:
    """Publish the node into `root/<code>/`."""
    write_workspace(workspace)
    (workspace / f"nodes/{NODE}/products/snow.toml").write_text(SNOW, encoding="utf-8")
    _write_snow(workspace / "sources")
    found, desk = find_workspace(workspace), _desk(root)
    for product in PRODUCTS:
        _publish(desk, found, found.recipe(NODE, product), None)
    first = _release(root)
    _change(workspace / "sources/counties.gpkg")
    table = root / NODE / keys.release_file("divisions", first, "divisions.parquet")
    _publish(desk, found, found.recipe(NODE, "divisions"), Base(first, table))
    return CityLake(root, first, _release(root))


def _desk(root: Path) -> Desk:
    name = NodeName(NODE, "city", "廊坊市", "廊坊市地理信息公共服务平台", "天地图·廊坊", "156130000")
    parent = NodeLink("156130000", "河北省地理信息公共服务平台", "天地图·河北", "../156130000/")
    operator = Organisation("测试运行维护单位 Test operator", email="test@example.org")
    settings = NodeSettings(NODE, operator, Organisation("测试主管部门 Test authority"), notice=NOTICE)
    card = NodeCard(name, settings, parent, (), BASEMAP)
    extras = {file.name: Document(file.body, file.media_type) for file in portal_files()}
    return Desk(card, DirectoryStore(root / NODE), StacDescriber(), Notes(), Open(), extras)


def _publish(desk: Desk, workspace: Workspace, recipe: Recipe, base: Base | None) -> None:
    options = BuildOptions(workspace.state, published=lambda _node, _product, _folder: base)
    folder, _rebuilt = build(recipe, NODE, workspace.root, options, silent)
    assert publish(desk, seal(folder.candidate, folder.path, desk.node, desk.describer))


def _release(root: Path) -> str:
    releases = (root / NODE / "releases/divisions").iterdir()
    return max(each.name for each in releases)


def _write_snow(sources: Path) -> None:
    """Write the heights again as amounts with a unit."""
    with rasterio.open(sources / "relief.tif") as relief:
        profile, data = relief.profile, relief.read(1)
    with rasterio.open(sources / "snow.tif", "w", **profile) as snow:
        snow.write(data, 1)
        snow.set_band_unit(1, "cm")


def _change(counties: Path) -> None:
    frame = geopandas.read_file(counties)
    named = frame.name == MOVED
    frame.loc[named, "geometry"] = frame.loc[named, "geometry"].map(lambda shape: translate(shape, 0.05, 0))
    frame.loc[frame.name == "固安县", "name"] = RENAMED
    new = frame[frame.name == REMOVED].assign(name=ADDED, gb="156131099")
    kept = frame[frame.name != REMOVED]
    assert len(new) == 1
    pd.concat([kept, new.assign(geometry=new.geometry.scale(0.5, 0.5))]).to_file(counties)
