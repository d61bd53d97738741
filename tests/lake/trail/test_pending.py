"""Acts of servers that have no key of the node wait, and are sealed into its trail by whoever has it."""

from audit_kit import is_whole
from trail_kit import seed_of, trail

from tianlake.lake.store import DirectoryStore
from tianlake.lake.trail import Act, Trail
from tianlake.lake.trail.pending import Waiting, seal
from tianlake.lake.trail.verify import Wanted, verify_trail

CODE = "156130000"
START = 1_795_780_800.0
"""2026-11-27T12:00:00Z."""


def test_acts_of_servers_without_a_key_wait_and_are_sealed_in_their_order(tmp_path):
    store, clock = DirectoryStore(tmp_path), iter(range(1000))
    waiting = Waiting(store, CODE, lambda: START + next(clock))
    own = Trail(store, CODE, seed_of(CODE), lambda: START + 500)
    for number in range(150):
        waiting.record(Act("account.change", f"a{number}", f"a{number}", {"what": "registered"}))
    assert own.end() is None
    assert seal(own) == 150
    assert list(store.list("private/audit/pending/")) == []
    sealed = [entry for entry in own.entries() if entry.kind == "trail.seal"]
    assert [len(entry.details["acts"]) for entry in sealed] == [100, 50]
    told = [act["subject"] for entry in sealed for act in entry.details["acts"]]
    assert told == [f"a{number}" for number in range(150)]
    assert seal(own) == 0
    assert is_whole(tmp_path, CODE, 3)


def test_an_act_that_waits_for_more_than_a_day_is_told_of(tmp_path):
    store = DirectoryStore(tmp_path)
    trail(store, CODE).record(Act("publish", "x/y"))
    Waiting(store, CODE, lambda: START).record(Act("account.change", "a1", "a1"))

    def told(now):
        return [each.rule for each in verify_trail(store, Wanted(CODE), now).findings]

    assert (told(START + 86_000), told(START + 87_000)) == ([], ["pending"])
