"""`audit verify` finds every way of tampering with a trail; a verifier written from the layout page agrees."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from audit_kit import is_whole
from hypothesis import given, settings
from hypothesis import strategies as st
from kit import REPO
from trail_kit import seed_of, trail

from tianlake.lake.chain import Chain
from tianlake.lake.errors import LakeError
from tianlake.lake.keys import audit_entry
from tianlake.lake.signed import public_key, sign
from tianlake.lake.store import DirectoryStore
from tianlake.lake.trail import Act, Anchor, Anchors, Trail
from tianlake.lake.trail.entries import MAGIC
from tianlake.lake.trail.verify import Wanted, verify_trail

CODE = "156130000"
START = 1_795_780_800.0
"""2026-11-27T12:00:00Z."""
ENTRIES = 8
OWN = public_key(seed_of(CODE))
NEXT = seed_of("next")


def file(root, seq):
    return root / audit_entry(seq)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A trail of eight entries, its key replaced before the sixth."""
    root = tmp_path_factory.mktemp("made")
    store, now = DirectoryStore(root), iter(range(100))
    for number in range(2, ENTRIES + 1):
        seed = seed_of(CODE) if number < 6 else NEXT
        own = Trail(store, CODE, seed, lambda: START + 60 * next(now))
        if number == 5:
            own.change_key(NEXT)
        else:
            own.record(Act("key.issue", f"key {number}", "clerk", {"note": "测试"}))
    return root


@pytest.fixture
def root(tmp_path, made):
    return Path(shutil.copytree(made, tmp_path / "lake"))


def found(root, *anchors, key=None, vouched=frozenset()):
    wanted = Wanted(CODE, key or public_key(NEXT), anchors, vouched)
    verdict = verify_trail(DirectoryStore(root), wanted, START + 1000)
    return [(each.rule, each.file, each.place) for each in verdict.findings]


def rules(root, *anchors, **more):
    return {rule for rule, _file, _place in found(root, *anchors, **more)}


def end_of(root, seq=ENTRIES):
    link = Trail(DirectoryStore(root), CODE, None).chain.read(seq)
    assert link is not None
    return Anchor(seq, link.digest, link.header["at"])


def test_a_trail_with_a_replaced_key_is_whole(root):
    assert found(root) == []
    assert is_whole(root, CODE, ENTRIES)
    assert found(root, Anchors(1, CODE, OWN, (end_of(root, 3), end_of(root)))) == []


def forged(root, seq, seed, **changes):
    """Write an entry anew, in its place in the chain, signed with a key."""
    said = json.loads(file(root, seq).read_bytes().splitlines()[1]) | changes
    file(root, seq).write_bytes(sign(MAGIC, said, seed))


def rechained(root, since, **changes):
    """Write the trail anew from an entry on, as whoever has both keys can."""
    chain = Chain(DirectoryStore(root), audit_entry, MAGIC)
    links = list(chain.links())
    before = links[since - 2] if since > 1 else None
    for link in links[since - 1 :]:
        file(root, link.seq).unlink()
        said = {name: value for name, value in link.header.items() if name not in {"seq", "previous"}}
        seed = seed_of(CODE) if link.seq < 6 else NEXT
        before = chain.append(before, said | (changes if link.seq == since else {}), seed)


def swap(root, one, other):
    first, second = file(root, one).read_bytes(), file(root, other).read_bytes()
    file(root, one).write_bytes(second)
    file(root, other).write_bytes(first)


def cut(root, since):
    for seq in range(since, ENTRIES + 1):
        file(root, seq).unlink()


def insert(root, seq):
    for number in range(ENTRIES, seq - 1, -1):
        file(root, number).rename(file(root, number + 1))
    shutil.copy(file(root, seq - 1), file(root, seq))


def other_begin(root):
    """A whole trail of somebody else's."""
    shutil.rmtree(root / "private")
    Trail(DirectoryStore(root), CODE, seed_of("somebody"), lambda: START).record(Act("publish", "x/y"))


TAMPERED = {
    "an act edited": (lambda root: forged(root, 3, seed_of("somebody"), subject="x"), {"signature", "previous"}),
    "an act edited with the node's key": (lambda root: forged(root, 3, seed_of(CODE), subject="x"), {"previous"}),
    "an entry deleted": (lambda root: file(root, 4).unlink(), {"missing"}),
    "the first entry deleted": (lambda root: file(root, 1).unlink(), {"missing", "signature"}),
    "two entries swapped": (lambda root: swap(root, 3, 4), {"form", "previous"}),
    "an entry put in": (lambda root: insert(root, 4), {"form"}),
    "an entry doubled at the end": (
        lambda root: shutil.copy(file(root, ENTRIES), file(root, ENTRIES + 1)),
        {"form"},
    ),
    "the end cut off": (lambda root: cut(root, 7), {"end"}),
    "all of it deleted": (lambda root: shutil.rmtree(root / "private/audit/0000000"), {"end"}),
    "another key signs": (lambda root: forged(root, ENTRIES, seed_of("somebody")), {"signature"}),
    "the replaced key goes on": (lambda root: forged(root, ENTRIES, seed_of(CODE)), {"signature"}),
    "time goes back": (lambda root: forged(root, ENTRIES, NEXT, at="2026-11-27T11:00:00Z"), {"time"}),
    "another node's": (lambda root: forged(root, ENTRIES, NEXT, node="156000000"), {"node"}),
    "a second begin": (
        lambda root: forged(root, ENTRIES, NEXT, kind="trail.begin", details={"key": public_key(NEXT)}),
        {"begin"},
    ),
    "a trail of somebody else": (other_begin, {"key"}),
    "an object beside it": (lambda root: (root / "private/audit/0000000/note.txt").write_text("x"), {"extra"}),
    "an entry of another name": (
        lambda root: shutil.copy(file(root, 3), root / "private/audit/0000000/0000001003.txt"),
        {"extra"},
    ),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_tampering_is_found_by_its_rule(root, case):
    change, wanted = TAMPERED[case]
    before = end_of(root).sha256
    change(root)
    assert rules(root, Anchors(1, CODE, OWN, ())) >= wanted
    assert not is_whole(root, CODE, ENTRIES, before)


def test_a_trail_rewritten_with_its_own_keys_is_found_by_what_others_kept(root):
    kept = Anchors(1, CODE, OWN, (end_of(root, 2), end_of(root)))
    rechained(root, 4, subject="another key")
    assert rules(root) == set()
    assert found(root, kept) == [("anchor", audit_entry(ENTRIES), "")]
    assert not is_whole(root, CODE, ENTRIES, kept.anchors[-1].sha256)


def test_a_trail_cut_off_with_its_hint_is_found_by_what_others_kept(root):
    kept = Anchors(1, CODE, OWN, (end_of(root),))
    cut(root, 6)
    (root / "private/audit/end.json").write_text('{"seq": 5}')
    assert rules(root) == set()
    assert rules(root, kept) == {"end"}


def test_a_lost_key_is_told_of_until_the_parent_takes_offers_by_the_new_one(root):
    own = Trail(DirectoryStore(root), CODE, None, lambda: START + 900)
    newest = seed_of("newest")
    own.replace_lost_key(newest, "硬盘损坏")
    Trail(DirectoryStore(root), CODE, newest, lambda: START + 900).record(Act("publish", "x/y"))
    key = public_key(newest)
    assert found(root, key=key) == [("lost", audit_entry(ENTRIES + 1), "details.key")]
    assert found(root, key=key, vouched=frozenset({OWN})) != []
    assert found(root, key=key, vouched=frozenset({key})) == []


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_single_byte_any_deletion_and_any_swap_is_found(made, data):
    folder = made.parent / f"{made.name}-changed"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made, folder)
    entries = st.integers(1, ENTRIES)
    match data.draw(st.sampled_from(["byte", "delete", "swap"])):
        case "byte":
            changed = file(folder, data.draw(entries))
            body = bytearray(changed.read_bytes())
            place = data.draw(st.integers(0, len(body) - 1))
            body[place] = data.draw(st.integers(0, 255).filter(lambda value: value != body[place]))
            changed.write_bytes(body)
        case "delete":
            file(folder, data.draw(entries)).unlink()
        case _:
            one, other = data.draw(st.lists(entries, min_size=2, max_size=2, unique=True))
            swap(folder, one, other)
    assert found(folder)
    assert not is_whole(folder, CODE, ENTRIES)


def test_nobody_goes_on_with_a_key_that_was_replaced(root):
    before = Trail(DirectoryStore(root), CODE, seed_of(CODE), lambda: START + 900)
    with pytest.raises(LakeError, match=r"is not the key that the audit trail goes on with"):
        before.record(Act("publish", "x/y"))
    own = Trail(DirectoryStore(root), CODE, NEXT, lambda: START + 900)
    own.change_key(seed_of(CODE))
    with pytest.raises(LakeError, match=r"is not the key that the audit trail goes on with"):
        own.record(Act("publish", "x/y"))
    before.record(Act("publish", "x/y"))
    assert found(root, key=OWN) == []


WRITER = """
import sys
from pathlib import Path
from trail_kit import trail
from tianlake.lake.store import DirectoryStore
from tianlake.lake.trail import Act
own = trail(DirectoryStore(Path(sys.argv[1])), "156130000")
print("ready", flush=True)
while True:
    own.record(Act("key.issue", f"by {sys.argv[2]}"))
"""


def test_writers_that_are_killed_leave_a_whole_trail(tmp_path):
    root = tmp_path / "lake"
    path = f"{REPO / 'tests/_kit'}:{os.environ.get('PYTHONPATH', '')}"
    command = [sys.executable, "-c", WRITER, str(root)]
    writers = [
        subprocess.Popen([*command, str(n)], stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path})
        for n in range(3)
    ]
    for each in writers:
        assert each.stdout is not None
        assert each.stdout.readline() == b"ready\n"
    own = trail(DirectoryStore(root), CODE)
    for number, each in enumerate(writers):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if sum(entry.subject == f"by {number}" for entry in own.entries()) >= 5:
                break
        each.send_signal(signal.SIGKILL)
        each.communicate()
    own.record(Act("publish", "places/x"))
    end = own.end()
    assert end is not None
    last = end.seq
    assert last > 15
    assert verify_trail(DirectoryStore(root), Wanted(CODE, OWN), time.time()).findings == []
    assert is_whole(root, CODE, last)
    assert {entry.subject for entry in own.entries() if entry.kind == "key.issue"} == {"by 0", "by 1", "by 2"}


def test_a_trail_on_s3_is_verified_and_its_end_found(localstack):
    from tianlake.lake.store.s3 import S3Store  # noqa: PLC0415 - tests of folders alone start faster

    store = S3Store(localstack.make_bucket(), "lake", localstack.settings, localstack.session)
    own = trail(store, CODE)
    for number in range(12):
        own.record(Act("key.issue", f"key {number}"))
    assert verify_trail(store, Wanted(CODE, OWN), time.time()).findings == []
    store.delete(audit_entry(7))
    [one] = verify_trail(store, Wanted(CODE, OWN), time.time()).findings
    assert (one.rule, one.file) == ("missing", audit_entry(7))
