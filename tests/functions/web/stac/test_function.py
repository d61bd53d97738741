"""The STAC API as a Lambda function, as the services of AWS call it, over a small lake."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from accounts_kit import an_account, make_tables
from admission_kit import KEYS, RECORDS
from chalice_kit import closure, event, load_app, run_alone
from kit import REPO
from stac_api_kit import BASE, CODE

from tianlake.functions.accounts.records import IssuedKey
from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.functions.api import asgi
from tianlake.functions.cors import ALWAYS

ROOT = REPO / "functions/stac"
HOST = {"Host": "abc.execute-api.test", "X-Forwarded-Proto": "https", "Accept": "*/*"}


@pytest.fixture(autouse=True)
def _loop():
    """Give the thread an event loop, as Lambda's has one: Mangum would make one that nobody closes."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def settings(lake_root, tmp_path, monkeypatch):
    """The variables that name a lake and its accounts."""
    store = SqliteAccounts(tmp_path / "accounts.sqlite")
    record = RECORDS[0]
    store.add_account(an_account(0, id=record.account, tier=record.tier, terms=()))
    store.add_key(IssuedKey(replace(record, terms=""), "label", "2026-11-27T00:00:00Z"))
    monkeypatch.setenv("TIANLAKE_ACCOUNTS", f"sqlite:{tmp_path / 'accounts.sqlite'}")
    monkeypatch.setenv("TIANLAKE_LAKE", f"file:{lake_root}")
    monkeypatch.setenv("TIANLAKE_NODE", CODE)


@pytest.fixture
def ask(settings):
    app = load_app(ROOT).app

    def answered(sent):
        made = app(sent, None)
        body = made["body"]
        made["body"] = base64.b64decode(body) if made["isBase64Encoded"] else body.encode()
        headers = {name.lower(): value for name, value in made["headers"].items()}
        assert {name: headers[name] for name in ALWAYS} == ALWAYS, "CORS on every answer"
        return made["statusCode"], headers, made["body"]

    return answered


def rest(path, query="", method="GET", **more):
    """Return an event of a REST API (payload format 1.0) with one route for all paths."""
    return event(method, "/{proxy+}", path, query, HOST | more.pop("headers", {}), **more)


def http(path, query="", method="GET", body=None):
    """Return an event of an HTTP API or a function URL (payload format 2.0)."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name.lower(): value for name, value in HOST.items()},
        "requestContext": {"http": {"method": method, "path": path, "sourceIp": "203.0.113.7"}, "stage": "$default"},
        "body": body,
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize("make", [rest, http])
def test_it_answers_as_the_gateway_does(ask, make, plain_api):
    status, headers, body = ask(make("/stac/search", "limit=5&sortby=id"))
    wanted = plain_api.ask("/search", limit=5, sortby="id").document
    found = json.loads(body)
    origin = "https://abc.execute-api.test" + ("/api" if make is rest else "")
    assert (status, headers["content-type"]) == (200, "application/geo+json")
    assert [each["id"] for each in found["features"]] == [each["id"] for each in wanted["features"]]
    assert found["links"][0]["href"] == f"{origin}/stac/search?limit=5&sortby=id"
    assert int(headers["ratelimit-remaining"]) > 0, "a guest is counted"
    onward = next(each["href"] for each in found["links"] if each["rel"] == "next")
    status, _headers, second = ask(make("/stac/search", onward.partition("?")[2]))
    assert status == 200
    assert not {each["id"] for each in json.loads(second)["features"]} & {each["id"] for each in found["features"]}
    asked = json.dumps({"limit": 5, "sortby": [{"field": "id"}]})
    _status, _headers, posted = ask(make("/stac/search", method="POST", body=asked))
    assert [each["id"] for each in json.loads(posted)["features"]] == [each["id"] for each in found["features"]]


def test_it_is_served_below_the_code_of_its_node_and_nothing_else_is(ask):
    status, _headers, body = ask(http(f"/{CODE}/stac"))
    assert (status, json.loads(body)["id"]) == (200, f"n{CODE}")
    assert json.loads(body)["links"][0]["href"] == f"https://abc.execute-api.test/{CODE}/stac"
    for path in ("/", "/catalog.json", "/ogc", "/sql", "/stacked", f"/{CODE}/private/x", "/stac/%2e%2e/x"):
        assert ask(http(path, f"tk={KEYS['plain']}"))[0] in {401, 403, 404}, path


def test_keys_heads_preflights_and_methods(ask):
    status, headers, body = ask(http("/stac/search", "limit=1&tk=wrong"))
    assert (status, json.loads(body)["code"]) == (400, "key-malformed")
    status, headers, body = ask(http("/stac/search", f"limit=1&tk={KEYS['plain']}"))
    assert (status, headers["cache-control"]) == (200, "private, no-store")
    assert f"tk={KEYS['plain']}" in body.decode()
    status, headers, body = ask(rest("/stac", method="HEAD"))
    assert (status, body) == (200, b"")
    status, headers, body = ask(http("/stac/search", method="OPTIONS"))
    assert (status, body) == (204, b"")
    assert "POST" in headers["access-control-allow-methods"]
    assert ask(http("/stac/search", method="DELETE"))[0] == 405


def test_what_goes_wrong_is_said_without_its_text(ask, monkeypatch, caplog):
    monkeypatch.setattr(asgi, "LARGEST", 100)
    assert json.loads(ask(http("/stac"))[2])["code"] == "answer-too-large"
    monkeypatch.undo()
    for name in [name for name in os.environ if name.startswith("TIANLAKE_")]:
        monkeypatch.delenv(name)
    made = load_app(ROOT).app(http("/stac"), None)
    assert (made["statusCode"], json.loads(made["body"])["code"]) == (500, "internal")
    assert "TIANLAKE_LAKE" not in made["body"]
    assert "TIANLAKE_LAKE" in caplog.text


def test_the_function_runs_with_nothing_but_what_its_extra_names(settings, tmp_path):
    allowed = closure("stac-api")
    assert {"mangum", "duckdb", "cql2", "obstore"} <= allowed
    assert not {"starlette", "granian", "chalice", "pyarrow", "anyio", "pillow", "stac-geoparquet", "fastapi"} & allowed
    assert run_alone(ROOT, allowed, rest("/stac/search", "limit=2"), tmp_path) == 200


def test_links_start_where_clients_see_it(ask, monkeypatch):
    monkeypatch.setenv("TIANLAKE_URL", BASE.removesuffix(f"{CODE}/"))
    made = load_app(ROOT).app(rest(f"/{CODE}/stac"), None)
    assert json.loads(made["body"])["links"][0]["href"] == f"{BASE}stac"


@pytest.mark.xdist_group("localstack")
def test_it_answers_from_s3_and_dynamodb(localstack, lake_root, plain_api, monkeypatch):
    bucket, prefix = localstack.make_bucket(), make_tables(localstack)
    localstack.upload(lake_root, bucket)
    for name, value in localstack.variables(bucket, CODE, prefix).items():
        monkeypatch.setenv(name, value)
    app = load_app(ROOT).app
    asked = {"limit": 7, "sortby": "-id", "bbox": "112,31,118,40", "filter": "gsd <= 2"}
    made = app(http("/stac/search", urlencode(asked)), None)
    assert made["statusCode"] == 200
    found, wanted = json.loads(made["body"]), plain_api.ask("/search", **asked).document
    assert found["numberMatched"] == wanted["numberMatched"] > 7
    assert [each["id"] for each in found["features"]] == [each["id"] for each in wanted["features"]]
    collections = json.loads(app(http("/stac/collections"), None)["body"])
    assert [each["id"] for each in collections["collections"]] == [
        each["id"] for each in plain_api.ask("/collections").document["collections"]
    ]
