"""Keys: made, listed, ended and rotated; links that stand for them."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import parse_qsl

import pytest
from bureau_kit import Bureau, header, told

from tianlake.functions.accounts.service import KEYS
from tianlake.functions.admission import links
from tianlake.functions.admission.records import SignedLink
from tianlake.lake.errors import ConflictError


@pytest.fixture
def bureau(tmp_path):
    return Bureau(tmp_path)


@pytest.fixture
def token(bureau):
    return bureau.register()


def record(bureau, key):
    """What a gateway finds of a key."""
    return bureau.store.find(hashlib.sha256(key.encode()).hexdigest())


def listed(bureau, token):
    return told(bureau.ask("GET", "/accounts/me/keys", token=token))["keys"]


def test_a_key_is_shown_once_and_found_by_its_hash_with_what_it_is_bound_to(bureau, token):
    made = bureau.key(token, kind="browser", hosts=["Example.ORG", "*.例子.中国", "localhost:8080"], label="网站")
    found = record(bureau, made["key"])
    assert (len(made["key"]), made["key"].isalnum()) == (32, True)
    assert (found.kind, found.hosts) == ("browser", ("example.org", "*.xn--fsqu00a.xn--fiqs8s", "localhost:8080"))
    assert (found.id, found.tier, found.terms, found.state) == (made["id"], "personal", "2026-11-01", "active")
    everything = json.dumps(listed(bureau, token))
    assert made["key"] not in everything
    assert found.digest not in everything
    assert "网站" in json.loads(everything)[0]["label"]


def test_a_server_key_is_bound_to_networks(bureau, token):
    made = bureau.key(token, kind="server", networks=["203.0.113.7", "2001:db8::/32", "203.0.113.7/32"])
    assert record(bureau, made["key"]).networks == ("203.0.113.7/32", "2001:db8::/32")


def test_a_second_secret_is_shown_once_and_kept_as_its_hash(bureau, token):
    made = bureau.key(token, with_sk=True)
    assert record(bureau, made["key"]).companion == hashlib.sha256(made["sk"].encode()).hexdigest()
    assert listed(bureau, token)[0]["with_sk"] is True
    assert "sk" not in bureau.key(token)


@pytest.mark.parametrize(
    ("wish", "field", "en"),
    [
        ({"kind": "tile"}, "kind", "must be one of: browser, server, any"),
        ({"kind": "browser"}, "hosts", "is bound to at least one"),
        ({"kind": "server"}, "networks", "is bound to at least one"),
        ({"kind": "any", "hosts": ["a.cn"]}, "hosts", "only a key of kind 'browser'"),
        ({"kind": "browser", "hosts": "a.cn"}, "hosts", "must be a list of at most 50 texts"),
        ({"kind": "browser", "hosts": ["a.cn"] * 51}, "hosts", "must be a list of at most 50 texts"),
        ({"kind": "browser", "hosts": ["https://a.cn/"]}, "hosts", "is no host"),
        ({"kind": "browser", "hosts": ["*.cn"]}, "hosts", "whole top-level domain"),
        ({"kind": "browser", "hosts": [""]}, "hosts", "is no host"),
        ({"kind": "server", "networks": ["0.0.0.0/0"]}, "networks", "every address"),
        ({"kind": "server", "networks": ["203.0.113.7/24"]}, "networks", "203.0.113.0/24 is the network it lies in"),
        ({"kind": "server", "networks": ["here"]}, "networks", "'here' is no network: 203.0.113.7, 203.0.113.0/24 or"),
        ({"kind": "any", "expires": "tomorrow"}, "expires", "must be a date"),
        ({"kind": "any", "expires": "2026-11-26"}, "expires", "must lie within the next ten years"),
        ({"kind": "any", "expires": "9999-12-31"}, "expires", "must be a date"),
        ({"kind": "any", "expires": "2026-13-01"}, "expires", "must be a date"),
        ({"kind": "any", "expires": "2026-12-01T00:00:00"}, "expires", "must be a date"),
        ({"kind": "any", "with_sk": "yes"}, "with_sk", "must be true or false"),
        ({"kind": "any", "host": ["a.cn"]}, "host", "there is no such field"),
    ],
)
def test_a_wrong_wish_names_its_field(bureau, token, wish, field, en):
    reply = bureau.ask("POST", "/accounts/me/keys", wish, token)
    document = told(reply)
    assert (reply.status, document["code"], document["field"]) == (400, "form-wrong", field)
    assert en in document["rule"]["en"]
    assert not document["rule"]["zh"].isascii()
    assert not listed(bureau, token)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-27", "2026-11-27T16:00:00Z"),
        ("2026-12-01T08:00:00+08:00", "2026-12-01T00:00:00Z"),
        ("2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z"),
    ],
)
def test_a_key_may_expire_at_a_time_or_with_a_day_in_china(bureau, token, said, meant):
    assert bureau.key(token, expires=said)["expires"] == meant


def test_an_expired_key_is_listed_as_such(bureau, token):
    bureau.key(token, expires="2026-11-27")
    bureau.now += 86_400
    assert listed(bureau, token)[0]["state"] == "expired"


def test_a_revoked_key_ends_at_once_and_revoking_it_again_changes_nothing(bureau, token):
    made = bureau.key(token)
    path, usage = f"/accounts/me/keys/{made['id']}", f"tk={made['key']}"
    assert bureau.ask("GET", "/usage", query=usage).status == 200
    first = told(bureau.ask("DELETE", path, token=token))
    assert (first["state"], first["revoked"]) == ("revoked", "2026-11-27T02:00:00Z")
    assert record(bureau, made["key"]).state == "revoked"
    assert bureau.ask("GET", "/usage", query=usage).status == 401
    bureau.now += 60
    assert told(bureau.ask("DELETE", path, token=token)) == first


def test_nobody_reaches_the_keys_of_another(bureau, token):
    made = bureau.key(token)
    other = bureau.register()
    for method, path in [
        ("DELETE", f"/accounts/me/keys/{made['id']}"),
        ("POST", f"/accounts/me/keys/{made['id']}/rotate"),
    ]:
        assert bureau.ask(method, path, token=other).status == 404
    assert record(bureau, made["key"]).state == "active"
    assert listed(bureau, other) == []


def test_a_rotated_key_goes_on_for_a_day_and_the_new_one_is_like_it(bureau, token):
    old = bureau.key(token, kind="browser", hosts=["a.cn"], with_sk=True, label="网站")
    new = told(bureau.ask("POST", f"/accounts/me/keys/{old['id']}/rotate", token=token))
    assert new["key"] != old["key"]
    assert new["sk"] != old["sk"]
    assert {name: new[name] for name in ("kind", "hosts", "label", "expires")} == {
        name: old[name] for name in ("kind", "hosts", "label", "expires")
    }
    row = next(each for each in listed(bureau, token) if each["id"] == old["id"])
    assert (row["state"], row["replaced_by"], row["expires"]) == ("active", new["id"], "2026-11-28T02:00:00Z")
    assert record(bureau, old["key"]).expires == bureau.now + 86_400


def test_a_rotation_at_once_revokes_the_old_key(bureau, token):
    old = bureau.key(token)
    bureau.ask("POST", f"/accounts/me/keys/{old['id']}/rotate", {"overlap_hours": 0}, token)
    assert record(bureau, old["key"]).state == "revoked"


@pytest.mark.parametrize("hours", [-1, 169, 1.5, "1", True])
def test_an_overlap_is_at_most_a_week(bureau, token, hours):
    old = bureau.key(token)
    reply = bureau.ask("POST", f"/accounts/me/keys/{old['id']}/rotate", {"overlap_hours": hours}, token)
    assert (reply.status, told(reply)["field"]) == (400, "overlap_hours")


def test_a_key_is_rotated_once(bureau, token):
    old = bureau.key(token)
    path = f"/accounts/me/keys/{old['id']}/rotate"
    bureau.ask("POST", path, token=token)
    again = bureau.ask("POST", path, token=token)
    assert (again.status, told(again)["code"]) == (409, "key-not-active")


def test_who_is_second_to_rotate_a_key_leaves_no_key_behind(bureau, token, monkeypatch):
    old = bureau.key(token)
    replacing = bureau.store.replace_key
    lost = iter([ConflictError("somebody else was first")])

    def second(before, after):
        for error in lost:
            raise error
        replacing(before, after)

    monkeypatch.setattr(bureau.store, "replace_key", second)
    reply = bureau.ask("POST", f"/accounts/me/keys/{old['id']}/rotate", token=token)
    assert (reply.status, told(reply)["code"]) == (409, "changed-meanwhile")
    states = {key["id"]: key["state"] for key in listed(bureau, token)}
    assert states.pop(old["id"]) == "active"
    assert list(states.values()) == ["revoked"]


def test_keys_of_an_account_are_bounded_and_a_revoked_one_makes_room(bureau, token):
    for _ in range(KEYS):
        made = bureau.key(token)
        bureau.now += 1
    full = bureau.ask("POST", "/accounts/me/keys", {"kind": "any"}, token)
    assert (full.status, told(full)["code"]) == (409, "too-many-keys")
    bureau.now += 60
    rotated = bureau.ask("POST", f"/accounts/me/keys/{made['id']}/rotate", token=token)
    assert rotated.status == 201, "rotating is possible all the same"
    bureau.ask("DELETE", f"/accounts/me/keys/{told(rotated)['id']}", token=token)
    assert bureau.ask("POST", "/accounts/me/keys", {"kind": "any"}, token).status == 201


def test_many_who_make_keys_at_once_keep_to_the_bound_too(bureau, token, monkeypatch):
    for _ in range(KEYS - 1):
        bureau.key(token)
        bureau.now += 1
    together, real = Barrier(3), bureau.store.add_key

    def add_together(key):
        together.wait(10)
        real(key)

    bureau.now += 60
    monkeypatch.setattr(bureau.store, "add_key", add_together)
    with ThreadPoolExecutor(3) as threads:
        calls = [threads.submit(bureau.ask, "POST", "/accounts/me/keys", {"kind": "any"}, token) for _ in range(3)]
        statuses = [call.result().status for call in calls]
    assert statuses.count(201) <= 1
    assert statuses.count(409) >= 2
    assert sum(key["state"] == "active" for key in listed(bureau, token)) <= KEYS


def test_making_and_ending_keys_comes_to_an_end_each_day(bureau, token):
    made = 0
    for _ in range(130):
        reply = bureau.ask("POST", "/accounts/me/keys", {"kind": "any"}, token)
        if reply.status == 201:
            made += 1
            bureau.ask("DELETE", f"/accounts/me/keys/{told(reply)['id']}", token=token)
        bureau.now += 2
    assert made == 100
    assert (reply.status, int(header(reply, "retry-after") or 0) > 3600) == (429, True)


def test_a_link_opens_its_path_for_its_time_by_the_newest_key(bureau, token):
    bureau.key(token)
    bureau.now += 1
    made = bureau.key(token)
    path = "/156130000/data/places/%E5%9C%B0.parquet"
    reply = bureau.ask("POST", "/accounts/me/links", {"path": path, "seconds": 600}, token)
    href, query = told(reply)["href"].split("?")
    said = dict(parse_qsl(query))
    assert (reply.status, href, told(reply)["key"]) == (201, path, made["id"])
    assert int(said["expires"]) == int(bureau.now) + 600
    link = SignedLink(path, said["expires"], said["key"], said["signature"])
    secret = bureau.store.secret("links")
    assert links.wrong_with(link, secret, bureau.now) is None
    assert links.wrong_with(link, secret, bureau.now + 601) is not None
    assert said["key"] == hashlib.sha256(made["key"].encode()).hexdigest()


@pytest.mark.parametrize(
    "path",
    [
        "/156130000/private/keys.snapshot",
        "/catalog.json",
        "/tiles/places/3/4/5.mvt",
        "/data/places/places.parquet?tk=1",
        "data/places/places.parquet",
        "/data/places/../x",
        "/data/places/地.parquet",
        "https://example.org/data/places/places.parquet",
    ],
)
def test_a_link_is_for_archives_and_data_alone(bureau, token, path):
    bureau.key(token)
    reply = bureau.ask("POST", "/accounts/me/links", {"path": path}, token)
    assert (reply.status, told(reply)["field"]) == (400, "path")


def test_a_link_needs_a_key_that_works(bureau, token):
    wanted = {"path": "/data/places/places.parquet"}
    assert told(bureau.ask("POST", "/accounts/me/links", wanted, token))["code"] == "key-not-active"
    made = bureau.key(token)
    bureau.ask("DELETE", f"/accounts/me/keys/{made['id']}", token=token)
    assert told(bureau.ask("POST", "/accounts/me/links", wanted, token))["code"] == "key-not-active"
    bureau.key(token)
    named = bureau.ask("POST", "/accounts/me/links", wanted | {"key": made["id"]}, token)
    assert told(named)["code"] == "key-not-active"
