"""Whoever was recognised a moment ago is let in without another look, and nobody else is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from admission_kit import KEYS, NOON, RULES

from tianlake.functions.admission.guests import Guest, Standing
from tianlake.functions.admission.headers import tally_of
from tianlake.functions.admission.purse import Purse
from tianlake.functions.admission.records import Asked, Demand, SignedLink
from tianlake.functions.gateway.passes import PASS_S, Passes, Seal
from tianlake.lake.plain import Access
from tianlake.lake.quotas import DEFAULT_POLICY

DEMAND = Demand("tile", "places")
LIMITS = DEFAULT_POLICY.tiers["personal"].limits
GUEST = Guest(Standing("a1", "k1", "personal", LIMITS), "key", tally_of(Purse("a1", "tile"), LIMITS["tile"], 0.8, NOON))
KEY = ("x-api-key", KEYS["plain"])


def scope(*headers: tuple[str, str], query: str = "", client: str = "192.0.2.1") -> dict[str, object]:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return {"query_string": query.encode(), "headers": raw, "client": (client, 40_000)}


def seal(passes: Passes, access: Access = "key", demand: Demand = DEMAND, **shown) -> Seal:
    return passes.seal(shown.get("asked", scope(KEY)), demand, access)


def kept(link: SignedLink | None = None) -> tuple[Passes, Seal]:
    passes = Passes()
    mine = seal(passes)
    passes.keep(mine, Asked(DEMAND, "key", "192.0.2.1", KEYS["plain"], link=link), GUEST, RULES, NOON)
    return passes, mine


@pytest.mark.parametrize("now", [NOON, NOON + PASS_S - 0.01])
def test_a_pass_holds_for_a_moment(now):
    passes, mine = kept()
    found = passes.find(mine, RULES, now)
    assert found is GUEST


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
        {"asked": scope(KEY, client="192.0.2.2")},
        {"asked": scope(KEY, ("tianlake-admitted", "00"))},
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
    assert passes.find(mine, RULES, NOON) is not None
    assert KEYS["plain"] not in repr(passes._known)


def test_behind_a_proxy_clients_are_whom_it_names():
    passes = Passes(trust_forwarded=True)
    one, other = (seal(passes, asked=scope(KEY, ("x-forwarded-for", client))) for client in ("192.0.2.1", "192.0.2.2"))
    assert one != other
    passes = Passes()
    one, other = (seal(passes, asked=scope(KEY, ("x-forwarded-for", client))) for client in ("192.0.2.1", "192.0.2.2"))
    assert one == other
