"""A node's layers are checked before anything is built or sent: what they show must be there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from gateway_kit import CARD
from lake_kit import candidate

from tianlake.cli.session import Session
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import Pictures, Recipe, Source, Tiles
from tianlake.lake.releases import PMTILES, Asset, Candidate, TileFacts

HEBEI = "156130000"


def workspace(root: Path, layers: str) -> Session:
    """Return a workspace of one node with the products `imagery` and `places`."""
    (root / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    folder = root / "nodes" / HEBEI
    (folder / "products").mkdir(parents=True)
    text = f'code = "{HEBEI}"\n[operator]\nname = "a"\n[authority]\nname = "b"\n[layers]\n{layers}\n'
    (folder / "node.toml").write_text(text, "utf-8")
    for name in ("imagery", "places"):
        (folder / "products" / f"{name}.toml").write_text("")
    return Session(root)


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ('img = "photos"', "layers.img: this node has no product 'photos'; it has: imagery, places"),
        ('img = "imagery"\nvec = "place/map"', "layers.vec: this node has no product 'place'; it has: imagery, places"),
        ('img = "156000000/imagery"', "layers.img: a layer shows PRODUCT-ID or PRODUCT-ID/VARIANT of this node; got"),
    ],
)
def test_a_layer_over_no_product_is_told_in_one_line(tmp_path, layers, said):
    with pytest.raises(LakeError) as caught:
        workspace(tmp_path, layers).card(HEBEI)
    assert str(caught.value).startswith(f"nodes/{HEBEI}/node.toml: {said}")
    assert "\n" not in str(caught.value)


def test_layers_over_products_are_published(tmp_path):
    card = workspace(tmp_path, 'img = "imagery"\nvec = "places/map"').card(HEBEI)
    assert card.settings.layers == {"img": "imagery", "vec": "places/map"}


def with_tiles(folder: Path, *variants: str) -> Candidate:
    plain = candidate(folder, "one", built="2026-11-01T02:03:04Z")
    facts = [TileFacts("png", "WebMercatorQuad", 0, 4, plain.bounds, 9, variant=variant) for variant in variants]
    assets = [Asset(f"{each.variant}.pmtiles", "visual", PMTILES, "0" * 64, 1, CARD.title, each) for each in facts]
    return replace(plain, assets=(*plain.assets, *assets))


def test_a_layer_over_tiles_that_were_not_built_is_told_in_one_line(tmp_path):
    session = workspace(tmp_path, 'vec = "places/map"')
    session.check_layers(with_tiles(tmp_path / "a", "", "map"))
    with pytest.raises(LakeError) as caught:
        session.check_layers(with_tiles(tmp_path / "b", ""))
    said = "product 'places' has no tiles 'map'; it has: the first one"
    assert str(caught.value) == f"nodes/{HEBEI}/node.toml: layers.vec: {said}"


def test_a_layer_over_optional_pictures_may_show_nothing(tmp_path):
    """`make demo` needs neither a graphics library nor a font."""
    session = workspace(tmp_path, 'vec = "places/map"')
    without = with_tiles(tmp_path / "a", "")
    for optional in (True, False):
        tiles = Tiles(pictures=Pictures(max_zoom=3, optional=optional))
        recipe = Recipe(without.card, (Source("a.geojson"),), tiles=tiles)
        if optional:
            session.check_layers(without, recipe)
        else:
            with pytest.raises(LakeError, match="has no tiles 'map'"):
                session.check_layers(without, recipe)
