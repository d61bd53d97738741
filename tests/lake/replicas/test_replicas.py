"""Front-deployed copies: filed, sent, looked through, taken back."""

import hashlib
import json
import subprocess
from dataclasses import replace

import pytest
from copies_kit import FILING, NOON, filed, found, keeper, only, published, tree
from lake_kit import NODE, desk
from trail_kit import seed_of, trail

from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.publishing import withdraw
from tianlake.lake.replicas import (
    Drift,
    Register,
    behind,
    file_copy,
    known_copies,
    look_through,
    open_recalls,
    push,
    recall,
    revoke,
    take_back,
)
from tianlake.lake.signed import public_key
from tianlake.lake.store import DirectoryStore

ID = FILING.id


def run(folder, command):
    return subprocess.run(command.split(), cwd=folder, capture_output=True, text=True, check=False)


def test_a_copy_holds_the_current_release_and_nothing_private(tmp_path, stores, sent):
    lake, copy = stores
    there = tree(copy)
    assert not [key for key in there if key.startswith(("private/", "federation/"))]
    original = {key: body for key, body in tree(lake).items() if key.startswith("releases/")}
    assert {key: body for key, body in there.items() if key.startswith("releases/")} == original
    assert json.loads(there["collections/places/collection.json"])["version"] == sent
    assert json.loads(there["replica.json"])["releases"] == {"places": sent}
    assert FILING.contact.encode() not in b"".join(there.values())
    assert found(copy) == []


def test_sha256sum_and_openssl_check_a_copy_without_tianlake(tmp_path, stores, sent):
    copy = tmp_path / "copy"
    done = run(copy, "sha256sum --check --strict SHA256SUMS")
    listed = {line.partition(": ")[0] for line in done.stdout.splitlines()}
    assert done.returncode == 0
    assert listed == set(tree(stores[1])) - {"SHA256SUMS", "SHA256SUMS.sig"}
    verify = "openssl pkeyutl -verify -pubin -inkey node.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig"
    assert run(copy, verify).returncode == 0
    (copy / "SHA256SUMS").write_bytes((copy / "SHA256SUMS").read_bytes() + b"\n")
    assert run(copy, verify).returncode != 0


def test_a_push_sends_only_what_differs(tmp_path, stores, sent):
    lake, copy = stores
    before = tree(copy)
    again = push(keeper(lake), ID, copy)
    assert (again.changed, tree(copy)) == (False, before)
    kinds = [step.kind for step in Register(lake, NODE.code).steps(ID)]
    assert kinds == ["file", "push.begin", "push"]
    newer = published(tmp_path, lake, "b", "2026-11-02T00:00:00Z")
    moved = push(keeper(lake), ID, copy)
    assert moved.changed
    assert {key.split("/")[2] for key in tree(copy) if key.startswith("releases/places/")} == {newer}
    assert {key.split("/")[2] for key in moved.deleted if key.startswith("releases/")} == {sent}
    assert found(copy) == []


def test_every_object_that_is_sent_is_on_record_before(tmp_path, stores, release):
    lake, _copy = stores
    filed(lake)

    class Watching(DirectoryStore):
        def put(self, key, body, **named):
            if key.startswith("releases/"):
                entry = list(trail(lake, NODE.code).entries())[-1]
                assert (entry.kind, entry.subject) == ("replica.push", ID)
                assert Register(lake, NODE.code).find(ID).held == set(entry.details["releases"])
            return super().put(key, body, **named)

    push(keeper(lake), ID, Watching(tmp_path / "copy"))
    acts = [entry.kind for entry in trail(lake, NODE.code).entries()]
    assert acts == ["trail.begin", "publish", "replica.file", "replica.push"]


def _flip(file):
    body = bytearray(file.read_bytes())
    body[len(body) // 2] ^= 1
    file.write_bytes(body)


DATA = "releases/places/{release}/places.parquet"
TAMPERED = {
    "a byte of the data": (lambda root, name: _flip(root / name), ("changed", DATA)),
    "a file gone": (lambda root, name: (root / name).unlink(), ("missing", DATA)),
    "a file more": (lambda root, _name: (root / "notes.txt").write_text("x"), ("extra", "notes.txt")),
    "a byte of the list": (lambda root, _name: _flip(root / "SHA256SUMS"), ("unsigned", "SHA256SUMS")),
    "a byte of the signature": (lambda root, _name: _flip(root / "SHA256SUMS.sig"), ("unsigned", "SHA256SUMS")),
    "no signature": (lambda root, _name: (root / "SHA256SUMS.sig").unlink(), ("unsigned", "SHA256SUMS")),
    "a byte of the page": (lambda root, _name: _flip(root / "README.md"), ("changed", "README.md")),
    "a claim that is no claim": (
        lambda root, _name: (root / "replica.json").write_text("{"),
        ("changed", "replica.json"),
    ),
    "no claim": (lambda root, _name: (root / "replica.json").unlink(), ("missing", "replica.json")),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_any_change_of_a_copy_is_found_and_the_next_push_mends_it(tmp_path, stores, sent, case):
    lake, copy = stores
    change, (rule, what) = TAMPERED[case]
    change(tmp_path / "copy", DATA.format(release=sent))
    assert found(copy) == [(rule, what.format(release=sent))]
    push(keeper(lake), ID, copy)
    assert found(copy) == ([("extra", "notes.txt")] if rule == "extra" else [])


def test_a_list_that_somebody_else_signed_is_not_believed(tmp_path, stores, sent):
    _lake, copy = stores
    other = look_through(copy, public_key(seed_of("somebody")), NOON)
    assert [drift.rule for drift in other.drifts] == ["unsigned"]


def test_an_older_list_of_the_same_node_is_told_from_the_last_one(tmp_path, stores, sent):
    lake, copy = stores
    older = tmp_path / "older"
    subprocess.run(["cp", "-r", tmp_path / "copy", older], check=True)
    published(tmp_path, lake, "b", "2026-11-02T00:00:00Z")
    push(keeper(lake), ID, copy)
    sums = Register(lake, NODE.code).find(ID).sums
    assert found(copy, sums) == []
    assert found(DirectoryStore(older), sums) == [("resent", "SHA256SUMS")]


def test_a_newer_release_an_expiry_and_a_withdrawal_are_told(tmp_path, stores, sent):
    lake, _copy = stores
    newer = published(tmp_path, lake, "b", "2026-11-02T00:00:00Z")
    standing = Register(lake, NODE.code).find(ID)
    assert list(behind(keeper(lake), standing)) == [Drift("older", f"places/{newer}")]
    late = keeper(lake, lambda: NOON + 400 * 86400)
    assert Drift("expired", FILING.expires) in list(behind(late, standing))
    withdraw(desk(lake), "places", "不应公开")
    assert open_recalls(lake, standing) == [f"places/{sent}"]


def test_the_last_day_of_a_filing_is_that_of_china(tmp_path, stores, sent):
    lake, copy = stores
    file_copy(keeper(lake), replace(FILING, expires="2026-11-28"))
    last = 1_795_881_599.0  # 2026-11-28T23:59:59+08:00 is 15:59:59Z
    push(keeper(lake, lambda: last), ID, copy)
    with pytest.raises(LakeError, match=r"good until 2026-11-28; file it anew: tianlake replica file planning-bureau"):
        push(keeper(lake, lambda: last + 1), ID, copy)


def test_a_withdrawn_release_is_taken_back_and_looked_for(tmp_path, stores, sent):
    lake, copy = stores
    published(tmp_path, lake, "r", product="roads")
    file_copy(keeper(lake), replace(FILING, products=("places", "roads")))
    push(keeper(lake), ID, copy)
    withdraw(desk(lake), "places", "不应公开")
    [name] = open_recalls(lake, Register(lake, NODE.code).find(ID))
    done = take_back(keeper(lake), only(lake, copy), [name], "withdrawn")
    assert done.reached
    assert [key for key in done.deleted if "places" in key]
    assert not [key for key in tree(copy) if "places" in key]
    assert found(copy, Register(lake, NODE.code).find(ID).sums) == []
    assert open_recalls(lake, Register(lake, NODE.code).find(ID)) == []
    step = list(Register(lake, NODE.code).steps(ID))[-1]
    assert (step.kind, step.details["reached"], step.details["deleted"]) == ("recall", True, len(done.deleted))
    proof = hashlib.sha256("\n".join(sorted(done.deleted)).encode()).hexdigest()
    assert step.details["deleted_sha256"] == proof


def test_a_case_recalls_by_the_keys_that_it_removed_and_nothing_brings_them_back(tmp_path, stores, sent):
    lake, copy = stores
    removed = [f"releases/places/{sent}/places.parquet", "index/items.parquet"]
    done = recall(keeper(lake), only(lake, copy), removed, "case 7")
    assert (done.reached, done.releases) == (True, (f"places/{sent}",))
    assert tree(copy) == {}
    with pytest.raises(LakeError, match="none of its products is published now"):
        push(keeper(lake), ID, copy)
    newer = published(tmp_path, lake, "b", "2026-11-02T00:00:00Z")
    push(keeper(lake), ID, copy)
    assert {key.split("/")[2] for key in tree(copy) if key.startswith("releases/")} == {newer}


class Unplugged(DirectoryStore):
    """A holder that cannot be reached."""

    def list(self, prefix="", *, skip=()):
        raise StoreError("no route to host")


def test_a_holder_that_cannot_be_reached_is_an_open_recall_until_it_can(tmp_path, stores, sent):
    lake, copy = stores
    for away in (None, Unplugged(tmp_path / "copy"), DirectoryStore(tmp_path / "not mounted")):
        done = take_back(keeper(lake), only(lake, away), [f"places/{sent}"], "case 7")
        assert (done.reached, done.deleted) == (False, ())
        standing = Register(lake, NODE.code).find(ID)
        assert (open_recalls(lake, standing), standing.asked) == ([f"places/{sent}"], "2026-11-27T12:00:00Z")
    assert tree(copy)
    assert take_back(keeper(lake), only(lake, copy), [f"places/{sent}"], "case 7").reached
    standing = Register(lake, NODE.code).find(ID)
    assert (open_recalls(lake, standing), standing.held, standing.asked) == ([], frozenset(), None)


def test_a_medium_that_is_not_there_is_not_taken_for_an_empty_one(tmp_path, stores, sent):
    """A push into the empty folder that it leaves would forget what it holds."""
    lake, _copy = stores
    with pytest.raises(StoreError, match="is the medium there"):
        push(keeper(lake), ID, DirectoryStore(tmp_path / "not mounted"))
    assert not (tmp_path / "not mounted").exists()
    assert Register(lake, NODE.code).find(ID).held == {f"places/{sent}"}


def test_revoking_takes_everything_back_and_ends_the_filing(tmp_path, stores, sent):
    lake, copy = stores
    assert not revoke(keeper(lake), only(lake, None), "用途变更").reached
    assert open_recalls(lake, Register(lake, NODE.code).find(ID)) == [f"places/{sent}"]
    (tmp_path / "copy/notes.txt").write_text("the holder's own")
    assert revoke(keeper(lake), only(lake, copy), "用途变更").reached
    assert set(tree(copy)) == {"notes.txt"}
    assert known_copies(lake, NODE.code, lambda _filing: copy) == ()
    for action in (lambda: push(keeper(lake), ID, copy), lambda: filed(lake)):
        with pytest.raises(LakeError, match="was revoked"):
            action()


def test_a_declaration_of_the_holder_closes_a_recall_and_is_on_record(tmp_path, stores, sent):
    lake, _copy = stores
    assert revoke(keeper(lake), only(lake, None), "到期", declared="销毁证明 2026-12").reached
    step = list(Register(lake, NODE.code).steps(ID))[-1]
    assert (step.kind, step.details["declared"]) == ("recall", "销毁证明 2026-12")
    assert Register(lake, NODE.code).find(ID).held == frozenset()


def test_a_push_never_writes_over_what_is_not_its_copy(tmp_path, stores, sent):
    lake, _copy = stores
    filed(lake, id="another", place="file:elsewhere")
    for place in ("copy", "lake"):
        before = tree(DirectoryStore(tmp_path / place))
        with pytest.raises(LakeError, match=r"holds .*; name an empty one"):
            push(keeper(lake), "another", DirectoryStore(tmp_path / place))
        after = tree(DirectoryStore(tmp_path / place))
        assert {k: v for k, v in after.items() if not k.startswith("private/")} == {
            k: v for k, v in before.items() if not k.startswith("private/")
        }


def test_a_damaged_release_is_not_sent(tmp_path, stores, release):
    lake, copy = stores
    filed(lake)
    _flip(tmp_path / "lake" / DATA.format(release=release))
    with pytest.raises(LakeError, match=r"places\.parquet: sha256: the node's own object is not the one"):
        push(keeper(lake), ID, copy)
    assert "collections/places/collection.json" not in tree(copy)


WRONG = {
    "products": (("roads",), "the node never published 'roads'; it published: places"),
    "expires": ("2026-11-26", "2026-11-26 has passed"),
}


@pytest.mark.parametrize("field", WRONG)
def test_a_filing_says_what_is_wrong_with_it(stores, release, field):
    lake, _copy = stores
    value, told = WRONG[field]
    with pytest.raises(LakeError, match=told):
        filed(lake, **{field: value})
    assert Register(lake, NODE.code).ids() == []


def test_a_step_that_was_changed_is_not_read(tmp_path, stores, sent):
    lake, _copy = stores
    file = tmp_path / f"lake/private/replicas/{ID}/0002.txt"
    file.write_bytes(file.read_bytes().replace(b"push.begin", b"push.begun"))
    with pytest.raises(LakeError, match=r"0003\.txt: previous|0002\.txt"):
        Register(lake, NODE.code).find(ID)
