"""Recipes and settings: what a person types wrong is told in one line with file, place and rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from tianlake.lake.errors import LakeError
from tianlake.lake.workspace import Workspace, find_workspace

RECIPE = """
id = "places"
class = "place"
kind = "vector"
license = "CC0-1.0"
attribution = "Example"
title = { zh = "地名", en = "Places" }
description = { zh = "地名", en = "Places" }
[[sources]]
path = "sources/places.csv"
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    products = tmp_path / "nodes/156130000/products"
    products.mkdir(parents=True)
    (tmp_path / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    (products / "places.toml").write_text(RECIPE)
    return find_workspace(tmp_path)


def rewrite(workspace: Workspace, old: str, new: str) -> None:
    file = workspace.root / "nodes/156130000/products/places.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_a_workspace_is_found_from_any_folder_inside_it(workspace: Workspace) -> None:
    assert find_workspace(workspace.root / "nodes/156130000").root == workspace.root.resolve()


def test_outside_a_workspace_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="tianlake init DIR"):
        find_workspace(tmp_path)


def test_a_recipe_reads_as_typed(workspace: Workspace) -> None:
    recipe = workspace.recipe("156130000", "places")
    assert (recipe.card.id, recipe.card.product_class, recipe.card.title.zh) == ("places", "place", "地名")
    assert recipe.sources[0].path == "sources/places.csv"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('class = "place"', 'class = "plaice"', "class: Input should be 'catalog', 'entity', 'place'"),
        ('id = "places"', 'id = "Places!"', "id: a product id is 2 to 63"),
        ('id = "places"', 'id = "roads"', "id: must be the file's name 'places'; got 'roads'"),
        ('license = "CC0-1.0"', 'licence = "CC0-1.0"', "licence: no such field in a recipe; there are: access"),
        ('license = "CC0-1.0"\n', "", "license: "),
        ('license = "CC0-1.0"', 'license = "other"', "license_url: license 'other' needs"),
        ('en = "Places"', 'en = " "', "title: both zh and en must say something"),
        ('path = "sources/places.csv"', 'path = "../secret.csv"', "sources.0.path: a path inside the workspace"),
        ('path = "sources/places.csv"', 'path = "/etc/passwd"', "sources.0.path: a path inside the workspace"),
        ("[[sources]]", "[tiles]\nmax_zoom = 30\n[[sources]]", "tiles.max_zoom: Input should be less than or equal"),
        ("[[sources]]", "[raster]\n[[sources]]", "raster: [raster] belongs to products of kind 'raster'"),
        (
            "[[sources]]",
            "[terrain]\nvertical = 'EPSG:5737'\n[[sources]]",
            "terrain: products of kind 'terrain', and no",
        ),
        ("[[sources]]", "[terrain]\nvertical = '1985'\n[[sources]]", "terrain.vertical: String should match pattern"),
        ("[[sources]]", "[[steps]]\nop = 'melt'\n[[sources]]", "steps.0: Input tag 'melt' found using 'op'"),
        ("[[sources]]", "[[sources]]\nfile = 'a'", "sources.0.file: there is no such field here; correct its name"),
        ("[[sources]]", "[[sources", "not TOML: "),
    ],
)
def test_a_wrong_recipe_is_told_in_one_line(workspace: Workspace, old: str, new: str, said: str) -> None:
    rewrite(workspace, old, new)
    with pytest.raises(LakeError) as caught:
        workspace.recipe("156130000", "places")
    message = str(caught.value)
    assert message.startswith("nodes/156130000/products/places.toml: ")
    assert said in message
    assert "\n" not in message


def test_a_recipe_that_is_not_utf8_is_told_by_its_byte(workspace: Workspace) -> None:
    (workspace.root / "nodes/156130000/products/places.toml").write_bytes(RECIPE.encode("gb18030"))
    with pytest.raises(LakeError, match=r"places\.toml: byte \d+: a TOML file is written in UTF-8"):
        workspace.recipe("156130000", "places")


def test_a_missing_product_names_those_that_exist(workspace: Workspace) -> None:
    with pytest.raises(LakeError, match="products of 156130000: places"):
        workspace.recipe("156130000", "roads")


def test_a_node_file_must_speak_of_its_own_folder(workspace: Workspace) -> None:
    text = 'code = "156320000"\n[operator]\nname = "a"\n[authority]\nname = "b"\n'
    (workspace.root / "nodes/156130000/node.toml").write_text(text)
    with pytest.raises(LakeError, match="code: must be the folder's name 156130000; got '156320000'"):
        workspace.node("156130000")


@pytest.mark.parametrize("name", ["._places.toml", ".#places.toml", ".places.toml.swp"])
def test_what_editors_and_file_servers_leave_is_no_product(workspace: Workspace, name: str) -> None:
    (workspace.root / "nodes/156130000/products" / name).write_bytes(b"\0")
    assert workspace.product_ids("156130000") == ["places"]


KEY = "ed25519:" + "A" * 43 + "="


def test_accounts_are_kept_beside_the_workspace_unless_it_says_otherwise(workspace: Workspace) -> None:
    assert workspace.settings.accounts.url == "sqlite:accounts.sqlite"
    (workspace.root / "tianlake.toml").write_text(
        f'[accounts]\nurl = "dynamodb:lake-"\nstrict = true\nissuer = "https://map.example/up"\nissuer_key = "{KEY}"\n'
    )
    found = find_workspace(workspace.root).settings.accounts
    assert (found.url, found.strict, found.issuer, found.issuer_key) == (
        "dynamodb:lake-",
        True,
        "https://map.example/up",
        KEY,
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('url = "mysql:accounts"', "accounts: url must be sqlite:FILE or dynamodb:PREFIX"),
        ('url = "dynamodb:a/b"', "accounts: url must be sqlite:FILE or dynamodb:PREFIX"),
        ('issuer = "https://map.example/"', "accounts: issuer must be http(s)://HOST[:PORT][/PATH] without a final"),
        ('issuer = "https://me:secret@map.example"', "accounts: issuer must be http(s)://HOST"),
        ('issuer = "https://map.example"', "accounts: issuer needs an issuer_key"),
        ('issuer_key = "AAAA"', "accounts: issuer_key must be ed25519: and 44 characters of base64"),
        ("quota = 1", "accounts.quota: there is no such field here"),
    ],
)
def test_wrong_settings_of_accounts_are_told_in_one_line(workspace: Workspace, line: str, said: str) -> None:
    (workspace.root / "tianlake.toml").write_text(f"[accounts]\n{line}\n")
    with pytest.raises(LakeError) as caught:
        find_workspace(workspace.root)
    assert str(caught.value).startswith("tianlake.toml: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
