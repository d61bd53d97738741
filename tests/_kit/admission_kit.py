"""A node's products, keys and rules, and a store of accounts in memory, for tests of admission."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tianlake.functions.admission.admit import Rules
from tianlake.functions.admission.answers import Admission, Refusal
from tianlake.functions.admission.door import Door
from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.guests import Guest
from tianlake.functions.admission.leases import Ask, Held, Lease, Spent, grant, returned, window_of
from tianlake.functions.admission.records import Asked, Demand, KeyRecord, digest
from tianlake.lake.errors import StoreError
from tianlake.lake.plain import Access
from tianlake.lake.quotas import DEFAULT_POLICY, METERS, Meter, QuotaPolicy

NODE = "156130000"
RELEASE = "20261101T000000Z-11111111"
PRODUCTS: dict[str, Access] = {"places": "open", "roads": "key", "survey": "professional"}
"""The products of the node at `/`, each with an archive `<id>.pmtiles` that has the tile 0/0/0, and `<id>.parquet`."""

NOON = 1_795_752_000.0
"""2026-11-27T12:00:00 in China."""

SECRET = bytes(range(32))
RULES = Rules(DEFAULT_POLICY, terms="2026-11-27", link_secret=SECRET)


def _key(name: str) -> str:
    return f"{name}0123456789abcdefghijklmnopqrstuvwxyz"[:32]


KEYS = {
    name: _key(name)
    for name in (
        *("plain", "pro", "page", "server", "second", "revoked", "suspended", "expired", "old", "never", "lost"),
        "nobody",
    )
}
"""Keys by name. Nobody has `nobody`."""

SK = "the-second-secret"
_PLAIN = KeyRecord(digest(KEYS["plain"]), "plain", "aplain", "personal", "any", terms="2026-11-27")


def _record(name: str, **more: Any) -> KeyRecord:
    return replace(_PLAIN, digest=digest(KEYS[name]), id=name, account=f"a{name}", **more)


RECORDS = [
    _PLAIN,
    _record("pro", tier="professional"),
    _record("page", kind="browser", hosts=("example.org", "*.example.net", "localhost:5173")),
    _record("server", kind="server", networks=("192.0.2.0/24", "2001:db8::/32")),
    _record("second", companion=digest(SK)),
    _record("revoked", state="revoked"),
    _record("suspended", state="suspended"),
    _record("expired", expires=NOON - 1),
    _record("old", terms="2026-01-01"),
    _record("never", terms=""),
    _record("lost", tier="gone"),
]


class Accounts:
    """A store of accounts in memory that counts how often it is asked, and fails when told to."""

    def __init__(self, records: list[KeyRecord] | None = None) -> None:
        self.records = (
            {each.digest: each for each in RECORDS if True}
            if records is None
            else {each.digest: each for each in records}
        )
        self.held: dict[tuple[str, Meter], Held] = {}
        self.finds: list[str] = []
        self.asks: list[Ask] = []
        self.given_back: list[Lease] = []
        self.down = False

    def find(self, wanted: str) -> KeyRecord | None:
        self.finds.append(wanted)
        self._up()
        return self.records.get(wanted)

    def take(self, ask: Ask, now: float) -> Lease | Spent:
        self.asks.append(ask)
        self._up()
        place = (ask.account, ask.meter)
        self.held[place], got = grant(ask, self.held.get(place, Held()), now)
        return got

    def give_back(self, lease: Lease, now: float) -> None:
        self._up()
        self.given_back.append(lease)
        held = self.held.get((lease.account, lease.meter), Held())
        if lease.window == held.window == window_of(now):
            self.held[lease.account, lease.meter] = returned(held, lease)

    def used(self, account: str, now: float) -> dict[Meter, int]:
        held = {meter: self.held.get((account, meter), Held()) for meter in METERS}
        return {meter: each.granted for meter, each in held.items() if each.window == window_of(now)}

    def _up(self) -> None:
        if self.down:
            raise StoreError("accounts: the store is down, try again")


class Clock:
    """A time that tests set."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def policy_with(meter: Meter, tier: str = "personal", **limit: Any) -> QuotaPolicy:
    """Return the default policy with other numbers for one meter of a tier."""
    tiers = dict(DEFAULT_POLICY.tiers)
    limits = {**tiers[tier].limits, meter: replace(tiers[tier].limits[meter], **limit)}
    tiers[tier] = replace(tiers[tier], limits=limits)
    return replace(DEFAULT_POLICY, tiers=tiers)


UNKEPT = replace(RULES, policy=policy_with("tile", burst=19))
"""Rules with so little burst that workers keep nothing of it: leases of tiles are good for half a minute."""


def door_of(accounts: Accounts, rules: Rules = RULES, clock: Clock | None = None) -> Door:
    """Return a door in front of a store in memory, at `NOON` unless another clock says so."""
    return Door(accounts, accounts, lambda: rules, b"salt", clock or Clock())


PLAIN_TILE = Asked(Demand("tile", "roads"), "key", "198.51.100.7", credential=KEYS["plain"])
"""A tile of a product that takes a key, and the key of a personal account with it."""


def decided(door: Door, asked: Asked, now: float = NOON) -> Admission | Refusal:
    """Decide as an adapter does: run what has to be fetched, then decide again."""
    for _ in range(10):
        answer = door.decide(asked, now)
        if not isinstance(answer, Errand):
            return answer
        answer.run()
    raise AssertionError("ten errands, and still no decision")


def let_in(door: Door, asked: Asked, now: float = NOON) -> Admission:
    """Decide, and expect a yes."""
    answer = decided(door, asked, now)
    assert isinstance(answer, Admission), answer
    return answer


def refused(door: Door, asked: Asked, now: float = NOON) -> Refusal:
    """Decide, and expect a no."""
    answer = decided(door, asked, now)
    assert isinstance(answer, Refusal), answer
    return answer


def spend_many(door: Door, asked: Asked, count: int, clock: Clock, per_second: float) -> list[Admission | Refusal]:
    """Decide `count` requests, evenly spread; return what was answered."""
    answers = []
    for _ in range(count):
        answers.append(decided(door, asked, clock.now))
        clock.now += 1 / per_second
    return answers


class Worker:
    """A worker as the gateway is one: it knows its guests for a while, and leases ahead in the background."""

    def __init__(self, accounts: Accounts, rules: Rules, clock: Clock, *, ahead: bool) -> None:
        self.clock = clock
        self.door = door_of(accounts, rules, clock)
        self.begun: list[Errand] = []
        self.guest: Guest | None = None
        if ahead:
            self.door.look_ahead(self.begun.append)

    def ask(self) -> bool:
        """Ask as somebody who was not here for a while."""
        answer = decided(self.door, PLAIN_TILE, self.clock.now)
        self.guest = answer.guest if isinstance(answer, Admission) else None
        return isinstance(answer, Admission)

    def ask_again(self) -> bool:
        """Ask as somebody who was recognised before, however long ago that is."""
        if self.guest is None:
            return self.ask()
        for _ in range(10):
            said = self.door.let_in(self.guest, self.clock.now)
            if not isinstance(said, Errand):
                return isinstance(said, Guest)
            said.run()
        raise AssertionError("ten errands, and still no decision")

    def fetch(self) -> None:
        """Do what was begun in the background."""
        while self.begun:
            self.begun.pop(0).run()
