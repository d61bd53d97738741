"""Does what stands in a node's store fit what its trail tells? A table of checks, each over one kind of object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from tianlake.lake import keys
from tianlake.lake.chain import Chain, Link
from tianlake.lake.errors import LakeError
from tianlake.lake.history import published_products, read_pointer, read_release
from tianlake.lake.store import Store
from tianlake.lake.trail.acts import ActKind
from tianlake.lake.trail.entries import Entry
from tianlake.lake.trail.findings import Finding


@dataclass
class Told:
    """What a trail tells, as far as the checks ask for it."""

    moves: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Product → kind and release of its moves that stand, oldest first; of a withdrawal the release is empty."""
    published: dict[str, str] = field(default_factory=dict)
    """`<product>/<release>` → SHA-256 of its manifest."""
    withdrawn: set[str] = field(default_factory=set)
    """Products that were ever withdrawn, and releases that a case took away."""
    subjects: dict[str, set[str]] = field(default_factory=dict)
    """Kind of act → what it was done to."""
    steps: dict[str, set[str]] = field(default_factory=dict)
    """Subject → SHA-256 of steps of its chain that acts name."""

    def take(self, entry: Entry) -> None:
        """Take in an entry."""
        product, _, release = entry.subject.partition("/")
        moves = self.moves.setdefault(product, []) if entry.kind in _MOVES else []
        match entry.kind:
            case "publish":
                self.published[entry.subject] = str(entry.details.get("manifest_sha256", ""))
                moves.append((entry.kind, release))
            case "rollback":
                moves.append((entry.kind, release))
            case "withdraw":
                self.withdrawn.add(product)
                moves.append((entry.kind, ""))
            case "publish.refused":
                _take_out(moves, release)
        self.subjects.setdefault(entry.kind, set()).add(entry.subject)
        if isinstance(step := entry.details.get("step"), str):
            self.steps.setdefault(entry.subject, set()).add(step)


_MOVES: Final = {"publish", "rollback", "withdraw", "publish.refused"}


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
        if product not in told.withdrawn and not _is_of_a_case(told):
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
            yield from _steps_wrong(store, rule, name, told.steps.get(name, set()))


CHECKS: Final[tuple[Check, ...]] = (check_pointers, check_releases, check_chains)


def _is_of_a_case(told: Told) -> bool:
    return bool(told.subjects.get("case.apply"))


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


def _steps_wrong(store: Store, rule: ChainRule, name: str, named: set[str]) -> Iterator[Finding]:
    folder = f"{rule.prefix}{name}/"
    there = sorted(info.key for info in store.list(folder) if info.key.endswith(".txt"))
    chain = Chain(store, lambda seq: f"{folder}{seq:04d}.txt", rule.magic)
    before: Link | None = None
    digests = set()
    try:
        for link in chain.links():
            if not link.is_after(before):
                yield Finding(link.key, "previous", "chain", "does not follow the step before it")
            digests.add(link.digest)
            before = link
    except LakeError as error:
        yield Finding(folder, "", "chain", str(error))
        return
    read = before.seq if before else 0
    if len(there) != read:
        yield Finding(f"{folder}{read + 1:04d}.txt", "", "chain", "is missing, and later steps are there")
    for digest in sorted(named - digests):
        yield Finding(folder, "", "chain", f"the step {digest} is on record, and not there")
