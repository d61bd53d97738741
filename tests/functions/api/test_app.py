"""The Chalice app as API Gateway, or Chalice's own server, calls it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bureau_kit import PERSON
from chalice.test import Client
from chalice_kit import closure, event, load_app, run_alone
from kit import REPO

from tianlake.functions.accounts.conditions import Conditions
from tianlake.functions.accounts.forms import Registration
from tianlake.functions.accounts.service import AccountService
from tianlake.functions.accounts.snapshot import MEDIA_TYPE, public_key, read_snapshot
from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.functions.admission.records import digest
from tianlake.functions.api import replies
from tianlake.functions.cors import ALWAYS
from tianlake.lake.quotas import DEFAULT_POLICY
from tianlake.lake.terms import default_terms


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """A node that published its terms, and the variables that name it."""
    (tmp_path / "lake/156000000").mkdir(parents=True)
    (tmp_path / "lake/156000000/terms.json").write_text(json.dumps(default_terms().document()))
    (tmp_path / "lake/156000000/quotas.json").write_text(json.dumps(DEFAULT_POLICY.document()))
    monkeypatch.setenv("TIANLAKE_ACCOUNTS", f"sqlite:{tmp_path}/accounts.sqlite")
    monkeypatch.setenv("TIANLAKE_LAKE", f"file:{tmp_path}/lake")
    monkeypatch.setenv("TIANLAKE_NODE", "156000000")
    return tmp_path


class Caller:
    def __init__(self, app: Any) -> None:
        self.http = Client(app).http

    def __call__(self, method: str, path: str, form: object = None, token: str = "", **headers: str):
        fields = {"content-type": "application/json"} if form is not None else {}
        fields |= {"authorization": f"Bearer {token}"} if token else {}
        body = b"" if form is None else json.dumps(form).encode()
        reply = self.http.request(method, path, headers=fields | headers, body=body)
        assert {name: reply.headers[name] for name in ALWAYS} == ALWAYS, "CORS on every answer, errors included"
        return reply


@pytest.fixture
def call(settings):
    return Caller(load_app().app)


def test_somebody_registers_makes_a_key_sees_usage_and_ends_the_key(call):
    registered = call("POST", "/accounts", PERSON | {"terms": default_terms().version})
    token = registered.json_body["token"]
    assert registered.status_code == 201
    made = call("POST", "/accounts/me/keys", {"kind": "any"}, token).json_body
    usage = call("GET", f"/usage?tk={made['key']}").json_body
    assert (usage["tier"], usage["meters"]["tile"]["used"]) == ("personal", 0)
    rotated = call("POST", f"/accounts/me/keys/{made['id']}/rotate", {"overlap_hours": 0}, token)
    assert rotated.status_code == 201
    ended = call("DELETE", f"/accounts/me/keys/{rotated.json_body['id']}", token=token)
    assert ended.json_body["state"] == "revoked"
    states = [key["state"] for key in call("GET", "/accounts/me/keys", token=token).json_body["keys"]]
    assert states == ["revoked", "revoked"]
    assert call("POST", "/accounts/me/token", token=token).status_code == 200
    assert call("GET", "/accounts/me", token=token).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/accounts/me", 401),
        ("PUT", "/accounts/me", 405),
        ("GET", "/accounts", 405),
        ("GET", "/accounts/me/nothing", 404),
        ("GET", "/accounts/me/keys/k1", 405),
        ("OPTIONS", "/accounts/me/keys", 204),
        ("GET", "/accounts/openapi.json", 200),
    ],
)
def test_every_outcome_is_ours_and_has_cors(call, method, path, status):
    assert call(method, path).status_code == status


def test_a_body_of_another_type_is_our_415(call):
    reply = call("POST", "/accounts", PERSON, **{"content-type": "text/plain"})
    assert (reply.status_code, reply.json_body["code"]) == (415, "media-type")


def test_what_breaks_is_a_500_without_its_text(settings, monkeypatch, caplog):
    monkeypatch.delenv("TIANLAKE_NODE")
    reply = Caller(load_app().app)("GET", "/accounts/me", token="t" + "0" * 40)
    assert (reply.status_code, reply.json_body["code"]) == (500, "internal")
    assert "TIANLAKE_NODE" not in reply.body.decode()
    assert "TIANLAKE_NODE" in caplog.text


def node_token(folder: Path) -> str:
    service = AccountService(SqliteAccounts(folder / "accounts.sqlite"), lambda: Conditions(DEFAULT_POLICY, None))
    return service.enrol(Registration("河北", "", "node", "", ""), "professional", 0).token


def test_the_snapshot_is_sent_as_bytes_to_who_asks_for_it(settings, call, monkeypatch):
    token = call("POST", "/accounts", PERSON | {"terms": default_terms().version}).json_body["token"]
    made = call("POST", "/accounts/me/keys", {"kind": "any"}, token).json_body
    node = node_token(settings)
    reply = call("GET", "/accounts/snapshot", token=node, accept=MEDIA_TYPE)
    store = SqliteAccounts(settings / "accounts.sqlite")
    snapshot = read_snapshot(reply.body, public_key(store.secret("snapshot-signing")), name="x")
    assert snapshot.find(digest(made["key"])) is not None
    assert call("GET", "/accounts/snapshot", token=node).status_code == 406
    monkeypatch.setattr(replies, "LARGEST", 10)
    assert call("GET", "/accounts/snapshot", token=node, accept=MEDIA_TYPE).status_code == 501


def test_an_event_of_api_gateway_itself_is_answered(settings):
    app = load_app().app
    made = app(
        event(
            "POST",
            "/accounts",
            "/accounts",
            headers={"Content-Type": "application/json"},
            body=json.dumps(PERSON, ensure_ascii=False),
        ),
        None,
    )
    assert (made["statusCode"], made["headers"]["location"]) == (201, "/accounts/me")
    assert json.loads(made["body"])["account"]["name"] == PERSON["name"]


def test_routes_are_those_of_the_desk(settings):
    module = load_app()
    routes = module.app.routes
    for path in module.desk().paths:
        concrete = path.replace("*", "k1").split("/")
        assert any(
            len(route.split("/")) == len(concrete)
            and all(w == p or w.startswith("{") for w, p in zip(route.split("/"), concrete, strict=True))
            for route in routes
        ), path


def test_the_app_runs_with_nothing_but_what_its_extra_names(settings, tmp_path):
    """Everything else is hidden from the import system, as it is not there in Lambda."""
    allowed = closure("api")
    assert {"chalice", "boto3", "cryptography", "pydantic"} <= allowed
    assert not {"starlette", "duckdb", "obstore", "pyarrow"} & allowed
    sent = event(
        "POST", "/accounts", "/accounts", headers={"content-type": "application/json"}, body=json.dumps(PERSON)
    )
    assert run_alone(REPO / "functions/api", allowed, sent, tmp_path) == 201


def test_a_citizen_files_a_request_and_asks_how_it_stands(call, settings):
    from tianlake.lake.sealed import letter_box  # noqa: PLC0415 - of this test alone

    asked = {"wish": "remove", "ground": "privacy", "text": "请删除我家的位置"}
    assert call("POST", "/cases", asked).json_body["code"] == "form-closed"
    box = settings / "lake/156000000/private/cases/box.json"
    box.parent.mkdir(parents=True)
    box.write_text(json.dumps({"box": letter_box(b"k" * 32)}))
    filed = call("POST", "/cases", asked)
    assert filed.status_code == 201
    status = call("GET", f"/cases/{filed.json_body['receipt']}")
    assert (status.json_body["state"], status.headers["cache-control"]) == ("received", "no-store")
    assert call("GET", "/cases/20261127-aaaaaaaaaaaaaaaaaaaa").status_code == 404
    assert call("DELETE", "/cases").status_code == 405
