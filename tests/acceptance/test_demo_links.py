"""Everything that the demo's documents lead to: followed link by link from the root, as a crawler would."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import cast
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.response import addinfourl

from demo_kit import Demo, products


def _addresses(value: object) -> Iterator[str]:
    """Yield the addresses in a JSON document: STAC's `href`, and the `url` of a style's sources."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name in {"href", "url"} and isinstance(each, str):
                yield each.removeprefix("pmtiles://")
            else:
                yield from _addresses(each)
    elif isinstance(value, list):
        for each in value:
            yield from _addresses(each)


def _links(url: str, media_type: str, body: bytes) -> set[str]:
    if media_type == "text/markdown":
        text = body.decode()
        found = {*re.findall(r"\]\(([^)\s]+)\)", text), *re.findall(r"https?://[^\s`'\"<>)]+", text)}
    elif media_type.endswith("json"):
        found = set(_addresses(json.loads(body)))
    else:
        return set()
    # addresses in versions.json are relative to the folder of catalog.json (portolan-cli, ADR-0005)
    base = url.partition("collections/")[0] if url.endswith("/versions.json") else url
    return {urljoin(base, each.rstrip(".;")).partition("#")[0] for each in found}


def _open(url: str, key: str) -> addinfourl:
    """Open an address without a key, or else with the key where one is asked for."""
    try:
        return cast("addinfourl", urllib.request.urlopen(url))
    except HTTPError as error:
        if error.code != 401:
            raise
        assert "/climate/" in url or "/climate.pmtiles" in url, f"{url} asks for a key"
        return cast("addinfourl", urllib.request.urlopen(urllib.request.Request(url, headers={"X-Api-Key": key})))


def test_every_link_of_every_document_answers(served: Demo) -> None:
    key = served.run("keys", "issue", "--name", "crawler", "--kind", "person", "--accept-terms").stdout.strip()
    todo, seen, broken = {(served.url("/catalog.json"), "")}, set(), []
    while todo:
        url, source = todo.pop()
        seen.add(url)
        try:
            with _open(url, key) as answer:
                found = _links(url, answer.headers.get_content_type(), answer.read())
        except HTTPError as error:
            broken.append((error.code, url, source))
            continue
        # Of the STAC API its door alone: it has tests of its own, and a crawler without a key is soon over its limit.
        own = (each for each in found if each.startswith(served.url()) and "/stac/" not in each)
        todo |= {(each, url) for each in own if each not in seen}
    assert broken == []
    for code in ("156000000", "156130000", "156131000"):
        assert served.url(f"/{code}/tiles/divisions.pmtiles") in seen, "nodes lead to each other, READMEs to aliases"
    assert served.url("/156000000/tiles/basemap/style.json") in seen, "catalogs lead to the base map they name"
    assert served.url("/156000000/tiles/basemap.json") in seen, "and its style to its tiles"


def test_every_map_of_a_node_below_is_drawn_over_the_nations_base_map(served: Demo) -> None:
    for code, name in products("vector", "raster"):
        if code != "156000000":
            with urllib.request.urlopen(served.url(f"/{code}/tiles/{name}/over-basemap.json")) as answer:
                sources = json.loads(answer.read())["sources"]
            assert sources["basemap/data"]["url"] == served.url("/156000000/tiles/basemap.json")
            assert sources["product/data"]["url"] == served.url(f"/{code}/tiles/{name}.json")
