"""Quotas and terms that a node publishes hold at its gateway soon after, and never a spoilt one."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace

import pytest
from admission_kit import SECRET, policy_with
from gateway_kit import NODE, Clock, MemoryReader, quotas

from tianlake.functions.admission.admit import Rules
from tianlake.functions.gateway.node import Node
from tianlake.functions.gateway.rules import FRESH_S, RulesOfNode
from tianlake.lake.errors import StoreError
from tianlake.lake.quotas import DEFAULT_POLICY
from tianlake.lake.terms import default_terms

POLICY = policy_with("tile", per_day=7)


def terms(version: str) -> dict[str, bytes]:
    return {"terms.json": json.dumps(replace(default_terms(), version=version).document()).encode()}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def reader():
    return MemoryReader(quotas(POLICY) | terms("2026-01-01"))


def rules_of(reader, clock, secrets=None) -> RulesOfNode:
    return RulesOfNode(Node(NODE, reader, clock), Rules(DEFAULT_POLICY, None, strict=True), secrets, clock)


def look(rules: RulesOfNode) -> Rules:
    if rules.stale():
        asyncio.run(rules.look())
    return rules()


def test_a_node_that_publishes_neither_has_the_defaults(clock):
    assert look(rules_of(MemoryReader({}), clock)) == Rules(DEFAULT_POLICY, None, strict=True)


def test_what_is_published_holds_within_half_a_minute_for_one_look(reader, clock):
    rules = rules_of(reader, clock)
    assert (look(rules).policy, look(rules).terms, look(rules).strict) == (POLICY, "2026-01-01", True)
    looks = len(reader.heads)
    reader.objects |= terms("2027-01-01") | quotas(DEFAULT_POLICY)
    clock.now += FRESH_S - 1
    assert look(rules).terms == "2026-01-01"
    assert len(reader.heads) == looks
    clock.now += 1
    assert (look(rules).policy, look(rules).terms) == (DEFAULT_POLICY, "2027-01-01")
    reader.objects.clear()
    clock.now += FRESH_S
    assert look(rules).terms is None


@pytest.mark.parametrize(
    "spoilt",
    [b"", b"[]", b"{", b'"x"', b"{}", b"\xff", b'{"version":"x","tiers":{}}', b'{"version":"x","tiers":{"a":null}}'],
)
def test_a_spoilt_document_leaves_the_one_before_it_and_is_complained_of_once(reader, clock, spoilt, caplog):
    rules = rules_of(reader, clock)
    look(rules)
    reader.objects["quotas.json"] = spoilt
    for _ in range(5):
        clock.now += FRESH_S
        assert look(rules).policy == POLICY
    assert len([each for each in caplog.records if each.levelno == logging.ERROR]) == 1
    assert "quotas.json" in caplog.text
    reader.objects |= quotas(DEFAULT_POLICY)
    clock.now += FRESH_S
    assert look(rules).policy == DEFAULT_POLICY


def test_a_store_that_fails_leaves_what_held_and_is_asked_again_soon(reader, clock, caplog):
    rules = rules_of(reader, clock)
    look(rules)
    reader.broken = StoreError("gone")
    clock.now += FRESH_S
    assert look(rules).policy == POLICY
    assert "the old ones hold" in caplog.text
    reader.broken = None
    reader.objects |= quotas(DEFAULT_POLICY)
    clock.now += 1
    assert look(rules).policy == DEFAULT_POLICY


def test_nothing_is_decided_before_the_first_look(reader, clock):
    reader.broken = StoreError("gone")
    with pytest.raises(StoreError):
        look(rules_of(reader, clock))


def test_the_secret_of_links_is_asked_for_until_it_is_known(reader, clock, caplog):
    class Secrets:
        down = True

        def secret(self, name: str) -> bytes:
            if self.down:
                raise StoreError("gone")
            return SECRET if name == "links" else b""

    secrets = Secrets()
    rules = rules_of(reader, clock, secrets)
    assert look(rules).link_secret is None
    assert "signed links open nothing" in caplog.text
    secrets.down = False
    clock.now += FRESH_S
    assert look(rules).link_secret == SECRET
