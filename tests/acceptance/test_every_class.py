"""A node with a product of every class of article 8, built and published by the command, read by other hands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow.parquet as pq
import pystac
import pytest
from command_kit import run
from every_class_kit import NODE, PRODUCTS, write_workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_workspace(tmp_path_factory.mktemp("every class") / "廊坊")
    for command in ("build", "publish"):
        done = run("-C", str(root), command)
        assert done.returncode == 0, done.stderr
    return root


@pytest.fixture(scope="module")
def lake(workspace: Path) -> Path:
    return workspace / "lake" / NODE


def collection(lake: Path, product: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((lake / f"collections/{product}/collection.json").read_bytes())
    return body


def release(lake: Path, product: str) -> Path:
    return lake / f"releases/{product}/{collection(lake, product)['version']}"


def test_every_class_of_article_8_is_there(lake: Path) -> None:
    themes = [collection(lake, product)["themes"][0]["concepts"][0]["id"] for product in PRODUCTS]
    assert set(themes) == {"catalog", "entity", "place", "imagery", "terrain", "3d", "theme"}


def test_the_profile_of_the_catalog_is_met(lake: Path) -> None:
    command = [str(Path(sys.executable).with_name("rashid")), "check", str(lake), "--schema", "--json"]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    assert not [each for each in report["findings"] if each["severity"] in {"error", "warning"}]


def test_pystac_opens_every_collection_item_and_asset(lake: Path) -> None:
    catalog = pystac.Catalog.from_file(str(lake / "catalog.json"))
    collections = {each.id.removeprefix(f"n{NODE}-"): each for each in catalog.get_children()}
    assert set(collections) == set(PRODUCTS)
    described: list[pystac.Collection | pystac.Item] = [*catalog.get_items(recursive=True)]
    described += [each for each in collections.values() if isinstance(each, pystac.Collection)]
    for each in described:
        for asset in each.assets.values():
            href = asset.get_absolute_href()
            assert href is not None
            assert Path(href).is_file()


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_product_has_a_picture_and_a_quality_report_for_people_and_programs(lake: Path, product: str) -> None:
    folder = release(lake, product)
    assert (folder / "thumbnail.png").read_bytes().startswith(b"\x89PNG")
    report = json.loads((folder / "quality.json").read_bytes())
    assert report["product"] == product
    page = (folder / "quality.html").read_text("utf-8")
    assert "质量报告" in page
    assert report["summary"]["zh"] in page


def test_scenes_say_when_and_how_they_were_taken(lake: Path) -> None:
    catalog = pystac.Catalog.from_file(str(lake / "catalog.json"))
    items = {each.id: each for each in catalog.get_items(recursive=True)}
    east = items[f"n{NODE}-scenes-east"]
    assert east.properties["datetime"] == "2026-06-01T03:00:00Z"
    assert (east.properties["eo:cloud_cover"], east.properties["instruments"]) == (3, ["MODIS"])
    [interval] = collection(lake, "scenes")["extent"]["temporal"]["interval"]
    assert interval == ["2026-05-01T03:00:00Z", "2026-06-01T03:00:00Z"], "of the pictures, not of the card"
    table = pq.read_table(release(lake, "scenes") / "items.parquet").to_pylist()
    assert {row["id"]: row["eo:cloud_cover"] for row in table} == {
        f"n{NODE}-scenes-west": 12.5,
        f"n{NODE}-scenes-east": 3,
    }


def test_a_globe_finds_the_tileset_by_its_link_and_no_part_of_it_is_listed(lake: Path) -> None:
    body = collection(lake, "buildings")
    [link] = [each for each in body["links"] if each["rel"] == "3d-tiles"]
    target = lake / "collections/buildings" / link["href"]
    tileset = json.loads(target.read_bytes())
    contents = [unquote(child["content"]["uri"]) for child in tileset["root"]["children"]]
    assert all((target.parent / each).is_file() for each in contents)
    listed = {Path(asset["href"]).name for asset in body["assets"].values()}
    assert "tileset.json" in listed
    assert not listed & {Path(each).name for each in contents}


def test_a_point_cloud_says_how_many_points_and_where(lake: Path) -> None:
    [asset] = [each for each in collection(lake, "hill")["assets"].values() if "pc:count" in each]
    assert asset["type"] == "application/vnd.laszip+copc"
    assert (asset["pc:count"], asset["proj:code"]) == (1200, "EPSG:4548")
    assert {"X", "Y", "Z", "intensity"} <= {each["name"] for each in asset["pc:schemas"]}


def test_terrain_says_how_its_colours_are_heights_and_only_pictures_are_linked_for_maps(lake: Path) -> None:
    body = collection(lake, "relief")
    encoded = {Path(each["href"]).name: each.get("tianlake:encoding") for each in body["assets"].values()}
    assert encoded["relief-terrain-rgb.pmtiles"] == "mapbox"
    linked = {Path(each["href"]).name for each in body["links"] if each["rel"] == "pmtiles"}
    assert {"relief.pmtiles", "relief-contours.pmtiles"} <= linked
    assert not linked & {"relief-terrain-rgb.pmtiles", "relief-c.pmtiles"}


def test_one_query_reaches_features_rows_scenes_and_points(workspace: Path) -> None:
    tables = ("divisions", "seats", "codes", "scenes", "hill", "buildings")
    counts = ", ".join(f"(SELECT count(*) FROM n{NODE}_{name}) AS {name}" for name in tables)
    done = run("-C", str(workspace), "query", f"SELECT {counts}", "--json")
    assert done.returncode == 0, done.stderr
    [found] = json.loads(done.stdout)
    assert (found["divisions"], found["scenes"]) == (10, 2)
    assert found["seats"] == found["codes"] == 11
    assert min(found["hill"], found["buildings"]) >= 1


def test_what_is_not_public_is_listed_by_name_alone(lake: Path) -> None:
    text = "\n".join(
        file.read_text("utf-8") for file in release(lake, "holdings").rglob("*.json") if "records" in file.parts
    )
    assert "廊坊市地下管线" in text
    assert "廊坊市测绘资料室" in text
    assert "sources/" not in text
