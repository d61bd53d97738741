"""Real assets and a node published from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import asset_kit
import pytest
from stac_kit import OWN, Assets, desk, send

from tianlake.lake.releases import Candidate
from tianlake.lake.words import Bounds, Text


@pytest.fixture(scope="session")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Assets:
    home = tmp_path_factory.mktemp("assets")
    folders = {name: home / name for name in ("counties", "climate", "scenes")}
    for folder in folders.values():
        folder.mkdir()
    frame = asset_kit.counties()
    lone = asset_kit.cog(folders["climate"], "climate")
    west, south, east, north = asset_kit.HEBEI.as_list()
    middle = (west + east) / 2
    halves = (Bounds(west, south, middle, north), Bounds(middle, south, east, north))
    parts = [asset_kit.cog(folders["scenes"], f"part-{n}", half) for n, half in enumerate(halves)]
    return Assets(
        home=home,
        counties=(
            asset_kit.table(folders["counties"], frame, "counties"),
            asset_kit.vector_tiles(folders["counties"], frame, "counties"),
            asset_kit.thumbnail(folders["counties"]),
            asset_kit.quality(folders["counties"], len(frame)),
        ),
        climate=(
            lone,
            asset_kit.raster_tiles(folders["climate"], "climate", asset_kit.bounds_of(lone)),
            asset_kit.thumbnail(folders["climate"]),
        ),
        scenes=(*parts, asset_kit.thumbnail(folders["scenes"])),
    )


@pytest.fixture(scope="session")
def candidates(assets: Assets) -> dict[str, Candidate]:
    """A mirrored vector product, an own raster product and a raster product of two scenes."""
    counties = asset_kit.card("counties")
    climate = asset_kit.card(
        "climate",
        "raster",
        license="other",
        license_url="https://example.org/licence",
        producers=(OWN,),
        terms=Text("仅供演示。", "For demonstration only."),
    )
    scenes = asset_kit.card("scenes", "raster", product_class="imagery", producers=())
    made = {
        "counties": asset_kit.candidate(counties, assets.counties),
        "climate": asset_kit.candidate(climate, assets.climate),
        "scenes": asset_kit.candidate(scenes, assets.scenes),
    }
    whole = replace(made["scenes"], bounds=asset_kit.bounds_of(assets.climate[0]))
    return {**made, "scenes": whole}


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory, assets: Assets, candidates: dict[str, Candidate]) -> Path:
    """A node with all three products published."""
    root = tmp_path_factory.mktemp("lake")
    for candidate in candidates.values():
        send(desk(root), candidate, assets)
    return root
