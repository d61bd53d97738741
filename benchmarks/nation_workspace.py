"""The workspace of a simulated nation: nodes above the cities, whom they have registered, what they published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from asset_kit import asset, thumbnail
from nation import BUILT, NATION, Nation, box_of, history_of, node_card, product_card, put, url_of

from tianlake.lake import keys
from tianlake.lake.divisions import load_divisions
from tianlake.lake.history import list_releases, read_release
from tianlake.lake.naming import node_name
from tianlake.lake.publishing import Release, seal
from tianlake.lake.records import dump_record
from tianlake.lake.releases import (
    PARQUET,
    Asset,
    Candidate,
    Column,
    TableFacts,
)
from tianlake.lake.store import DirectoryStore, Store, media_type_of
from tianlake.lake.words import Text
from tianlake.stac import StacDescriber


def write_workspace(folder: Path, given: Nation, port: int) -> None:
    """Write the workspace of the nation and its provinces: nodes, keys, children over HTTP, and what they published.

    Args:
        folder: Where to.
        given: Who is in the tree.
        port: Of loopback, where `<code>/` is the bucket of each node.
    """
    from tianlake.cli.desk import open_desk  # noqa: PLC0415
    from tianlake.cli.registry import make_signing_key, write_child  # noqa: PLC0415
    from tianlake.cli.session import Session  # noqa: PLC0415
    from tianlake.lake.derived import refresh  # noqa: PLC0415
    from tianlake.lake.signed import public_key  # noqa: PLC0415
    from tianlake.stac.federation.records import Registered  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    parents = (NATION, *given.provinces)
    assets = _areas(folder / "areas", [*given.provinces, *(each.code for each in given.cities)])
    for code in parents:
        settings = node_card(code).settings
        text = f'code = "{code}"\nurl = "{settings.url}"\n'
        for name, who in (("operator", settings.operator), ("authority", settings.authority)):
            text += f'[{name}]\nname = "{who.name}"\n' + (f'url = "{who.url}"\n' if who.url else "")
        put(folder / f"nodes/{code}/node.toml", text.encode())
        made = public_key(make_signing_key(folder, code))
        if code != NATION:
            write_child(folder, NATION, Registered(code, f"http://127.0.0.1:{port}/{code}", url_of(code), (made,)))
        _publish(DirectoryStore(folder / "lake" / code), code, given.own, folder / "areas", assets)
    for city in given.cities:
        registered = Registered(
            city.code, f"http://127.0.0.1:{port}/{city.code}", url_of(city.code), (public_key(city.seed),)
        )
        write_child(folder, city.parent, registered)
    for code in set(given.provinces) - {each.parent for each in given.cities}:
        refresh(open_desk(Session(folder), code))  # nobody harvests there, so nothing else makes its offer


def _areas(folder: Path, codes: list[str]) -> tuple[Asset, ...]:
    """Write the areas of all divisions, which parents publish and hold their children to."""
    boxes = [box_of(code) for code in codes]
    columns = {
        "code": codes,
        "name": [node_name(code, load_divisions()).division for code in codes],
        "class_code": ["630201"] * len(codes),
        "geometry": shapely.to_wkb(shapely.box(*zip(*(each.as_list() for each in boxes), strict=True))),
        "bbox": [dict(zip(("xmin", "ymin", "xmax", "ymax"), each.as_list(), strict=True)) for each in boxes],
    }
    path = folder / "areas.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table(columns), path)
    listed = tuple(Column(each, "VARCHAR") for each in columns)
    facts = TableFacts(len(codes), listed, "geometry", ("Polygon",), box_of(NATION), "EPSG:4490", 1)
    return asset(path, "data", PARQUET, Text("政区", "Divisions"), facts), thumbnail(path.parent)


def _publish(store: Store, code: str, count: int, folder: Path, assets: tuple[Asset, ...]) -> None:
    """Put releases of a node of its own, of which all have the table of areas for their data, and their pointers."""
    node = node_card(code)
    for number in range(count):
        made = product_card(code, 1 + 3 * number, "vector")
        candidate = Candidate(code, made, BUILT.format(1), "0" * 64, box_of(code), assets, (), {"duckdb": "1"})
        release = seal(candidate, folder, node, StacDescriber())
        _send(store, release)
        pointer = StacDescriber().pointer(node, history_of(release.manifest))
        store.put(keys.pointer(made.id), pointer.body, media_type=pointer.media_type)


def send_news(folder: Path, code: str) -> None:
    """Put a second release of a node's first product, and move its pointer there, as a publication does."""
    made, node, store = product_card(code, 1, "vector"), node_card(code), DirectoryStore(folder / "lake" / code)
    ((current, _names),) = list_releases(store, made.id)
    before = read_release(store, made.id, current).manifest.candidate
    release = seal(replace(before, built=BUILT.format(2)), folder / "areas", node, StacDescriber())
    _send(store, release)
    pointer = StacDescriber().pointer(node, history_of(release.manifest))
    store.put(keys.pointer(made.id), pointer.body, media_type=pointer.media_type)


def _send(store: Store, release: Release) -> None:
    manifest = release.manifest
    for name, body in {**release.bodies, keys.MANIFEST: dump_record(manifest)}.items():
        key = keys.release_file(manifest.candidate.card.id, manifest.release, name)
        store.put(key, body, media_type=media_type_of(name))
