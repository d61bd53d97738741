"""An edge function in front of a gateway: what it lets in is served and counted once, whatever else is sent."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any, cast
from urllib.parse import unquote

import pytest
from admission_kit import KEYS, NODE, PRODUCTS, RELEASE
from admission_rows import STATUSES, TABLE
from archive_kit import one_tile
from edge_kit import Edge, event, pointer
from gateway_kit import ANSWERING, CARD, Answer, MemoryReader, ask, gateway_of, release

from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.gateway.front import Accounts as Having
from tianlake.functions.gateway.node import Node
from tianlake.functions.gateway.places import locate
from tianlake.functions.gateway.web_requests import WebCall

TILE = "/tiles/roads/0/0/0.mvt"
PLAIN = KEYS["plain"]
PASS = bytes(32).hex()
"""What the store of `edge_kit` says of every secret but that of links."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return one_tile(tmp_path_factory.mktemp("one"))


class Both:
    """An edge function and the gateway behind it, over one lake and one store of accounts."""

    def __init__(self, archive: bytes) -> None:
        self.edge = Edge()
        files = {"quality.html": b"<!doctype html>", "thumbnail.png": b"png"}
        self.edge.objects.objects[NODE, "catalog.json"] = b"{}"
        for product, access in PRODUCTS.items():
            card = replace(CARD, id=product, access=access)
            of_product = {f"{product}.pmtiles": archive, f"{product}.parquet": bytes(5_000)}
            found = release(RELEASE, {**files, **of_product}, card=card)
            found[f"collections/{product}/collection.json"] = pointer(access)
            self.edge.objects.objects |= {(NODE, key): body for key, body in found.items()}
        self.lake = {key: body for (code, key), body in self.edge.objects.objects.items() if code == NODE}
        having = Having(cast("AccountStore", self.edge.store))
        self.gateway = gateway_of({NODE: Node(NODE, MemoryReader(self.lake))}, having, self.edge.clock, ANSWERING)

    def __call__(self, uri: str, query: str = "", **headers: str) -> Answer:
        """Send a request to the edge; return what the gateway makes of what goes on, as CloudFront sends it."""
        return self.replayed(self.edge(uri, query, headers=headers))

    def replayed(self, sent: dict[str, Any]) -> Answer:
        assert "uri" in sent, sent
        path = f"{sent['uri']}?{sent['querystring']}" if sent["querystring"] else sent["uri"]
        fields = {name: each[0]["value"] for name, each in sent["headers"].items() if name != "host"}
        return ask(self.gateway, path, sent["method"], client="203.0.113.9", **fields)

    @property
    def counted(self) -> list[str]:
        return [each.account for each in self.edge.store.asks]


@pytest.fixture
def both(archive):
    return Both(archive)


def test_a_tile_that_the_edge_let_in_is_served_and_counted_once(both):
    answer = both(TILE, f"tk={PLAIN}")
    assert (answer.status, bool(answer.body)) == (200, True)
    assert both.counted == ["aplain"]
    assert both.edge.spent("aplain", "tile") == 1


@pytest.mark.parametrize("query", ["T=vec_w&x=0&y=0&l=0", "T=vec_w&X=0&Y=0&L=0"])
def test_so_is_a_tile_by_todays_address(both, query):
    assert both("/DataServer", f"{query}&tk={PLAIN}").status == 200
    assert both.counted == ["aplain"]


def test_what_is_no_tile_of_ours_is_said_by_the_gateway(both):
    answer = both("/DataServer", f"T=vec_w&x=zero&tk={PLAIN}")
    assert answer.status == 400
    assert both.counted == ["aplain"]


def test_what_needs_a_key_is_kept_by_browsers_alone_and_says_no_accounts_quota(both):
    answer = both(TILE, f"tk={PLAIN}")
    assert answer.headers["cache-control"].startswith("private")
    assert answer.headers["vary"].endswith("authorization, x-api-key")
    assert not any(name.startswith("ratelimit") for name in answer.headers)
    assert both("/tiles/places/0/0/0.mvt").headers["cache-control"].startswith("public")


@pytest.mark.parametrize("row", [row for row in TABLE if row.code is None], ids=str)
def test_whatever_the_edge_lets_in_is_there(both, row):
    sent = both.edge(row.path, row.query, headers=row.headers, client=row.client, method=row.method)
    asked = list(both.counted)
    place = locate(sent["uri"].encode(), {NODE})
    if unquote(sent["uri"]).startswith("/tiles/") or isinstance(place.target, WebCall):
        answer = both.replayed(sent)
        assert answer.status == 200
        assert not any(name.startswith("ratelimit") for name in answer.headers)
        assert both.counted == asked, "the gateway counts it no second time"
    else:
        assert unquote(sent["uri"][1:]) in both.lake, "the bucket has it"


@pytest.mark.parametrize("forged", [PASS[:-1], PASS.upper() + "0", "", "x", PASS + " "])
def test_a_wrong_pass_makes_an_ordinary_request(both, forged):
    answer = ask(both.gateway, TILE, tianlake_admitted=forged)
    assert (answer.status, answer.document["code"]) == (STATUSES["key-missing"][0], "key-missing")
    assert ask(both.gateway, f"{TILE}?tk={PLAIN}", tianlake_admitted=forged).status == 200
    assert both.counted == ["aplain"]


def test_a_pass_opens_nothing_where_there_is_no_store(both):
    nobody = gateway_of({NODE: Node(NODE, MemoryReader(both.lake))}, clock=both.edge.clock)
    assert ask(nobody, TILE, tianlake_admitted=PASS).status == 401


@pytest.mark.parametrize(
    "uri", ["/catalog.json", TILE, "/tiles/roads.json", "/accounts/me", "/wmts", "/data/roads/roads.parquet"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_a_client_sends_for_a_pass_does_not_go_on(both, uri, method):
    forged = {"tianlake-admitted": "forged", "x-forwarded-host": "evil.example", "x-forwarded-proto": "http"}
    answer = both.edge.handle(event(uri, f"request=GetCapabilities&tk={KEYS['pro']}", forged, method=method))
    assert "forged" not in json.dumps(answer)
    assert "evil" not in json.dumps(answer)
    assert ("tianlake-admitted" in answer["headers"]) == (uri == TILE and method == "GET")


def test_a_forged_pass_without_a_key_is_refused_at_the_edge_with_the_true_one_too(both):
    assert both.edge(TILE, headers={"tianlake-admitted": PASS})["status"] == "401"


def test_the_pass_is_in_no_answer_and_no_log(both, caplog):
    caplog.set_level(logging.DEBUG)
    for uri in (TILE, "/tiles/roads/9/0/0.mvt", "/tiles/roads/0/0/0.png"):
        answer = both(uri, f"tk={PLAIN}")
        assert PASS not in f"{answer.headers}{answer.body!r}"
    assert PASS not in caplog.text


def test_no_tile_is_let_in_before_a_gateway_could_believe_it(archive):
    both = Both(archive)
    both.edge.store.down = True
    assert both.edge(TILE, f"tk={PLAIN}")["status"] == "503"
    assert "uri" in both.edge("/data/places/quality.html")
    both.edge.store.down = False
    both.edge.clock.now += 6
    assert both(TILE, f"tk={PLAIN}").status == 200


def test_a_gateway_whose_store_was_down_believes_the_edge_later(archive):
    both = Both(archive)
    sent = both.edge(TILE, f"tk={PLAIN}")
    both.edge.store.down = True
    assert both.replayed(sent).status == 401
    both.edge.store.down = False
    both.edge.clock.now += 31
    assert both.replayed(sent).status == 200
