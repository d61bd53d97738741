"""Limits and terms of a node as the account service reads them from its bucket."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from gateway_kit import Clock

from tianlake.functions.accounts.conditions import Conditions
from tianlake.functions.accounts.published import PublishedConditions
from tianlake.lake.errors import StoreError
from tianlake.lake.quotas import DEFAULT_POLICY
from tianlake.lake.store import DirectoryStore
from tianlake.lake.terms import default_terms

TERMS = default_terms()


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path)


def put(store, key, document):
    store.put(key, json.dumps(document).encode(), media_type="application/json")


def test_where_nothing_is_published_the_default_limits_hold_and_no_terms(store):
    assert PublishedConditions(store)() == Conditions(DEFAULT_POLICY, None)


def test_what_is_published_holds_within_a_minute(store):
    clock = Clock()
    conditions = PublishedConditions(store, clock)
    conditions()
    policy, terms = replace(DEFAULT_POLICY, version="2027-01-01", warn_at=0.5), replace(TERMS, version="2027-01-01")
    put(store, "quotas.json", policy.document())
    put(store, "terms.json", terms.document())
    clock.now += 59
    assert conditions() == Conditions(DEFAULT_POLICY, None)
    clock.now += 1
    assert conditions() == Conditions(policy, terms)


@pytest.mark.parametrize("bad", [b"{", b"[]", b"1", b'{"version": "x"}', b'{"tiers": 1}', b"\xff"])
def test_what_held_before_holds_on_where_a_document_is_spoilt(store, bad, caplog):
    clock = Clock()
    put(store, "terms.json", TERMS.document())
    conditions = PublishedConditions(store, clock)
    before = conditions()
    store.put("terms.json", bad, media_type="application/json")
    clock.now += 60
    assert conditions() == before
    assert "cannot be read" in caplog.text


def test_a_bucket_that_does_not_answer_is_told_until_it_does(store, monkeypatch):
    def broken(_key):
        raise StoreError("no network")

    conditions = PublishedConditions(store, Clock())
    with monkeypatch.context() as patched:
        patched.setattr(store, "get", broken)
        with pytest.raises(StoreError, match="cannot be read"):
            conditions()
    assert conditions() == Conditions(DEFAULT_POLICY, None)
