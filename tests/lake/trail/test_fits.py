"""`audit verify` finds what stands in a store and does not fit the trail."""

import json
import shutil

import pytest
from copies_kit import FILING, filed, keeper, lake_and_copy, published
from lake_kit import NODE, desk
from trail_kit import seed_of, trail

from tianlake.lake.chain import Chain
from tianlake.lake.errors import ConflictError
from tianlake.lake.history import read_pointer
from tianlake.lake.keys import replica_step, review_step
from tianlake.lake.publishing import rollback, withdraw
from tianlake.lake.replicas import push
from tianlake.lake.replicas.filing import MAGIC
from tianlake.lake.reviews.steps import MAGIC as REVIEW
from tianlake.lake.store import DirectoryStore
from tianlake.lake.trail import Act
from tianlake.lake.trail.fits import CHECKS, Told
from tianlake.lake.trail.verify import Wanted, verify_trail

NEWER = "2026-11-02T00:00:00Z"
POINTER = "collections/places/collection.json"
STEPS = f"private/replicas/{FILING.id}/"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A lake with two releases of places, the second one current, a withdrawn product, and a copy."""
    folder = tmp_path_factory.mktemp("made")
    lake, copy = lake_and_copy(folder)
    first = published(folder, lake)
    second = published(folder, lake, "b", NEWER)
    published(folder, lake, "r", product="roads")
    withdraw(desk(lake), "roads", "更正")
    filed(lake)
    push(keeper(lake), FILING.id, copy)
    return folder, first, second


@pytest.fixture
def lake(tmp_path, made):
    return DirectoryStore(shutil.copytree(made[0] / "lake", tmp_path / "lake"))


def found(lake):
    told = Told()
    verdict = verify_trail(lake, Wanted(NODE.code), 2e9, told=told.take)
    assert verdict.findings == []
    return {(each.rule, each.file) for check in CHECKS for each in check(lake, told)}


def test_a_lake_that_only_commands_wrote_fits_its_trail(lake, made):
    assert found(lake) == set()
    rollback(desk(lake), "places", made[1])
    assert found(lake) == set()
    withdraw(desk(lake), "places", "更正")
    assert found(lake) == set()


def test_a_publisher_that_lost_the_race_leaves_nothing_to_find(tmp_path, lake, made):
    """Its act is on record, and so is that another was first."""
    pointer = read_pointer(lake, "places")

    class Late(DirectoryStore):
        def put(self, key, body, **named):
            if key == POINTER:
                raise ConflictError("somebody else")
            return super().put(key, body, **named)

    with pytest.raises(ConflictError, match="another publisher moved the pointer"):
        rollback(desk(Late(tmp_path / "lake")), "places", made[1])
    assert read_pointer(lake, "places") == pointer
    assert found(lake) == set()


def test_a_release_that_the_gate_refuses_again_stays_where_it_is(lake, made):
    """The gate is asked before the act of publishing is put on record: its refusal takes nothing back."""
    details = {"rule": "the approval is over", "manifest_sha256": "0" * 64}
    trail(lake, NODE.code).record(Act("publish.refused", f"places/{made[2]}", details=details))
    assert found(lake) == set()


def moved(root, made):
    document = json.loads((root / POINTER).read_bytes())
    (root / POINTER).write_text(json.dumps(document | {"version": made[1]}))


def manifest(root, made):
    file = root / f"releases/places/{made[2]}/manifest.json"
    file.write_bytes(file.read_bytes().replace(b'"layout": 1', b'"layout":  1'))


def smuggled(root, made):
    shutil.copytree(root / f"releases/places/{made[1]}", root / "releases/roads/20261103T000000Z-00000000")


def forged_step(root, _made):
    file = root / STEPS / "0003.txt"
    step = json.loads(file.read_bytes().splitlines()[1])
    file.unlink()
    chain = Chain(DirectoryStore(root), lambda seq: replica_step(FILING.id, seq), MAGIC)
    said = {name: value for name, value in step.items() if name not in {"seq", "previous"}}
    chain.append(chain.read(2), said, seed_of("somebody"))


def restored(root, made):
    """A withdrawn release brought back past the command."""
    folder = next((root / "releases/roads").iterdir())
    (folder / "withdrawn.json").unlink()
    shutil.copytree(root / f"releases/places/{made[1]}", folder, dirs_exist_ok=True)


TAMPERED = {
    "a pointer moved": (moved, {("act", POINTER)}),
    "a pointer deleted": (lambda root, _made: (root / POINTER).unlink(), {("act", POINTER)}),
    "a release put in": (smuggled, {("act", "releases/roads/20261103T000000Z-00000000/manifest.json")}),
    "a manifest changed": (manifest, {("act", "releases/places/{new}/manifest.json")}),
    "a release deleted": (
        lambda root, made: shutil.rmtree(root / f"releases/places/{made[1]}"),
        {("act", "releases/places/{old}/manifest.json")},
    ),
    "an approval deleted": (
        lambda root, made: (root / f"releases/places/{made[2]}/approval.json").unlink(),
        {("act", "releases/places/{new}/approval.json")},
    ),
    "the approval of another release": (
        lambda root, made: shutil.copy(
            root / f"releases/places/{made[1]}/approval.json", root / f"releases/places/{made[2]}/approval.json"
        ),
        {("act", "releases/places/{new}/approval.json")},
    ),
    "a tombstone put": (
        lambda root, made: (root / f"releases/places/{made[1]}/withdrawn.json").write_text("{}"),
        {("act", "releases/places/{old}/withdrawn.json")},
    ),
    "the steps of a copy deleted": (lambda root, _made: shutil.rmtree(root / STEPS), {("chain", STEPS)}),
    "a step in the middle deleted": (
        lambda root, _made: (root / STEPS / "0002.txt").unlink(),
        {("chain", f"{STEPS}0002.txt")},
    ),
    "a step changed": (forged_step, {("chain", f"{STEPS}0003.txt")}),
    "the steps of a copy that nobody filed": (
        lambda root, _made: shutil.copytree(root / STEPS, root / "private/replicas/other"),
        {("chain", "private/replicas/other/")},
    ),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_what_was_changed_past_the_commands_is_found(lake, tmp_path, made, case):
    change, wanted = TAMPERED[case]
    change(tmp_path / "lake", made)
    assert found(lake) >= {(rule, file.format(old=made[1], new=made[2])) for rule, file in wanted}


def test_a_step_on_record_is_that_very_step(lake):
    """As a review puts them on record: by number and hash."""
    digest = Chain(lake, lambda seq: replica_step(FILING.id, seq), MAGIC).read(2)
    assert digest is not None
    own = trail(lake, NODE.code)
    own.record(Act("replica.verify", FILING.id, details={"seq": 2, "step": digest.digest}))
    assert found(lake) == set()
    own.record(Act("replica.verify", FILING.id, details={"seq": 3, "step": "0" * 64}))
    own.record(Act("replica.verify", FILING.id, details={"seq": 9, "step": "0" * 64}))
    assert found(lake) == {("chain", f"{STEPS}0003.txt"), ("chain", f"{STEPS}0009.txt")}


def test_a_rejection_that_other_steps_took_the_place_of_is_found(lake):
    """The act stands in the trail; in the chain, an approval was put where the rejection was."""
    chain = Chain(lake, lambda seq: review_step("places", "r", seq), REVIEW)
    own, where = trail(lake, NODE.code), "places/r"

    def told(kind, seq, step):
        own.record(Act(kind, where, details={"seq": seq, "step": step}))

    def signed(kind, before):
        link = chain.make(before, {"kind": kind}, seed_of(NODE.code))
        told(f"review.{kind}", link.seq, link.digest)
        chain.put(link)
        return link

    first = signed("submit", None)
    told("review.reject", 2, "0" * 64)
    told("review.lost", 2, "0" * 64)
    assert found(lake) == {("chain", "private/reviews/places/r/0002.txt")}  # it is not there yet
    second = signed("approve", first)
    assert found(lake) == set()
    told("review.reject", 2, "1" * 64)
    assert found(lake) == {("chain", "private/reviews/places/r/0002.txt")}
    signed("submit", second)
    assert found(lake) == set()


def test_publishing_again_mends_a_pointer_that_was_moved(lake, tmp_path, made):
    moved(tmp_path / "lake", made)
    assert found(lake) != set()
    rollback(desk(lake), "places", made[2])
    assert found(lake) == set()
