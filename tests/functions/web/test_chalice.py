"""The Chalice app of the web API as API Gateway calls it, over a small lake."""

from __future__ import annotations

import base64
import json
import os
import time
from dataclasses import replace
from io import BytesIO
from typing import Any, cast

import pytest
from accounts_kit import an_account, make_tables
from admission_kit import KEYS, RECORDS
from chalice.deploy.swagger import TemplatedSwaggerGenerator
from chalice.deploy.validate import validate_routes
from chalice_kit import closure, load_app, route_of, run_alone, sent_to
from gateway_kit import NODE
from kit import REPO
from PIL import Image
from static_kit import GREY, StaticMaps, desk_of, write_node

from tianlake.functions.accounts.dynamodb import DynamoAccounts
from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.records import IssuedKey
from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.functions.api import replies
from tianlake.functions.api.web import web_routes
from tianlake.functions.cors import ALWAYS
from tianlake.functions.gateway.places import locate
from tianlake.functions.gateway.web_requests import WebCall

ROOT = REPO / "functions/web"
CITY = "156131000"
MAP = "layers=img_c&center=100,30"


def fill(store: AccountStore) -> None:
    """Give a store the keys `plain` and `pro`, each of an account of its own."""
    for number, record in enumerate(RECORDS[:2]):
        store.add_account(an_account(number, id=record.account, tier=record.tier, terms=()))
        store.add_key(IssuedKey(replace(record, terms=""), "label", "2026-11-27T00:00:00Z"))


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    made = tmp_path_factory.mktemp("lake")
    write_node(made)
    return made


@pytest.fixture(scope="module")
def accounts(tmp_path_factory):
    path = tmp_path_factory.mktemp("accounts") / "accounts.sqlite"
    fill(SqliteAccounts(path))
    return path


@pytest.fixture
def settings(lake, accounts, monkeypatch):
    """The variables that name a lake and its accounts."""
    monkeypatch.setenv("TIANLAKE_ACCOUNTS", f"sqlite:{accounts}")
    monkeypatch.setenv("TIANLAKE_LAKE", f"file:{lake}")
    monkeypatch.setenv("TIANLAKE_NODE", NODE)


class Answered:
    """What API Gateway makes of an answer."""

    def __init__(self, made: dict[str, Any]) -> None:
        assert made["isBase64Encoded"], "with */* as binary type, everything is"
        assert {name: made["headers"][name] for name in ALWAYS} == ALWAYS, "CORS on every answer"
        assert len(json.dumps(made)) < 6_000_000
        self.status: int = made["statusCode"]
        self.headers: dict[str, str] = made["headers"]
        self.body = base64.b64decode(made["body"])

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@pytest.fixture
def ask(settings):
    app = load_app(ROOT).app
    return lambda *args, **more: Answered(app(sent_to(*args, **more), None))


def test_a_static_map_is_the_same_bytes_as_at_the_gateway(ask, lake):
    answer = ask("/staticimage", f"{MAP}&tk={KEYS['plain']}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert answer.body == StaticMaps(desk_of(lake)).ask(layers="img_c", center="100,30").body
    with Image.open(BytesIO(answer.body)) as opened:
        pixel = opened.convert("RGB").getpixel((5, 5))
    assert all(abs(seen - wanted) <= 3 for seen, wanted in zip(cast("Any", pixel), GREY, strict=True))
    assert answer.headers["cache-control"].startswith("private")
    assert answer.headers["vary"] == "authorization, x-api-key"
    assert int(answer.headers["ratelimit-remaining"]) > 0
    assert ask(f"/{NODE}/staticimage", f"{MAP}&tk={KEYS['plain']}").body == answer.body


def test_nobody_without_a_key_is_let_in(ask, monkeypatch):
    refused = ask("/staticimage", MAP)
    assert (refused.status, refused.document["code"]) == (401, "key-missing")
    assert refused.document["hint"] == "https://abc.execute-api.test/api/portal/account.html"
    assert ask("/sql", f"tk={KEYS['plain']}", "POST", body="SELECT 1").document["code"] == "tier-too-low"
    assert "ratelimit-remaining" in ask("/sql", f"tk={KEYS['pro']}").headers
    assert ask("/v2/search", "tk=x").document["code"] == "key-malformed"
    assert ask("/drive").document["code"] == "service-not-provided"
    items = f"/ogc/collections/n{NODE}-photo/items"
    assert ask(items).document["code"] == "key-missing"
    assert ask(items, f"tk={KEYS['plain']}").document["code"] == "tier-too-low"
    assert "ratelimit-remaining" in ask(items, f"tk={KEYS['pro']}").headers
    assert ask(f"/ogc/collections/n{NODE}-gone/items", f"tk={KEYS['pro']}").status == 404
    monkeypatch.setenv("TIANLAKE_STRICT", "1")
    strict = Answered(load_app(ROOT).app(sent_to("/geocoder"), None))
    assert (strict.status, strict.document["code"]) == (418, 301001)


def test_what_an_edge_function_let_in_is_believed(ask, accounts):
    proof = SqliteAccounts(accounts).secret("edge-pass").hex()
    answer = ask("/staticimage", MAP, headers={"tianlake-admitted": proof})
    assert (answer.status, "ratelimit-remaining" in answer.headers) == (200, False)
    for forged in (proof[:-1], f"{proof}, {proof}", "x", ""):
        assert ask("/staticimage", MAP, headers={"tianlake-admitted": forged}).status == 401


def test_preflights_other_methods_and_heads(ask):
    preflight = ask("/sql", method="OPTIONS")
    assert (preflight.status, preflight.body) == (204, b"")
    assert "content-type" in preflight.headers["access-control-allow-headers"]
    refused = ask("/sql", method="DELETE")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
    head = ask("/staticimage", f"{MAP}&tk={KEYS['plain']}", "HEAD")
    assert (head.status, head.headers["content-type"], head.body) == (200, "image/png", b"")


def test_what_a_client_accepts_is_for_the_service_to_read(ask):
    """Chalice would refuse an answer in a type that is not accepted, and any answer to who accepts nothing by name."""
    assert ask("/ogc", headers={"Accept": "text/html"}).document["code"] == "not-acceptable", "OGC API here is JSON"
    assert [ask("/ogc", headers=each).status for each in ({}, {"accept": "application/json"})] == [200, 200]
    picture = ask("/staticimage", f"{MAP}&tk={KEYS['plain']}", headers={"Accept": "application/json"})
    assert picture.headers["content-type"] == "image/png"


def test_an_answer_that_is_too_large_for_a_function_says_so(ask, monkeypatch):
    monkeypatch.setattr(replies, "LARGEST", 100)
    answer = ask("/staticimage", f"{MAP}&tk={KEYS['plain']}")
    assert (answer.status, answer.document["code"]) == (501, "answer-too-large")


def test_without_settings_it_can_be_packaged_and_says_nothing_of_what_is_missing(monkeypatch, caplog):
    for name in [name for name in os.environ if name.startswith("TIANLAKE_")]:
        monkeypatch.delenv(name)
    app = load_app(ROOT).app
    validate_routes(app.routes)
    described = TemplatedSwaggerGenerator().generate_swagger(app)
    assert described["x-amazon-apigateway-binary-media-types"] == ["*/*"]
    assert set(described["paths"]) == set(web_routes())
    answer = Answered(app(sent_to("/geocoder"), None))
    assert (answer.status, answer.document["code"]) == (500, "internal")
    assert "TIANLAKE_LAKE" not in answer.body.decode()
    assert "TIANLAKE_LAKE" in caplog.text


@pytest.mark.parametrize(
    "path",
    [
        "/ogc",
        "/ogc/conformance",
        "/ogc/collections/x",
        "/ogc/collections/x/items",
        "/ogc/collections/x/items/1",
        "/ogc/a/b/c/d/e/f",
        f"/{CITY}/ogc/collections/x/items/1",
        f"/{CITY}/v2/search",
        f"/{CITY}/drive",
    ],
)
def test_each_path_of_the_web_api_has_a_route(path):
    route_of(path)
    assert isinstance(locate(path.encode(), {CITY}).target, WebCall)


@pytest.mark.xdist_group("localstack")
def test_it_answers_from_s3_and_dynamodb(localstack, lake, monkeypatch):
    bucket, prefix = localstack.make_bucket(), make_tables(localstack)
    store = DynamoAccounts(prefix, localstack.settings, localstack.session)
    fill(store)
    localstack.upload(lake, bucket)
    for name, value in localstack.variables(bucket, NODE, prefix).items():
        monkeypatch.setenv(name, value)
    app = load_app(ROOT).app
    answer = Answered(app(sent_to("/staticimage", f"{MAP}&tk={KEYS['plain']}"), None))
    assert answer.body == StaticMaps(desk_of(lake)).ask(layers="img_c", center="100,30").body
    assert store.used("aplain", time.time())["search"] > 0
    assert Answered(app(sent_to("/staticimage", MAP), None)).status == 401
    proof = {"tianlake-admitted": store.secret("edge-pass").hex()}
    assert Answered(app(sent_to("/staticimage", MAP, headers=proof), None)).status == 200


def test_the_app_runs_with_nothing_but_what_its_extras_name(settings, tmp_path):
    allowed = closure("api", "web")
    assert {"chalice", "pillow", "duckdb", "obstore"} <= allowed
    assert not {"starlette", "granian", "anyio", "rasterio", "fonttools", "cachetools", "pyarrow"} & allowed
    sent = sent_to("/staticimage", f"{MAP}&tk={KEYS['plain']}")
    assert run_alone(ROOT, allowed, sent, tmp_path) == 200
