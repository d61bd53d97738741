"""Does what stands in a node's store fit what its trail tells? A table of checks, each over one kind of object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tianlake.lake import keys
from tianlake.lake.chain import Chain, Link
from tianlake.lake.errors import LakeError
from tianlake.lake.history import published_products, read_pointer, read_release
from tianlake.lake.reviews.approval import is_signed, read_approval
from tianlake.lake.reviews.onrecord import RESTARTS, Record, Recorded, recorded
from tianlake.lake.store import Store
from tianlake.lake.trail.acts import ActKind
from tianlake.lake.trail.entries import Entry
from tianlake.lake.trail.findings import Finding
from tianlake.lake.trail.trail import KEY_KINDS


@dataclass
class Told:
    """What a trail tells, as far as the checks ask for it."""

    moves: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Product → kind and release of its moves that stand, oldest first; of a withdrawal the release is empty."""
    published: dict[str, str] = field(default_factory=dict)
    """`<product>/<release>` → SHA-256 of its manifest."""
    withdrawn: set[str] = field(default_factory=set)
    """Products that were ever withdrawn, or that a case took something away from."""
    subjects: dict[str, set[str]] = field(default_factory=dict)
    """Kind of act → what it was done to."""
    steps: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    """Subject → number of a step of its chain → its SHA-256 as acts name it: several where two signed at once."""
    reviews: dict[str, list[Recorded]] = field(default_factory=dict)
    """`<product>/<release>` → the acts of its review, oldest first."""
    keys: set[str] = field(default_factory=set)
    """The node's public keys, all that the trail ever went on with."""
    persons: set[str] = field(default_factory=set)
    """Public keys of everybody who was ever registered to sign."""

    def take(self, entry: Entry) -> None:
        """Take in an entry."""
        self._take_move(entry)
        if entry.kind in KEY_KINDS:
            self.keys.add(str(entry.details.get("key")))
        if entry.kind in {"person.add", "person.new-key"}:
            self.persons.add(str(entry.details.get("key")))
        if (act := recorded(entry)) is not None:
            self.reviews.setdefault(entry.subject, []).append(act)
        self.subjects.setdefault(entry.kind, set()).add(entry.subject)
        step, seq = entry.details.get("step"), entry.details.get("seq")
        if isinstance(step, str) and isinstance(seq, int):
            self.steps.setdefault(entry.subject, {}).setdefault(seq, set()).add(step)

    def _take_move(self, entry: Entry) -> None:
        """Take in what an entry tells of where products stand."""
        product, _, release = entry.subject.partition("/")
        moves = self.moves.setdefault(product, []) if entry.kind in _MOVES else []
        match entry.kind:
            case "publish":
                self.published[entry.subject] = str(entry.details.get("manifest_sha256", ""))
                moves.append((entry.kind, release))
            case "rollback" | "lake.restore":
                moves.append((entry.kind, release))
            case "withdraw":
                self.withdrawn.add(product)
                moves.append((entry.kind, ""))
            case "lake.adopt":
                self._adopt(entry, product, release)
            case "publish.refused" if (
                "manifest_sha256" not in entry.details
            ):  # not by the gate: that was before the act
                _take_out(moves, release)
            case "case.apply":
                targets = entry.details.get("targets", ())
                self.withdrawn |= {str(each["product"]) for each in targets if isinstance(each, Mapping)}

    def _adopt(self, entry: Entry, product: str, release: str) -> None:
        """Take in what stood in a lake before its trail began."""
        if entry.details.get("withdrawn"):
            self.withdrawn.add(product)
            return
        self.published[entry.subject] = str(entry.details.get("manifest_sha256", ""))
        if entry.details.get("current"):
            self.moves.setdefault(product, []).append((entry.kind, release))


_MOVES: Final = {"publish", "rollback", "withdraw", "publish.refused", "lake.restore"}


def _take_out(moves: list[tuple[str, str]], release: str) -> None:
    """Take out the last move to a release, which its publisher found refused."""
    for place in range(len(moves) - 1, -1, -1):
        if moves[place][1] == release:
            del moves[place]
            return


@dataclass(frozen=True, slots=True)
class ChainRule:
    """One kind of chain beside the trail."""

    prefix: str
    magic: bytes
    begin: ActKind
    """The act that its first step is on record with; the subject is the chain's folder."""
    depth: int
    """Parts of the folder's name."""


CHAINS: Final = (
    ChainRule(keys.REVIEWS, b"tianlake-review 1\n", "review.submit", 2),
    ChainRule(keys.CASES, b"tianlake-case 1\n", "case.open", 1),
    ChainRule(keys.REPLICAS, b"tianlake-replica 1\n", "replica.file", 1),
)

Check = Callable[[Store, Told], Iterator[Finding]]


def check_pointers(store: Store, told: Told) -> Iterator[Finding]:
    """Find pointers that stand elsewhere than the last act of their product says."""
    for product in sorted({*published_products(store), *told.moves}):
        file = keys.pointer(product)
        try:
            pointer = read_pointer(store, product)
        except LakeError as error:
            yield Finding(file, "version", "act", str(error).removeprefix(f"{file}: "))
            continue
        kind, release = (told.moves.get(product) or [("", "")])[-1]
        stands = pointer.release if pointer else ""
        if stands != release:
            last = f"{kind} {release}".strip() or "no act at all"
            yield Finding(file, "version", "act", f"stands at {stands or 'nothing'}; the trail ends with {last}")


def check_releases(store: Store, told: Told) -> Iterator[Finding]:
    """Find releases and tombstones that no act tells of, manifests that were changed, and releases that vanished."""
    complete, stones = _releases(store)
    for name in sorted(complete - stones):
        product, _, release = name.partition("/")
        file = keys.release_file(product, release, keys.MANIFEST)
        if name not in told.published:
            yield Finding(file, "", "act", "no publish of it is on record, or one broke off: publish it, or withdraw")
            continue
        try:
            found = read_release(store, product, release).manifest_sha256
        except LakeError as error:
            yield Finding(file, "", "act", str(error).removeprefix(f"{file}: "))
            continue
        if found != told.published[name]:
            yield Finding(file, "", "act", f"is not the manifest that was published, {told.published[name]}")
    for name in sorted(stones):
        product, _, release = name.partition("/")
        if product not in told.withdrawn:
            file = keys.release_file(product, release, keys.TOMBSTONE)
            yield Finding(file, "", "act", "no withdrawal of it is on record")
    for name in sorted(set(told.published) - complete - stones):
        product, _, release = name.partition("/")
        yield Finding(keys.release_file(product, release, keys.MANIFEST), "", "act", "was published, and is gone")


def check_chains(store: Store, told: Told) -> Iterator[Finding]:
    """Find chains that no act begins, acts whose chain is gone, and steps that were changed, moved or deleted."""
    for rule in CHAINS:
        folders = _folders(store, rule)
        for name in sorted(folders - told.subjects.get(rule.begin, set())):
            yield Finding(f"{rule.prefix}{name}/", "", "chain", f"no {rule.begin} of it is on record")
        for name in sorted(told.subjects.get(rule.begin, set()) - folders):
            yield Finding(f"{rule.prefix}{name}/", "", "chain", f"{rule.begin} is on record, and its steps are gone")
        for name in sorted(folders):
            yield from _steps_wrong(store, rule, name, told)


def check_approvals(store: Store, told: Told) -> Iterator[Finding]:
    """Find current releases whose approval is missing, of another manifest, or not signed by the node."""
    for product in published_products(store):
        try:
            pointer = read_pointer(store, product)
        except LakeError:
            continue  # told by `check_pointers`
        if pointer is None:
            continue
        file = keys.release_file(product, pointer.release, keys.APPROVAL)
        try:
            approval = read_approval(store, product, pointer.release)
        except LakeError as error:
            yield Finding(file, "", "act", str(error).removeprefix(f"{file}: "))
            continue
        if approval is None:
            yield Finding(file, "", "act", "the current release has no approval: publish it again")
        elif approval.manifest != told.published.get(f"{product}/{pointer.release}"):
            yield Finding(file, "manifest", "act", "is of another manifest than the one that was published")
        elif not any(is_signed(approval, key) for key in told.keys):
            yield Finding(file, "signature", "act", "is not signed with a key of the node")


CHECKS: Final[tuple[Check, ...]] = (check_pointers, check_releases, check_approvals, check_chains)


def _releases(store: Store) -> tuple[set[str], set[str]]:
    """Return the complete releases, and those with a tombstone, as `<product>/<release>`."""
    complete: set[str] = set()
    stones: set[str] = set()
    for info in store.list(keys.RELEASES):
        try:
            product, release, name = keys.parse_release_file(info.key)
        except LakeError:
            continue
        if name == keys.MANIFEST:
            complete.add(f"{product}/{release}")
        elif name == keys.TOMBSTONE:
            stones.add(f"{product}/{release}")
    return complete, stones


def _folders(store: Store, rule: ChainRule) -> set[str]:
    found = set()
    for info in store.list(rule.prefix):
        parts = info.key.removeprefix(rule.prefix).split("/")
        if len(parts) == rule.depth + 1 and parts[-1].endswith(".txt"):
            found.add("/".join(parts[:-1]))
    return found


def _steps_wrong(store: Store, rule: ChainRule, name: str, told: Told) -> Iterator[Finding]:
    named, signers = told.steps.get(name, {}), told.keys | told.persons
    folder = f"{rule.prefix}{name}/"
    there = sorted(info.key for info in store.list(folder) if info.key.endswith(".txt"))
    chain = Chain(store, lambda seq: f"{folder}{seq:04d}.txt", rule.magic)
    before: Link | None = None
    digests: list[str] = []
    try:
        for link in chain.links():
            digests.append(link.digest)
            if not link.is_after(before):
                yield Finding(link.key, "previous", "chain", "does not follow the step before it")
            if not any(link.signed.is_by(key) for key in signers):
                yield Finding(link.key, "", "chain", "is signed by nobody who is on record")
            if link.seq in named and link.digest not in named[link.seq]:
                yield Finding(link.key, "", "chain", "is not the step that is on record")
            before = link
    except LakeError as error:
        yield Finding(folder, "", "chain", str(error))
        return
    read = before.seq if before else 0
    if len(there) != read:
        yield Finding(f"{folder}{read + 1:04d}.txt", "", "chain", "is missing, and later steps are there")
    for seq in sorted(each for each in named if each > read):
        yield Finding(f"{folder}{seq:04d}.txt", "", "chain", "is on record, and gone, or whoever signed it broke off")
    for act in Record(tuple(told.reviews.get(name, ()))).since_last_of(digests).gone(digests):
        if act.kind in RESTARTS and act.seq <= read:
            file = f"{folder}{act.seq:04d}.txt"
            yield Finding(file, "", "chain", f"stands in the place of a {act.kind} that is on record")
