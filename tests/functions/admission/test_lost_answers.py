"""A store that writes and whose answer does not arrive: nobody may believe that nothing happened."""

from __future__ import annotations

from admission_kit import KEYS, UNKEPT, Accounts, Clock, decided, door_of

from tianlake.functions.admission.answers import Admission
from tianlake.functions.admission.leases import Ask, Lease, Spent
from tianlake.functions.admission.records import Asked, Demand
from tianlake.lake.errors import StoreError

ASKED = Asked(Demand("tile", "roads"), "key", "198.51.100.7", credential=KEYS["plain"])


class Forgetful(Accounts):
    """A store of accounts that may do what it is asked without saying so."""

    silent = False

    def take(self, ask: Ask, now: float) -> Lease | Spent:
        answer = super().take(ask, now)
        if self.silent:
            raise StoreError("no answer")
        return answer


def test_units_that_came_back_with_a_lost_answer_do_not_come_back_again():
    accounts, clock = Forgetful(), Clock()
    door = door_of(accounts, UNKEPT, clock)
    assert isinstance(decided(door, ASKED, clock.now), Admission)
    clock.now += 60  # the lease is void, nine units of it are left
    accounts.silent = True
    assert not isinstance(decided(door, ASKED, clock.now), Admission)
    clock.now += 60
    accounts.silent = False
    assert isinstance(decided(door, ASKED, clock.now), Admission)
    spent, lost, at_hand = 2, 10, 9
    assert accounts.used("aplain", clock.now) == {"tile": spent + lost + at_hand}
