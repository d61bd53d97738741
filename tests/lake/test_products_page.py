"""docs/products.md: every recipe in it is one, and no class and no kind is forgotten."""

import re
import tomllib

import pytest
from kit import REPO

from tianlake.lake.recipes import KINDS, Recipe
from tianlake.lake.workspace import parse_recipe

PAGE = (REPO / "docs/products.md").read_text("utf-8")
SNIPPETS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
CARD = """
id = "sample"
license = "CC0-1.0"
attribution = "示例 Example"
title = { zh = "示例", en = "Example" }
description = { zh = "示例", en = "Example" }
"""


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_recipe_of_the_page_is_a_recipe(snippet: str) -> None:
    recipe = parse_recipe(tomllib.loads(CARD + snippet), file="docs/products.md")
    assert isinstance(recipe, Recipe)
    assert recipe.card.kind in KINDS[recipe.card.product_class]


def test_the_page_shows_how_a_base_map_is_made() -> None:
    recipes = [parse_recipe(tomllib.loads(CARD + snippet), file="docs/products.md") for snippet in SNIPPETS]
    [recipe] = [each for each in recipes if each.card.style.theme == "basemap"]
    layers = {source.name for source in recipe.sources}
    assert {"province", "boundary", "seat-county"} <= layers
    assert layers & set(recipe.card.style.order)


def test_every_class_and_every_kind_has_its_row() -> None:
    rows = re.findall(r"^\| `(\w+)` [^|]*\|([^|]*)\|", PAGE, re.MULTILINE)
    told = {(name, kind) for name, kinds in rows for kind in re.findall(r"`(\w+)`", kinds)}
    assert told - {("class", "kind")} == {(name, kind) for name, kinds in KINDS.items() for kind in kinds}
