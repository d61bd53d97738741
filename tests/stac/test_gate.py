"""Publishing itself refuses a leak, wherever it was planted, and sends nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace

import asset_kit
import pytest
from kit import REPO
from stac_kit import NODE, desk, send

from tianlake.lake.errors import LakeError
from tianlake.lake.leaks import Surroundings, find_leaks
from tianlake.lake.words import Text

PATH = "/" + "home/somebody/sources/climate.tif"  # put together, so that our own sources hold no such path


def files(root):
    return sorted(
        path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and ".tmp" not in path.parts
    )


@pytest.mark.parametrize("field", ["description", "attribution", "keywords"])
def test_a_path_in_a_recipe_is_refused_with_file_place_and_rule(tmp_path, assets, candidates, field):
    climate = candidates["climate"]
    planted = {"description": Text(PATH, "x"), "attribution": PATH, "keywords": (PATH,)}[field]
    with pytest.raises(
        LakeError, match=rf"manifest\.json: candidate\.card\.{field}[.a-z0-9]*: absolute local path"
    ) as refused:
        send(desk(tmp_path), replace(climate, card=replace(climate.card, **{field: planted})), assets)
    assert "\n" not in str(refused.value)
    assert files(tmp_path) == []


def test_a_path_inside_a_built_file_is_refused_and_what_was_published_stays(tmp_path, assets, candidates):
    climate = candidates["climate"]
    root = tmp_path / "lake"
    send(desk(root), climate, assets)
    before = files(root)
    home = tmp_path / "built"
    shutil.copytree(assets.home, home)
    picture = home / "climate" / "thumbnail.png"
    picture.write_bytes(asset_kit.picture((b"tEXt", b"Source\0" + PATH.encode())))
    leaky = asset_kit.asset(picture, "thumbnail", "image/png", Text("缩略图", "Thumbnail"))
    changed = replace(climate, assets=(*climate.assets[:2], leaky), built="2026-11-02T00:00:00Z")
    with pytest.raises(LakeError, match=r"thumbnail\.png: tEXt Source: absolute local path"):
        send(desk(root), changed, replace(assets, home=home))
    assert files(root) == before


def test_what_the_machine_is_called_is_refused(tmp_path, assets, candidates):
    noted = replace(NODE, settings=replace(NODE.settings, notice="built on gis-host-9"))
    at = replace(desk(tmp_path, noted), around=Surroundings(host="gis-host-9"))
    with pytest.raises(LakeError, match="name of this machine"):
        send(at, candidates["climate"], assets)
    assert files(tmp_path) == []


def test_nothing_of_the_machine_is_in_any_published_file(lake, assets):
    around = Surroundings(user="somebody", host="gis-host-9", folders=(str(assets.home), str(lake), str(REPO)))
    published = [path for path in lake.rglob("*") if path.is_file()]
    assert {path.suffix for path in published} >= {".json", ".md", ".sql", ".parquet", ".pmtiles", ".tif", ".png"}
    assert [str(leak) for path in published for leak in find_leaks(path.name, path, around)] == []
