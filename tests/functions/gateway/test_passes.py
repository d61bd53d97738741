"""Whoever was recognised a moment ago is let in without another look, and nobody else is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from admission_kit import KEYS, NOON, RULES

from tianlake.functions.admission.admit import Standing
from tianlake.functions.admission.records import Asked, Demand, SignedLink
from tianlake.functions.gateway.passes import PASS_S, Passes
from tianlake.lake.plain import Access

DEMAND = Demand("tile", "places")
STANDING = Standing("a1", "k1", "personal", {})
KEY = ("x-api-key", KEYS["plain"])


def scope(*headers: tuple[str, str], query: str = "") -> dict[str, object]:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return {"query_string": query.encode(), "headers": raw}


def seal(passes: Passes, client: str = "192.0.2.1", access: Access = "key", demand: Demand = DEMAND, **shown) -> bytes:
    asked = shown.get("asked", scope(KEY))
    return passes.seal(asked, client, demand, access)


def kept(link: SignedLink | None = None) -> tuple[Passes, bytes]:
    passes = Passes()
    mine = seal(passes)
    passes.keep(mine, Asked(DEMAND, "key", "192.0.2.1", KEYS["plain"], link=link), STANDING, RULES, NOON)
    return passes, mine


@pytest.mark.parametrize("now", [NOON, NOON + PASS_S - 0.01])
def test_a_pass_holds_for_a_moment(now):
    passes, mine = kept()
    found = passes.find(mine, RULES, now)
    assert found is not None
    assert found.standing is STANDING


@pytest.mark.parametrize("now", [NOON + PASS_S, NOON - 3600])
def test_and_no_longer_however_the_clock_is_set(now):
    passes, mine = kept()
    assert passes.find(mine, RULES, now) is None


def test_other_rules_end_every_pass():
    passes, mine = kept()
    assert passes.find(mine, replace(RULES), NOON) is None


@pytest.mark.parametrize(
    "other",
    [
        {"client": "192.0.2.2"},
        {"access": "professional"},
        {"demand": Demand("data", "places")},
        {"demand": Demand("tile", "places", bulk=True)},
        {"asked": scope(("x-api-key", KEYS["nobody"]))},
        {"asked": scope(("authorization", KEYS["plain"]))},
        {"asked": scope(KEY, ("origin", "https://example.org"))},
        {"asked": scope(KEY, ("referer", "https://example.org"))},
        {"asked": scope(KEY, query="tk=x")},
        {"asked": scope()},
    ],
)
def test_whoever_shows_anything_else_is_somebody_else(other):
    passes, _ = kept()
    assert passes.find(seal(passes, **other), RULES, NOON) is None


def test_another_tile_of_another_product_is_the_same_visitor():
    passes, _ = kept()
    same = seal(passes, demand=Demand("tile", "roads"), asked=scope(("range", "bytes=0-1"), KEY))
    assert passes.find(same, RULES, NOON) is not None


def test_a_signed_link_is_looked_at_each_time():
    passes, mine = kept(SignedLink("/data/places/x", "1", "k", "s"))
    assert passes.find(mine, RULES, NOON) is None


def test_no_key_is_remembered():
    passes, mine = kept()
    assert KEYS["plain"] not in repr(passes._known)
    found = passes.find(mine, RULES, NOON)
    assert found is not None
    assert found.asked.credential is None
