"""The door: decides each request from what a worker has at hand, and says what has to be fetched first.

Without I/O of its own: `decide` never blocks. It returns an `Errand` where the store has to be asked first, which an
asynchronous caller runs in a thread, and then decides again.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import math
import time
from collections.abc import Callable
from functools import lru_cache
from threading import RLock
from typing import Final

from tianlake.functions.admission import links
from tianlake.functions.admission.admit import Rules, claims, refused_spending, stand, unavailable
from tianlake.functions.admission.answers import UNCOUNTED, Admission, Refusal, seconds_until
from tianlake.functions.admission.bindings import subnet_of
from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.guests import Guest, Tally
from tianlake.functions.admission.headers import quota_fields, tally_of
from tianlake.functions.admission.keyring import Keyring
from tianlake.functions.admission.leases import Lease, Spent
from tianlake.functions.admission.ports import ANONYMOUS, Keys, Ledger
from tianlake.functions.admission.purses import Begin, Purses, known_spent
from tianlake.functions.admission.records import Asked, KeyRecord, digest
from tianlake.functions.admission.refusals import TOO_MANY_GUESSES
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.quotas import DAY, Meter, QuotaPolicy

_log = logging.getLogger(__name__)

_DAY_S: Final = 86_400

_LEAVE_S: Final = 5.0
"""How long a worker that stops gives back leases, seconds: less than what supervisors wait for it."""


class Door:
    """What stands in front of one store of accounts, in one worker. Safe to use from several threads."""

    def __init__(
        self,
        keys: Keys,
        ledger: Ledger,
        rules: Callable[[], Rules],
        salt: bytes = b"",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Make a door.

        Args:
            keys: Where keys are looked up.
            ledger: Where leases are taken.
            rules: Returns policy and terms as they are now; called for each request.
            salt: Secret of the account store, the same for all its workers, that hides the addresses of anonymous
                clients.
            clock: Seconds since the epoch, for errands; decisions are told the time.
        """
        self._rules = rules
        self._ledger = ledger
        self._salt = salt
        self._lock = RLock()
        self._keyring = Keyring(keys, self._lock, clock)
        self._purses = Purses(ledger, self._lock, clock)
        self._clock = clock

    def look_ahead(self, begin: Begin) -> None:
        """Have leases taken before they are needed, so that requests need not wait for them.

        `begin` is given errands that nobody waits for, while something is decided: it has them run soon, and must not
        block. Not for what rests between requests, as a function in Lambda does.
        """
        self._purses.begin = begin

    def decide(self, asked: Asked, now: float) -> Admission | Refusal | Errand:
        """Return whether a request is let in, or what has to be fetched before that can be said."""
        if asked.demand.meter is None:
            return UNCOUNTED
        with self._lock:
            guest = self.recognise(asked, now)
            if not isinstance(guest, Guest):
                return guest
            said = self.let_in(guest, now, asked.size)
            return Admission(guest, quota_fields(guest)) if isinstance(said, Guest) else said

    def recognise(self, asked: Asked, now: float) -> Guest | Refusal | Errand:
        """Return who asks for what is counted, with nothing counted yet: it holds for the next moments, too.

        Raises:
            LakeError: What is asked for is not counted.
        """
        rules, meter = self._rules(), asked.demand.meter
        if meter is None:
            raise LakeError("nobody has to be recognised for what is not counted")
        with self._lock:
            key = self._key(asked, now, rules)
            if isinstance(key, (Errand, Refusal)):
                return key
            standing = stand(asked, key, now, rules)
            if isinstance(standing, Refusal):
                return standing
            account = standing.account or anonymous(self._salt, asked.client, now, rules.policy)

            def counted(on: Meter) -> Tally:
                purse = self._purses.purse(account, on)
                return tally_of(purse, standing.limits[on], rules.policy.warn_at, now, standing.notice)

            guest = Guest(standing, asked.access, counted(meter))
            if meter == "data" and "bytes" in standing.limits:
                guest.sent = counted("bytes")
            return guest

    def let_in(self, guest: Guest, now: float, size: int | None = None) -> Guest | Refusal | Errand:
        """Count a request of somebody who was recognised a moment ago: one unit and `size` bytes, both or nothing.

        Args:
            guest: Who asks.
            now: Seconds since the epoch.
            size: Bytes of the answer; None where `charge` tells once they are known.

        Returns:
            The guest, who is let in and whom `quota_fields` tells what is left; or why not.
        """
        with self._lock:
            tally, sent = guest.tally, guest.sent
            if size or tally.purse.gone:
                self._seat(guest)
            purse = tally.purse
            if not (purse.ready and purse.since <= now < purse.until):
                no = self._make_ready(tally, 1, now)
                if no is not None:
                    return no
            if sent is not None:
                if size:
                    if (no := self._make_ready(sent, size, now)) is not None:
                        return no
                    sent.purse.ready -= size
                elif sent.purse.spent is not None and (spent := known_spent(sent.purse, 1, now)) is not None:
                    return refused_spending(sent.limit, spent, now)
            purse.ready -= 1
        return guest

    def charge(self, guest: Guest, size: int, now: float) -> Guest | Refusal | Errand:
        """Charge the bytes of an answer, once their number is known and before the first is sent.

        Where `let_in` was told it already, they are charged: do not charge again.

        Returns:
            The guest; a refusal where the account has not so many left; or what has to be fetched before that can be
            said.
        """
        tally = guest.sent
        if tally is None or size < 1:
            return guest
        with self._lock:
            if tally.purse.gone:
                self._seat(guest)
            purse = tally.purse
            if not (purse.ready >= size and purse.since <= now < purse.until):
                no = self._make_ready(tally, size, now)
                if no is not None:
                    return no
            purse.ready -= size
        return guest

    def _seat(self, guest: Guest) -> None:
        """Give a guest other purses where theirs had to make room."""
        for tally in (guest.tally, guest.sent):
            if tally is not None:
                tally.purse = self._purses.purse(tally.purse.account, tally.purse.meter)

    def _make_ready(self, tally: Tally, cost: int, now: float) -> Refusal | Errand | None:
        """Return why `cost` cannot be counted down in a purse, or None where it can."""
        no = self._purses.make_ready(tally.purse, tally.limit, cost, now)
        if no is None or isinstance(no, Errand):
            return no
        return refused_spending(tally.limit, None if no == "down" else no, now)

    def sweep(self, now: float) -> Errand | None:
        """Return what gives back leases that nobody spends any more, or None; call it every minute or so."""
        with self._lock:
            unused = self._purses.unused(now)
        return Errand(lambda: self._give_back(unused)) if unused else None

    def close(self) -> None:
        """Give back all leases, those with most of a day first; each is a write, so at most for `_LEAVE_S`. Blocks."""
        with self._lock:
            unused = self._purses.drain()
        self._give_back(sorted(unused, key=lambda lease: -lease.units / lease.per_day), time.monotonic() + _LEAVE_S)

    def _give_back(self, leases: list[Lease], until: float = math.inf) -> None:
        now = self._clock()
        for number, lease in enumerate(leases):
            if time.monotonic() > until:
                _log.warning("%d leases were not given back: their days have so much less", len(leases) - number)
                return
            try:
                self._ledger.give_back(lease, now)
            except StoreError as error:  # what is not given back is lost to the account's day, and to nothing else
                _log.warning("leases cannot be given back: %s", error)
                return

    def _key(self, asked: Asked, now: float, rules: Rules) -> KeyRecord | Errand | Refusal | None:
        wanted = _named(asked, now, rules)
        if wanted is None:
            return None
        policy = rules.policy
        subnet = subnet_of(asked.client, policy.subnet_v4, policy.subnet_v6)
        found = self._keyring.find(wanted, subnet, policy.guesses, now)
        if isinstance(found, Spent):
            wait = seconds_until(found.retry, now)
            return Refusal(TOO_MANY_GUESSES, {"checked": "wrong keys of the subnet"}, wait)
        return unavailable() if found == "down" else found


def _named(asked: Asked, now: float, rules: Rules) -> str | None:
    """Return the digest of the key that a request names; None where it names none, or none worth a look-up."""
    if asked.link is not None and asked.demand.meter == "data":
        return None if links.wrong_with(asked.link, rules.link_secret, now) else asked.link.key
    if asked.credential is None or claims(asked) is not None:
        return None
    return digest(asked.credential)


def anonymous(salt: bytes, client: str, now: float, policy: QuotaPolicy) -> str:
    """Return the id that an anonymous client's subnet is counted by today: another one each day, and no address.

    Addresses are few enough to try them all, so what hides them is `salt`.
    """
    day = int((now + DAY.utcoffset(None).total_seconds()) // _DAY_S)
    return _pseudonym(salt, client, day, policy.subnet_v4, policy.subnet_v6)


@lru_cache(maxsize=16_384)
def _pseudonym(salt: bytes, client: str, day: int, v4: int, v6: int) -> str:
    subnet = subnet_of(client, v4, v6)
    return f"{ANONYMOUS}{hmac.digest(salt, f'{day} {subnet}'.encode(), hashlib.sha256).hex()[:24]}"
