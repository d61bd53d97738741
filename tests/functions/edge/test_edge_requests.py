"""What the edge lets through, what it answers itself, and in which form."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from admission_kit import KEYS, RELEASE, SK
from admission_rows import STATUSES, TABLE
from edge_kit import CITY, CONFIG, Edge, event
from hypothesis import given, settings
from hypothesis import strategies as st

from tianlake.functions.edge.events import LARGEST

PLAIN = KEYS["plain"]
TILE = "/tiles/roads/0/0/0.mvt"


@pytest.fixture
def edge():
    return Edge()


def field(answer, name):
    return [each["value"] for each in answer["headers"].get(name, [])]


def counted(edge, meter="tile"):
    return {account for (account, each), held in edge.store.held.items() if each == meter}


def in_bucket(path):
    """Return the address of the object that an alias of the kit's lake stands for."""
    for product in ("roads", "places", "survey"):
        folder = f"/releases/{product}/{RELEASE}/"
        path = path.replace(f"/data/{product}/", folder).replace(
            f"/tiles/{product}.pmtiles", f"{folder}{product}.pmtiles"
        )
    return path


def gone_on(row):
    """Return the query that goes on: none to tiles and files, what was asked to the web API; whose links carry a key,
    with it."""
    if "/ogc" in row.path or "/stac" in row.path:
        return row.query
    web = not row.path.startswith(("/tiles", "/data", "/releases", "/collections"))
    return "&".join(each for each in row.query.split("&") if web and not each.startswith("tk="))


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_the_table_of_requests(edge, row):
    answer = edge(row.path, row.query, headers=row.headers, client=row.client, method=row.method)
    if row.code is None:
        assert answer["uri"] == in_bucket(row.path), answer
        assert answer["querystring"] == gone_on(row)
        assert answer["method"] == row.method
        metered = counted(edge) | counted(edge, "data") | counted(edge, "search")
        assert {each.partition("-")[0] for each in metered} == ({row.account} if row.account else set())
    else:
        assert answer["status"] == str(STATUSES[row.code][0])
        assert json.loads(answer["body"])["code"] == row.code
    shown = json.dumps(answer | {"querystring": ""})
    assert not any(secret in shown for secret in (*KEYS.values(), SK))


@pytest.mark.parametrize("row", [row for row in TABLE if row.code], ids=str)
def test_the_table_of_refusals_as_today(row):
    assert row.code is not None
    edge = Edge(replace(CONFIG, strict=True))
    answer = edge(row.path, row.query, headers=row.headers, client=row.client, method=row.method)
    _status, status, code = STATUSES[row.code]
    assert (answer["status"], json.loads(answer["body"])["code"]) == (str(status), code)


def test_what_goes_on_is_the_request_without_its_key(edge):
    sent = {"authorization": "Bearer x", "x-api-key": PLAIN, "range": "bytes=0-9", "if-none-match": '"a"'}
    answer = edge("/data/roads/roads.parquet", f"a=1&TK={PLAIN}&b=%2f+&sk=x", headers=sent)
    assert (answer["uri"], answer["querystring"]) == (f"/releases/roads/{RELEASE}/roads.parquet", "")
    assert set(answer["headers"]) == {"host", "user-agent", "accept", "range", "if-none-match"}
    assert (answer["method"], answer["clientIp"]) == ("GET", "198.51.100.7")


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["tk", "TK", "%74k", "sk", "x"]), st.sampled_from([PLAIN, ""])), max_size=6))
def test_no_key_ever_goes_on(members):
    edge = Edge()
    query = "&".join(f"{name}={value}" for name, value in members if name != "x" or not value)
    assert PLAIN not in json.dumps(edge(TILE, query))


@pytest.mark.parametrize(
    ("uri", "query", "to"),
    [
        ("/DataServer", "T=vec_w&x=3&y=1&l=2", "/tiles/roads/2/3/1.mvt"),
        ("/DataServer", "T=vec_w&X=3&Y=1&L=2", "/tiles/roads/2/3/1.mvt"),
        ("/DataServer", "T=img_w&x=3&y=1&l=2", "/tiles/places/image/2/3/1.png"),
        ("/DataServer", "T=img_c&x=3&y=1&l=2", "/tiles/places/image-c/2/3/1.webp"),
        ("/DataServer", "T=cva_c&x=3&y=1&l=2", "/tiles/places/image-c/2/3/1.webp"),
        ("/DataServer", "T=cva_w&x=3&y=1&l=2", "/tiles/places/image/2/3/1.png"),
        ("/DataServer", "T=cta_c&x=3&y=1&l=2", "/tiles/places/c/2/3/1.jpg"),
        ("/DataServer", "T=cta_w&x=3&y=1&l=2", "/tiles/places/2/3/1.mvt"),
        (
            "/img_w/wmts",
            "service=wmts&request=GetTile&layer=img&tilematrixset=w&format=tiles&TileMatrix=2&TileRow=1&TileCol=3",
            "/tiles/places/image/2/3/1.png",
        ),
        ("/img_w/wmts/1.0.0/img/default/w/2/1/3.png", "", "/tiles/places/image/2/3/1.png"),
    ],
)
def test_todays_addresses_become_ours(edge, uri, query, to):
    answer = edge(uri, f"{query}&tk={PLAIN}")
    assert (answer["uri"], answer["querystring"]) == (to, "")
    assert counted(edge) == {"aplain"}


def test_a_layer_asks_for_what_its_product_asks_for(edge):
    query = "T=vec_w&x=0&y=0&l=1"
    assert edge("/DataServer", query)["status"] == "401"
    assert edge("/DataServer", query.replace("vec", "img"))["uri"] == "/tiles/places/image/1/0/0.png"
    assert edge("/DataServer", query.replace("vec", "ter"))["status"] == "404", "its product is not published"


@pytest.mark.parametrize(
    ("uri", "query"),
    [
        ("/DataServer", "T=vec_c&x=0&y=0&l=1"),
        ("/DataServer", "T=ibo_w&x=0&y=0&l=1"),
        ("/DataServer", "T=vec_w&x=zero"),
        ("/vec_w/wmts", "request=GetTile&format=image/png&tilematrix=1&tilerow=0&tilecol=0"),
    ],
)
def test_what_is_no_tile_of_ours_goes_on_as_it_came(edge, uri, query):
    answer = edge(uri, f"{query}&tk={PLAIN}")
    assert (answer["uri"], answer["querystring"]) == (uri, query)


def test_capabilities_carry_the_key_on(edge):
    query = f"REQUEST=GetCapabilities&tk={PLAIN}"
    assert edge("/vec_w/wmts", query)["querystring"] == query


def test_a_preflight_is_answered_without_a_key(edge):
    sent = {"origin": "https://example.org", "access-control-request-headers": "authorization,range"}
    answer = edge(TILE, method="OPTIONS", headers=sent)
    assert (answer["status"], answer["statusDescription"]) == ("204", "No Content")
    assert "authorization" in field(answer, "access-control-allow-headers")[0]
    assert field(answer, "access-control-allow-origin") == ["*"]
    assert "body" not in answer


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("uri", ["/accounts", "/accounts/me/keys/k1", "/usage", f"/{CITY}/usage"])
def test_account_calls_go_on_as_they_came(edge, uri, method):
    sent = event(uri, f"tk={PLAIN}", {"authorization": "Bearer token"}, method=method)
    assert edge.handle(sent) == sent["Records"][0]["cf"]["request"]


def test_other_methods_are_refused(edge):
    answer = edge(TILE, method="PUT")
    assert (answer["status"], field(answer, "allow")) == ("405", ["GET, HEAD, OPTIONS"])


@pytest.mark.parametrize("row", [row for row in TABLE if row.code], ids=str)
def test_pages_can_read_every_answer_and_it_fits(edge, row):
    answer = edge(row.path, row.query, headers=row.headers, client=row.client)
    assert field(answer, "access-control-allow-origin") == ["*"]
    assert "Retry-After" in field(answer, "access-control-expose-headers")[0]
    assert field(answer, "cache-control") == ["no-store"]
    assert len(json.dumps(answer)) < LARGEST
    assert all(name == name.lower() == each["key"] for name, sent in answer["headers"].items() for each in sent)


def test_the_largest_request_makes_no_large_answer(edge):
    sent = {"referer": f"https://{'a' * 8_000}.example/", "origin": f"https://{'b' * 8_000}.example"}
    answer = edge(TILE, f"tk={KEYS['page']}", headers=sent)
    assert (answer["status"], len(json.dumps(answer)) < 3_000) == ("403", True)


def test_an_answer_to_head_has_no_body(edge):
    answer = edge(TILE, method="HEAD")
    assert answer["status"] == "401"
    assert "body" not in answer
    edge("/data/places/places.parquet", method="HEAD")
    assert {meter for _account, meter in edge.store.held} == {"data"}


def test_a_product_that_is_closed_is_closed_within_half_a_minute(edge):
    edge.objects.objects["156130000", "collections/places/collection.json"] = edge.objects.objects[
        "156130000", "collections/roads/collection.json"
    ]
    assert edge("/tiles/places/0/0/0.mvt")["status"] == "401"
    other = Edge()
    assert "uri" in other("/tiles/places/0/0/0.mvt")
    other.objects.objects = edge.objects.objects
    other.clock.now += 31
    assert other("/tiles/places/0/0/0.mvt")["status"] == "401"


def test_documents_are_read_once_in_half_a_minute(edge):
    for _ in range(100):
        edge(TILE, f"tk={PLAIN}")
    assert sorted(edge.objects.reads) == ["collections/roads/collection.json", "quotas.json", "terms.json"]


def test_the_nodes_own_quotas_and_terms_hold(edge):
    policy = json.loads(edge.objects.objects["156130000", "quotas.json"])
    policy["tiers"]["personal"]["limits"]["tile"]["per_day"] = 3
    edge.objects.objects["156130000", "quotas.json"] = json.dumps(policy).encode()
    statuses = [edge(TILE, f"tk={PLAIN}").get("status") for _ in range(4)]
    assert statuses == [None, None, None, "429"]
    del edge.objects.objects["156130000", "terms.json"]
    edge.clock.now += 31
    assert edge(TILE, f"tk={KEYS['never']}").get("status") is None


def test_with_everything_down_the_answer_is_503_and_can_be_read(edge):
    edge.objects.down = edge.store.down = True
    answer = edge(TILE, f"tk={PLAIN}")
    assert (answer["status"], field(answer, "retry-after")) == ("503", ["2"])
    assert field(answer, "access-control-allow-origin") == ["*"]
    assert "uri" in edge("/catalog.json")
    edge.objects.down = edge.store.down = False
    edge.clock.now += 31
    assert "uri" in edge(TILE, f"tk={PLAIN}")
    edge.objects.down = edge.store.down = True
    edge.clock.now += 31
    answers = [edge(TILE, f"tk={PLAIN}") for _ in range(100)]
    assert "uri" in answers[0], "a lease is at hand, and is kept"
    assert answers[-1]["status"] == "503", "nothing is left of it"
    assert json.loads(edge(TILE, "tk=x")["body"])["code"] == "key-malformed"


def test_a_slow_store_is_not_waited_for_until_cloudfront_gives_up(edge):
    find = edge.store.find

    def slowly(digest):
        edge.clock.now += 3
        return find(digest)

    edge.store.find = slowly
    answer = edge(TILE, f"tk={PLAIN}")
    assert (answer["status"], len(edge.store.asks)) == ("503", 0)
    assert "uri" in edge(TILE, f"tk={PLAIN}"), "what came late is there for the next"


def test_a_fault_of_ours_is_a_503_that_pages_can_read(edge):
    broken = event(TILE)
    del broken["Records"][0]["cf"]["request"]["clientIp"]
    answer = edge.handle(broken)
    assert (answer["status"], field(answer, "access-control-allow-origin")) == ("503", ["*"])


def test_links_open_nothing_until_the_secret_is_known():
    edge = Edge()
    edge.store.down = True
    (row,) = [row for row in TABLE if row.says == "a signed link"]
    assert json.loads(edge(row.path, row.query)["body"])["code"] == "link-wrong"
    edge.store.down = False
    edge.clock.now += 31
    assert "uri" in edge(row.path, row.query)


def test_a_warm_function_answers_in_well_under_five_milliseconds(edge):
    sent = event(TILE, f"tk={PLAIN}&v=1", {"referer": "https://example.org/", "range": "bytes=0-16383"})
    edge.store.held.clear()
    times = []
    for _ in range(2_000):
        edge.clock.now += 0.02
        start = time.thread_time()  # other tests run beside this one
        answer = edge.handle(sent)
        times.append(time.thread_time() - start)
        assert "uri" in answer
    assert sorted(times)[1_980] < 0.005
