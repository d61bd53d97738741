"""The door: decides each request from what a worker has at hand, and says what has to be fetched first.

Without I/O of its own: `decide` never blocks. It returns an `Errand` where the store has to be asked first, which an
asynchronous caller runs in a thread, and then decides again.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from collections.abc import Callable
from functools import lru_cache
from threading import RLock
from typing import Final

from tianlake.functions.admission import links
from tianlake.functions.admission.admit import (
    Rules,
    Standing,
    admitted,
    claims,
    refused_spending,
    stand,
    unavailable,
)
from tianlake.functions.admission.answers import UNCOUNTED, Admission, Refusal, seconds_until, with_bytes
from tianlake.functions.admission.bindings import subnet_of
from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.keyring import Keyring
from tianlake.functions.admission.leases import Lease, Spent
from tianlake.functions.admission.ports import ANONYMOUS, Keys, Ledger
from tianlake.functions.admission.purses import Purse, Purses, known_spent
from tianlake.functions.admission.records import Asked, KeyRecord, digest
from tianlake.functions.admission.refusals import TOO_MANY_GUESSES
from tianlake.lake.errors import StoreError
from tianlake.lake.quotas import DAY, Limit, QuotaPolicy

_log = logging.getLogger(__name__)

_DAY_S: Final = 86_400


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

    def decide(self, asked: Asked, now: float) -> Admission | Refusal | Errand:
        """Return whether a request is let in, or what has to be fetched before that can be said."""
        if asked.demand.meter is None:
            return UNCOUNTED
        rules = self._rules()
        with self._lock:
            standing = self._stand(asked, now, rules)
            return self._spend(asked, standing, now, rules) if isinstance(standing, Standing) else standing

    def recognise(self, asked: Asked, now: float) -> Standing | Refusal | Errand:
        """Return who asks, as `decide` finds out, with nothing counted yet: it holds for the next moments, too."""
        rules = self._rules()
        with self._lock:
            return self._stand(asked, now, rules)

    def let_in(self, asked: Asked, standing: Standing, now: float) -> Admission | Refusal | Errand:
        """Count a request of somebody who was recognised a moment ago.

        Of `asked`, only what is demanded matters here, and of an anonymous client its address.
        """
        rules = self._rules()
        with self._lock:
            return self._spend(asked, standing, now, rules)

    def _stand(self, asked: Asked, now: float, rules: Rules) -> Standing | Refusal | Errand:
        key = self._key(asked, now, rules)
        if isinstance(key, (Errand, Refusal)):
            return key
        return stand(asked, key, now, rules)

    def charge(self, admission: Admission, size: int, now: float) -> Admission | Refusal | Errand:
        """Charge the bytes of an answer, once their number is known and before the first is sent.

        Where `Asked.size` told it already, `decide` has charged it: do not charge again.

        Returns:
            The admission, whose headers know of the bytes; a refusal where the account has not so many left; or what
            has to be fetched before that can be said.
        """
        lease = admission.lease
        if lease is None or lease.meter != "data" or size < 1:
            return admission
        limit = admission.limits.get("bytes")
        if limit is None:
            return admission
        with self._lock:
            purse = self._purses.purse(lease.account, "bytes")
            left = self._purses.try_spend(purse, limit, size, now)
            if isinstance(left, Errand):
                return left
            if not isinstance(left, Lease):
                return refused_spending(limit, left, now)
            purse.lease = left
            return with_bytes(admission, left, now)

    def sweep(self, now: float) -> Errand | None:
        """Return what gives back leases that nobody spends any more, or None; call it every minute or so."""
        with self._lock:
            unused = self._purses.unused(now)
        return Errand(lambda: self._give_back(unused)) if unused else None

    def close(self) -> None:
        """Give back all leases. Blocks for as long as the store takes."""
        with self._lock:
            unused = self._purses.drain()
        self._give_back(unused)

    def _give_back(self, leases: list[Lease]) -> None:
        now = self._clock()
        for lease in leases:
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

    def _spend(self, asked: Asked, standing: Standing, now: float, rules: Rules) -> Admission | Refusal | Errand:
        """Spend one unit of the demanded meter, and bytes where their number is known: both or nothing."""
        meter = asked.demand.meter
        if meter is None:
            return UNCOUNTED
        account = standing.account or anonymous(self._salt, asked.client, now, rules.policy)
        purse = self._purses.purse(account, meter)
        left = self._purses.try_spend(purse, standing.limits[meter], 1, now)
        if isinstance(left, Errand):
            return left
        if not isinstance(left, Lease):
            return refused_spending(standing.limits[meter], left, now)
        bytes_left = None
        if meter == "data" and (limit := standing.limits.get("bytes")) is not None:
            bytes_purse = self._purses.purse(account, "bytes")
            paid = self._pay(bytes_purse, limit, asked.size, now)
            if isinstance(paid, (Errand, Refusal)):
                return paid
            bytes_left = bytes_purse.lease = paid
        purse.lease = left
        return admitted(standing, left, bytes_left, now, rules)

    def _pay(self, purse: Purse, limit: Limit, size: int | None, now: float) -> Lease | Errand | Refusal | None:
        """Return the lease on bytes after `size`; the lease as it is where the size is yet to be known."""
        if not size:
            spent = known_spent(purse, 1, now)
            return purse.lease if spent is None else refused_spending(limit, spent, now)
        left = self._purses.try_spend(purse, limit, size, now)
        return left if isinstance(left, (Lease, Errand)) else refused_spending(limit, left, now)


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
