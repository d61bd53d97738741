"""`tianlake demo`: three nodes from real data, built, published, served."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

import click

from tianlake.cli.commands._options import as_json
from tianlake.cli.commands.build import build_all
from tianlake.cli.commands.federate import federate_all
from tianlake.cli.commands.node_tree import enter
from tianlake.cli.commands.publish import publish_all
from tianlake.cli.commands.serve import Listening, serve_node
from tianlake.cli.demo_account import demo_key
from tianlake.cli.demo_sources import place_sources
from tianlake.cli.output import emit, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError
from tianlake.lake.workspace import SETTINGS
from tianlake.stac.federation import Limit


@click.command(
    help=say("演示：国家、河北省、廊坊市三级节点", "Three nodes from real data: build, publish, serve."),
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tianlake-demo"),
    show_default=True,
    help=say("演示工作区", "The demo's workspace."),
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".data"),
    show_default=True,
    help=say("演示数据包所在目录", "Where the demo's data packages are installed."),
)
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8765, show_default=True, help=say("端口", "Port to serve on.")
)
@click.option("--jobs", type=click.IntRange(1), default=None, help=say("并行进程数", "Processes to use."))
@click.option("--no-serve", is_flag=True, help=say("只构建和发布", "Build and publish only."))
@as_json
def demo(*, folder: Path, data: Path, port: int, jobs: int | None, no_serve: bool, as_json: bool) -> None:
    """Make the demo's workspace, build and publish everything in it, take it up the tree, and serve it."""
    write_demo(folder, f"http://127.0.0.1:{port}")
    place_sources(data, folder)
    session = Session(folder)
    build_all(session, jobs=jobs or os.cpu_count() or 1)
    for code in session.codes():
        enter(session, code)
    done = publish_all(session, None, None)
    federate_all(session, None, limit=Limit())
    if as_json:
        emit(done)
    tell("")
    for url, what in _addresses(session, port, demo_key(session)):
        tell(f"  {url:<58} {what}")
    tell("")
    if not no_serve:
        serve_node(session, Listening("127.0.0.1", port))


def write_demo(folder: Path, base_url: str) -> None:
    """Write the demo's settings and recipes; sources, builds and the lake that are there stay.

    Raises:
        LakeError: The folder holds something else than the demo, which would be written over.
    """
    templates = dict(_templates(files("tianlake.cli") / "demo_workspace", ""))
    mark = templates[SETTINGS].splitlines()[0]
    settings = folder / SETTINGS
    is_demo = settings.is_file() and settings.read_text("utf-8", errors="replace").splitlines()[:1] == [mark]
    if folder.is_dir() and any(folder.iterdir()) and not is_demo:
        raise LakeError(f"{folder}: holds something else than the demo; name a new or empty folder: --dir DIR")
    for name, text in templates.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        written = Template(text).substitute(base_url=base_url) if name.endswith("node.toml") else text
        if not target.exists() or target.read_text("utf-8") != written:
            target.write_text(written, "utf-8")


def _templates(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _templates(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry.read_text("utf-8")


def _addresses(session: Session, port: int, key: str) -> Iterator[tuple[str, str]]:
    base = f"http://127.0.0.1:{port}"
    codes = session.codes()
    yield f"{base}/", say("门户（国家级节点）", "portal of the national node")
    for code in codes[1:]:
        yield f"{base}/{code}/", session.name(code).short_name
    yield f"{base}/catalog.json", "STAC"
    product = session.workspace.product_ids(codes[-1])[-1]
    yield f"{base}/{codes[-1]}/tiles/{product}.pmtiles", "PMTiles"
    yield f"{base}/{codes[-1]}/data/{product}/{product}.parquet", "GeoParquet"
    yield f"{base}/lake.sql", say("DuckDB 视图", "views for DuckDB")
    yield f"{base}/vec_w/wmts?REQUEST=GetCapabilities", say("天地图接口（WMTS）", "WMTS, as today's Tianditu")
    yield f"{base}/156130000/tiles/climate/5/26/12.png?tk={key}", say("需要密钥的产品", "a product that needs a key")
    yield key, say("演示密钥 tk，每次运行换新", "the demo's key (tk), a new one with each run")
