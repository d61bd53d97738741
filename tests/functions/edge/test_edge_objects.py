"""Which object a request goes on to, and what its bytes cost."""

from __future__ import annotations

import json

import pytest
from admission_kit import KEYS, NODE, RELEASE
from edge_kit import CITY, Edge

PLAIN = KEYS["plain"]
TILE = "/tiles/roads/0/0/0.mvt"


@pytest.fixture
def edge():
    return Edge()


def field(answer, name):
    return [each["value"] for each in answer["headers"].get(name, [])]


@pytest.mark.parametrize(
    "path",
    [
        "/private/accounts.sqlite",
        "/%70rivate/x",
        "/releases/../private/x",
        "/releases/%2e%2e/private/x",
        "/tiles/roads/..%2f..%2fprivate",
        "/nothing",
        "/tiles/unknown/0/0/0.mvt",
        f"/releases/unknown/{RELEASE}/unknown.parquet",
    ],
)
def test_what_is_never_served_does_not_reach_the_bucket(edge, path):
    answer = edge(path)
    assert (answer["status"], json.loads(answer["body"])["code"]) == ("404", "not-found")
    assert not any("private" in key for key in edge.objects.reads)


@pytest.mark.parametrize(
    ("uri", "to"),
    [
        ("/", "/portal/index.html"),
        ("/favicon.ico", "/portal/favicon.ico"),
        ("/catalog.json", "/catalog.json"),
        ("/data/places/places.parquet", f"/releases/places/{RELEASE}/places.parquet"),
        ("/data/places/%70laces.parquet", f"/releases/places/{RELEASE}/places.parquet"),
        ("/data/places/a/b.json", f"/releases/places/{RELEASE}/a/b.json"),
        ("/data/places/a+b%20%E6%B9%96%3F.json", f"/releases/places/{RELEASE}/a%2Bb%20%E6%B9%96%3F.json"),
        ("/tiles/places.pmtiles", f"/releases/places/{RELEASE}/places.pmtiles"),
        ("/tiles/places/image-c.pmtiles", f"/releases/places/{RELEASE}/places-image-c.pmtiles"),
        (f"/{NODE}/data/places/places.parquet", f"/releases/places/{RELEASE}/places.parquet"),
        (f"/{CITY}/data/places/places.parquet", f"/c/releases/places/{RELEASE}/places.parquet"),
        (f"/{CITY}/", "/c/portal/index.html"),
        (f"/{CITY}/catalog.json", "/c/catalog.json"),
    ],
)
@pytest.mark.parametrize(
    "query", ["", "list-type=2", "acl", "versionId=1", "response-content-type=text/html", f"tk={PLAIN}"]
)
def test_every_spelling_of_an_object_is_its_own_key_in_the_bucket(edge, uri, to, query):
    for name in ("a/b.json", "a+b 湖?.json"):
        edge.objects.objects[NODE, f"releases/places/{RELEASE}/{name}"] = b"{}"
    answer = edge(uri, query)
    assert (answer["uri"], answer["querystring"]) == (to, "")
    assert "tianlake-admitted" not in answer["headers"]


def test_an_alias_stands_for_the_current_release_within_half_a_minute(edge):
    uri, later = "/data/places/places.parquet", RELEASE.replace("20261101", "20261102")
    assert RELEASE in edge(uri)["uri"]
    place = (NODE, "collections/places/collection.json")
    edge.objects.objects[place] = edge.objects.objects[place].replace(RELEASE.encode(), later.encode())
    edge.objects.objects[NODE, f"releases/places/{later}/places.parquet"] = bytes(10)
    edge.clock.now += 31
    assert edge(uri)["uri"] == f"/releases/places/{later}/places.parquet"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", ["missing.parquet", "missing.json"])
def test_a_file_that_a_release_does_not_have_is_answered_here_and_kept_by_nobody(edge, name, method):
    answer = edge(f"/data/places/{name}", method=method)
    assert (answer["status"], field(answer, "cache-control")) == ("404", ["no-store"])
    edge.objects.objects[NODE, f"releases/places/{RELEASE}/{name}"] = b"it came"
    assert "uri" in edge(f"/data/places/{name}", method=method)


def test_the_first_archive_is_the_one_that_maps_draw_whatever_its_name(edge):
    place = (NODE, "collections/places/collection.json")
    collection = json.loads(edge.objects.objects[place])
    names = {"places-c.pmtiles": "CGCS2000Quad", "places-image.pmtiles": "WebMercatorQuad"}
    collection["assets"] = {
        name: {"href": f"../../releases/places/{RELEASE}/{name}", "type": "application/vnd.pmtiles"}
        | {"tianlake:tile_matrix_set": matrix_set}
        for name, matrix_set in names.items()
    }
    edge.objects.objects[place] = json.dumps(collection).encode()
    assert edge("/tiles/places.pmtiles")["uri"] == f"/releases/places/{RELEASE}/places-image.pmtiles"


@pytest.mark.parametrize(("uri", "to"), [("/terms", "portal/terms.html"), (f"/{CITY}", f"{CITY}/")])
def test_short_addresses_lead_on(edge, uri, to):
    answer = edge(uri, "tk=x")
    assert (answer["status"], field(answer, "location")) == ("308", [to])


@pytest.mark.parametrize("uri", [TILE, "/tiles/roads/%30/0/0.mvt"])
def test_a_tile_is_one_object_however_it_is_asked_for(edge, uri):
    answer = edge(uri, f"tk={PLAIN}&_=123")
    assert (answer["uri"], answer["querystring"]) == (TILE, "")
    assert field(answer, "tianlake-admitted") == [bytes(32).hex()]


def test_the_size_of_an_answer_is_charged(edge):
    for uri, headers, size in [
        ("/data/places/places.parquet", {"range": "bytes=0-99"}, 100),
        ("/data/places/places.parquet", {"range": "bytes=0-99", "if-range": '"another"'}, 5_000),
        ("/data/places/places.parquet", {"range": "bytes = 0-99"}, 5_000),
        ("/data/places/places.parquet", {}, 5_000),
        (f"/releases/places/{RELEASE}/places.parquet", {"range": "bytes=4000-"}, 5_000),
        ("/tiles/places.pmtiles", {}, 1_127),
        ("/tiles/places/image.pmtiles", {}, 127),
        ("/tiles/places.pmtiles", {"range": "bytes=0-126"}, 127),
        ("/tiles/places.pmtiles", {"range": "bytes=0-999999999"}, 1_127),
        ("/data/places/missing.parquet", {}, 0),
        ("/data/places/missing.parquet", {"range": "bytes=0-99"}, 0),
    ]:
        edge.clock.now += 20  # what a worker gives back has no place in the schedule any more
        before = edge.spent("aplain")
        assert ("uri" in edge(uri, f"tk={PLAIN}", headers=headers)) == (size > 0)
        assert edge.spent("aplain") - before == size, uri


@pytest.mark.parametrize("query", ["", f"tk={KEYS['nobody']}", f"tk={KEYS['expired']}"])
def test_no_size_is_asked_for_whom_the_door_does_not_let_in(edge, query):
    uri = "/data/roads/roads.parquet"
    assert edge(uri, query)["status"] in {"401", "403"}
    assert not any(key.startswith("releases/") for key in edge.objects.reads)
    edge(uri, f"tk={PLAIN}")
    assert any(key.startswith("releases/") for key in edge.objects.reads)


def test_other_nodes_have_products_of_their_own(edge):
    assert edge(f"/{CITY}/tiles/places/0/0/0.mvt")["uri"] == f"/{CITY}/tiles/places/0/0/0.mvt"
    assert edge(f"/{CITY}{TILE}")["status"] == "404"
