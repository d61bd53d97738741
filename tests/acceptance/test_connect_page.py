"""docs/connect.md, read from top to bottom by somebody who types every snippet, against the served demo."""

from __future__ import annotations

import re
import urllib.request
from typing import Any

import pytest
import rdflib
from demo_kit import Demo, products
from kit import REPO

from tianlake.lake.duck import connect

PAGE = (REPO / "docs/connect.md").read_text("utf-8")
CODES = ("156000000", "156130000", "156131000")


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_every_door_of_the_page_opens(served: Demo) -> None:
    everything = {f"n{code}-{name}" for code, name in products()}
    with connect() as connection:
        names: dict[str, Any] = {"connection": connection}
        for language, text in re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL):
            assert language == "python"
            exec(
                compile(text.replace("http://127.0.0.1:8765", served.url("").rstrip("/")), "docs/connect.md", "exec"),
                names,
            )
        assert names["rows"] == [(code, len(products_of(code))) for code in CODES]
    assert set(names["collections"]) == everything
    assert names["original"] == served.url("/156131000/collections/places/collection.json")
    assert names["found"] == ["n156131000-places"]
    assert [each["id"] for each in names["tree"]["features"]] == ["n156131000-places"]
    assert names["province"]["numberMatched"] == len(products_of("156130000"))
    told = {str(row.id) for row in names["distributions"]}
    assert told == {f"n156000000-{name}" for name in products_of("156000000")}
    assert names["below"] == [served.url("/156130000/dcat.jsonld")]
    assert names["tile"].startswith(b"\x89PNG")
    for page in names["pages"]:
        assert page.startswith(served.url("/156000000/"))
        with urllib.request.urlopen(page) as answer:
            assert answer.status == 200, page


def products_of(code: str) -> list[str]:
    return [name for node, name in products() if node == code]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
def test_each_distribution_that_is_open_is_there_with_the_size_that_is_told(served: Demo) -> None:
    for code in CODES:
        graph = rdflib.Graph().parse(served.url(f"/{code}/dcat.jsonld"), format="json-ld")
        dcat = rdflib.DCAT
        for file in graph.subjects(rdflib.RDF.type, dcat.Distribution):
            url, size = str(graph.value(file, dcat.accessURL)), str(graph.value(file, dcat.byteSize))
            if "/climate" in url and code == "156130000":  # needs a key
                continue
            with urllib.request.urlopen(urllib.request.Request(url, method="HEAD")) as answer:
                assert int(answer.headers["content-length"]) == int(size), url
