"""Whoever was recognised a moment ago is let in without another look, and nobody else is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from admission_kit import KEYS, NOON, RULES

from tianlake.functions.admission.admit import Rules
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


def looked(
    passes: Passes, access: Access = "key", demand: Demand = DEMAND, rules: Rules = RULES, now: float = NOON, **shown
) -> tuple[Seal, Guest | None]:
    return passes.find(shown.get("asked", scope(KEY)), demand, access, rules, now)


def found(passes: Passes, **more) -> Guest | None:
    return looked(passes, **more)[1]


def kept(link: SignedLink | None = None) -> Passes:
    passes = Passes()
    seal, nobody = looked(passes)
    assert nobody is None
    passes.keep(seal, Asked(DEMAND, "key", "192.0.2.1", KEYS["plain"], link=link), GUEST, RULES, NOON)
    return passes


@pytest.mark.parametrize("now", [NOON, NOON + PASS_S - 0.01])
def test_a_pass_holds_for_a_moment(now):
    assert found(kept(), now=now) is GUEST


@pytest.mark.parametrize("now", [NOON + PASS_S, NOON - 3600])
def test_and_no_longer_however_the_clock_is_set(now):
    assert found(kept(), now=now) is None


def test_other_rules_end_every_pass():
    assert found(kept(), rules=replace(RULES)) is None


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
        {"asked": scope(KEY, KEY)},
        {"asked": scope(KEY, ("x-api-key", KEYS["nobody"]))},
        {"asked": scope(("x-api-key", KEYS["nobody"]), KEY)},
    ],
)
def test_whoever_shows_anything_else_is_somebody_else(other):
    assert found(kept(), **other) is None


def test_another_tile_of_another_product_is_the_same_visitor():
    assert found(kept(), demand=Demand("tile", "roads"), asked=scope(("range", "bytes=0-1"), KEY)) is GUEST


def test_fields_that_say_nothing_of_who_asks_change_nothing_however_often_they_are_sent():
    assert found(kept(), asked=scope(("accept", "*/*"), KEY, ("x-other", "1"))) is GUEST
    passes = Passes()
    one, other = (
        looked(passes, asked=scope(KEY, *twice))[0]
        for twice in ([("accept", "a"), ("accept", "b")], [("accept", "c"), ("accept", "d")])
    )
    assert one == other


def test_a_signed_link_is_looked_at_each_time():
    assert found(kept(SignedLink("/data/places/x", "1", "k", "s"))) is None


def test_no_key_is_remembered():
    passes = kept()
    assert found(passes) is GUEST
    assert KEYS["plain"] not in repr(passes._known)


def test_behind_a_proxy_clients_are_whom_it_names():
    passes = Passes(trust_forwarded=True)
    one, other = (
        looked(passes, asked=scope(KEY, ("x-forwarded-for", client)))[0] for client in ("192.0.2.1", "192.0.2.2")
    )
    assert one != other
    passes = Passes()
    one, other = (
        looked(passes, asked=scope(KEY, ("x-forwarded-for", client)))[0] for client in ("192.0.2.1", "192.0.2.2")
    )
    assert one == other
