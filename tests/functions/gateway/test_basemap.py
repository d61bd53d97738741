"""A product's style above the base map that its node names."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from gateway_kit import (
    CARD,
    CITY,
    NODE,
    RELEASE_1,
    RELEASE_2,
    TILES,
    Clock,
    MemoryReader,
    ask,
    gateway_of,
    pointer,
    release,
)
from style_kit import validate

from tianlake.functions.gateway.basemap import laid_over
from tianlake.functions.gateway.node import Node
from tianlake.lake.recipes import MapStyle, ProductCard
from tianlake.lake.releases import TileFacts, TileLayer
from tianlake.lake.styles import map_style
from tianlake.lake.words import Bounds, Text

BOX = Bounds(113, 36, 120, 43)
GROUND = replace(CARD, id="basemap", title=Text("底图", "Base map"), style=MapStyle("basemap"))
GROUND_TILES = replace(
    TILES,
    bounds=Bounds(73, 3, 136, 54),
    layers=(
        TileLayer("province", "polygon", ("name",), 0, 4),
        TileLayer("boundary", "line", (), 0, 4),
        TileLayer("seat-province", "point", ("name",), 0, 4),
    ),
)
COUNTIES = replace(TILES, layers=(TileLayer("province", "polygon", ("name",), 0, 4),))
PICTURE = TileFacts("png", "WebMercatorQuad", 0, 4, BOX, 9, tile_size=256)
OVER = f"/{CITY}/tiles/places/over-basemap.json"
SERVER = "http://lake.test:8765"


def product(card: ProductCard, facts: TileFacts, release_id: str = RELEASE_1) -> dict[str, bytes]:
    """Return the objects of a product with the style that describing makes for it."""
    name = f"{card.id}.pmtiles"
    style = json.dumps(map_style(card, facts, f"pmtiles://../{name}")).encode()
    files = {name: f"archive {release_id}".encode(), "styles/default.json": style}
    return release(release_id, files, card=card, tiles={name: facts}) | pointer(release_id, card.id)


def node_json(basemap: object) -> dict[str, bytes]:
    settings = {} if basemap is None else {"basemap": basemap}
    return {"node.json": json.dumps({"settings": settings}).encode()}


def served(basemap: object = f"{NODE}/basemap", facts: TileFacts = COUNTIES, clock: Clock | None = None):
    """Return a gateway over a node with a base map and a city that names `basemap`, and the readers of both."""
    readers = {
        NODE: MemoryReader(product(GROUND, GROUND_TILES)),
        CITY: MemoryReader(product(CARD, facts) | node_json(basemap)),
    }
    nodes = {code: Node(code, reader, clock or Clock()) for code, reader in readers.items()}
    return gateway_of(nodes), readers


@pytest.mark.parametrize("facts", [COUNTIES, TILES, PICTURE])
def test_the_validator_accepts_the_style_of_any_product_over_the_base_map(tmp_path, facts):
    answer = ask(served(facts=facts)[0], OVER)
    assert answer.headers["content-type"] == "application/json"
    (tmp_path / "style.json").write_bytes(answer.body)
    done = validate(tmp_path / "style.json")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    ids = [layer["id"] for layer in answer.document["layers"]]
    assert len(ids) == len(set(ids))
    used = {layer["source"] for layer in answer.document["layers"] if "source" in layer}
    assert used == set(answer.document["sources"]) == {"basemap/data", "product/data"}


def test_each_source_is_the_tile_json_of_its_own_node():
    sources = ask(served()[0], OVER).document["sources"]
    assert {name: source["url"] for name, source in sources.items()} == {
        "basemap/data": f"{SERVER}/{NODE}/tiles/basemap.json",
        "product/data": f"{SERVER}/{CITY}/tiles/places.json",
    }
    for source in sources.values():
        assert ask(served()[0], source["url"].removeprefix(SERVER)).document["tiles"]


def test_the_node_at_the_root_has_its_own_address_and_the_base_map_that_of_its_code():
    app, readers = served()
    readers[NODE].objects |= product(CARD, COUNTIES) | node_json(f"{NODE}/basemap")
    sources = ask(app, "/tiles/places/over-basemap.json").document["sources"]
    assert sources["product/data"]["url"] == f"{SERVER}/tiles/places.json"
    assert sources["basemap/data"]["url"] == f"{SERVER}/{NODE}/tiles/basemap.json"


@pytest.mark.parametrize("facts", [COUNTIES, PICTURE])
def test_what_covers_the_map_lies_below_lines_and_names_of_the_base_map(facts):
    layers = ask(served(facts=facts)[0], OVER).document["layers"]
    ids = [layer["id"] for layer in layers]
    assert ids[0] == "basemap/background"
    assert "product/background" not in ids
    covers = max(n for n, each in enumerate(layers) if each["type"] in {"fill", "raster"})
    assert ids[covers].startswith("product/")
    lower = [
        n for n, each in enumerate(layers) if each["id"].startswith("basemap/") and each["type"] in {"line", "symbol"}
    ]
    assert min(lower) > covers
    assert ids.index("basemap/boundary-boundary") < ids.index("basemap/seat-province-provincial-name")
    names = [each["id"].partition("/")[0] for each in layers if each["type"] == "symbol"]
    assert names == sorted(names), "names of the product are placed first, by being drawn last"


def test_the_view_is_the_products():
    composed = ask(served()[0], OVER).document
    own = ask(served()[0], f"/{CITY}/tiles/places/style.json").document
    assert {name: composed[name] for name in ("name", "center", "zoom", "version")} == {
        name: own[name] for name in ("name", "center", "zoom", "version")
    }


def test_neither_style_is_changed_by_being_laid_over_the_other():
    lower, upper = (map_style(card, facts, "u") for card, facts in ((GROUND, GROUND_TILES), (CARD, COUNTIES)))
    before = json.dumps([lower, upper])
    laid_over(lower, upper)
    assert json.dumps([lower, upper]) == before


def test_a_new_base_map_is_seen_a_second_later_and_has_another_etag():
    clock = Clock()
    app, readers = served(clock=clock)
    first = ask(app, OVER)
    without_names = replace(GROUND_TILES, layers=GROUND_TILES.layers[:2])
    readers[NODE].objects |= product(GROUND, without_names, RELEASE_2)
    clock.now += 1.01
    second = ask(app, OVER, if_none_match=first.headers["etag"])
    assert second.status == 200
    assert "basemap/seat-province-provincial-name" in first.body.decode()
    assert "basemap/seat-province-provincial-name" not in second.body.decode()
    assert ask(app, OVER, if_none_match=second.headers["etag"]).status == 304


def test_the_base_map_over_itself_is_itself():
    app, readers = served()
    readers[NODE].objects |= node_json(f"{NODE}/basemap")
    over = ask(app, "/tiles/basemap/over-basemap.json")
    assert over.document == ask(app, "/tiles/basemap/style.json").document


@pytest.mark.parametrize(
    "basemap",
    [None, f"{NODE}/roads", "156320000/basemap", "https://maps.example.org/style.json", "../private", 7, f"{CITY}/x"],
)
def test_without_a_base_map_that_is_served_here_the_answer_says_so(basemap):
    answer = ask(served(basemap)[0], OVER)
    assert (answer.status, answer.document["code"]) == (404, "no-basemap")
    assert "node.json" in answer.document["message"]["zh"]


def test_a_base_map_that_was_withdrawn_is_none_and_a_product_that_is_not_there_is_told_as_that():
    app, readers = served()
    readers[NODE].objects.pop("collections/basemap/collection.json")
    assert ask(app, OVER).document["code"] == "no-basemap"
    assert ask(app, OVER.replace("places", "roads")).document["code"] == "not-found"
    readers[CITY].objects.pop("node.json")
    assert ask(app, OVER).document["code"] == "no-basemap"


def test_a_release_that_is_withdrawn_in_between_is_looked_for_again():
    clock = Clock()
    app, readers = served(clock=clock)
    assert ask(app, OVER).status == 200
    objects = readers[NODE].objects
    for key in [key for key in objects if RELEASE_1 in key]:
        del objects[key]
    objects |= product(GROUND, GROUND_TILES, RELEASE_2)
    assert ask(app, OVER).status == 200


def test_a_host_that_is_none_is_refused():
    assert ask(served()[0], OVER, host="evil.test/x").document["code"] == "bad-host"
