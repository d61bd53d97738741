"""Publish, roll back, withdraw: immutable releases, and one conditional write that moves a product's pointer.

Order of writes (docs/layout.md): the release's files, its manifest last, then the pointer, then the documents
derived from all of it. A crash at any point leaves the old pointer over complete files, or the new one; derived
documents that lag behind are made again by the next command.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tianlake.lake import keys
from tianlake.lake.derived import Desk, refresh
from tianlake.lake.describe import Describer, History, Published, Tombstone
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError, StoreError
from tianlake.lake.history import Pointer, list_releases, read_history
from tianlake.lake.leaks import refuse_leaks
from tianlake.lake.nodes import NodeCard
from tianlake.lake.records import dump_record
from tianlake.lake.releases import JSON, Candidate, FileEntry, Manifest
from tianlake.lake.reviews.approval import Approval, approval_bytes
from tianlake.lake.store import ABSENT, Matches, ObjectInfo, Store
from tianlake.lake.trail import Act, ActKind
from tianlake.lake.verified import stored_sha256

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Release:
    """A release about to be sent: its manifest and where the bytes of each file are."""

    manifest: Manifest
    bodies: Mapping[str, bytes | Path]
    """Path within the release → bytes, or the file that holds them."""


def seal(candidate: Candidate, folder: Path, node: NodeCard, describer: Describer) -> Release:
    """Return the release that a candidate becomes: every file named, sized and hashed.

    Pure but for reading `folder`: the same candidate gives the same manifest, which is what an approval is
    bound to.

    Raises:
        LakeError: A file of the candidate is missing or is not the one that was built.
    """
    bodies: dict[str, bytes | Path] = {}
    files: list[FileEntry] = []
    for asset in candidate.assets:
        path = folder / asset.name
        if not _is_still(path, asset.sha256):
            rule = "is not the file that was built; build again with: tianlake build --force"
            raise LakeError(f"{candidate.card.id}: {asset.name} {rule}")
        bodies[asset.name] = path
        files.append(FileEntry(asset.name, asset.sha256, asset.size, asset.media_type))
    for name, document in describer.release_files(node, candidate).items():
        bodies[name] = document.body
        digest = hashlib.sha256(document.body).hexdigest()
        files.append(FileEntry(name, digest, len(document.body), document.media_type))
    files.sort(key=lambda each: each.path)
    mark = hashlib.sha256("\n".join(f"{each.sha256}  {each.path}" for each in files).encode()).hexdigest()
    release = f"{datetime.fromisoformat(candidate.built):%Y%m%dT%H%M%SZ}-{mark[:8]}"
    return Release(Manifest(release, candidate, tuple(files)), bodies)


def publish(desk: Desk, release: Release, *, done: Callable[[int], None] = lambda _: None) -> bool:
    """Send a release out and move the pointer to it; return whether anything changed.

    `done` is called with the bytes of each file that has arrived.

    The gate is asked before anything is sent, and once more before the pointer moves: sending may take long, and a
    reviewer may have sent the release back meanwhile. Of a release that is current already, the approval is renewed.

    Raises:
        ConflictError: Another publisher moved the pointer meanwhile. Nothing of theirs is lost.
        LakeError: The product is internal, the gate refuses the release, it was withdrawn before, or a file of it holds
            what must not be published.
        StoreError: The store failed; the same call may be repeated.
    """
    manifest = release.manifest
    product = manifest.candidate.card.id
    if manifest.candidate.card.access == "internal":
        raise LakeError(f"{product}: access is 'internal': such a product never leaves; it is built, not published")
    history, pointer = read_history(desk.store, product)
    if any(stone.release == manifest.release for stone in history.withdrawn):
        raise _withdrawn(manifest)
    if pointer is not None and pointer.release == manifest.release:
        if (current := history.find(manifest.release)) is not None:
            let_out(desk, current, renewed=True)
        refresh(desk)
        return False
    if pointer is not None and manifest.release < pointer.release:
        rule = "was built before the current one; if that is not so, set the clock: `rollback` goes by these times"
        logger.warning("%s: release %s %s, %s", product, manifest.release, rule, pointer.release)
    sent = Published(manifest, hashlib.sha256(dump_record(manifest)).hexdigest())
    _ask(desk, sent)
    refuse_leaks([(keys.MANIFEST, dump_record(manifest)), *release.bodies.items()], desk.around)
    _send(desk.store, release, done)
    if _head(desk.store, keys.release_file(product, manifest.release, keys.TOMBSTONE)) is not None:
        raise _withdrawn(manifest)
    approval = let_out(desk, sent)
    others = tuple(each for each in history.releases if each.manifest.release != manifest.release)
    ordered = tuple(sorted((*others, sent), key=lambda each: each.manifest.release))
    _record(desk, "publish", f"{product}/{manifest.release}", manifest_sha256=sent.manifest_sha256)
    _move(desk, replace(history, releases=ordered, approval=approval), pointer, manifest.release)
    refresh(desk)
    return True


def rollback(desk: Desk, product: str, to: str | None = None) -> str:
    """Move the pointer to an earlier release; return its id.

    Args:
        desk: The node to work on.
        product: The product's id.
        to: A release id; the one before the current release where None.

    Raises:
        LakeError: There is no such release, or none before the current one; or the gate refuses it: an approval may be
            over, or taken back.
        ConflictError: Another publisher moved the pointer meanwhile.
    """
    history, pointer = read_history(desk.store, product)
    if pointer is None:
        raise LakeError(f"{product}: nothing is published, so nothing can be rolled back")
    target = to or _before(history, pointer.release)
    found = history.find(target)
    if found is None:
        known = ", ".join(each.manifest.release for each in history.releases)
        raise LakeError(f"{product}: no release {target}; there are: {known}")
    if target != pointer.release:
        approval = let_out(desk, found)
        _record(desk, "rollback", f"{product}/{target}", before=pointer.release)
        _move(desk, replace(history, approval=approval), pointer, target)
    refresh(desk)
    return target


def withdraw(desk: Desk, product: str, reason: str) -> list[str]:
    """Move a product's pointer to none and delete its releases; return the ids of those that were there.

    What stays of each is a tombstone (release, time, reason). A withdrawal that was interrupted is finished by the
    next command, the same one again included.

    Raises:
        LakeError: The product has no release here, or no reason is given.
        ConflictError: Another publisher moved the pointer meanwhile; nothing was deleted.
    """
    if not reason.strip():
        raise LakeError(f"{product}: a withdrawal goes on record with its reason; give one")
    pointer = _head(desk.store, keys.pointer(product))  # not read: one that is damaged can be withdrawn too
    releases = list(list_releases(desk.store, product))
    if pointer is None and not releases:
        raise LakeError(f"{product}: nothing is published, so nothing can be withdrawn")
    # What an interrupted publish left behind is withdrawn too: it can be read by whoever knows its address.
    gone = [release for release, names in releases if keys.TOMBSTONE not in names]
    _record(desk, "withdraw", product, reason=reason, releases=gone)
    if pointer is not None:
        desk.store.delete(pointer.key, condition=Matches(pointer.etag))
        gone = [release for release, names in list_releases(desk.store, product) if keys.TOMBSTONE not in names]
    for release in gone:
        stone = dump_record(Tombstone(release, _now(), reason))
        key = keys.release_file(product, release, keys.TOMBSTONE)
        desk.store.put(key, stone, media_type=JSON)
    refresh(desk)
    return gone


def _send(store: Store, release: Release, done: Callable[[int], None]) -> None:
    """Upload the files and then the manifest; what an interrupted try left behind is checked and kept."""
    manifest = release.manifest
    product = manifest.candidate.card.id
    for entry in manifest.files:
        key = keys.release_file(product, manifest.release, entry.path)
        _send_one(store, key, release.bodies[entry.path], entry)
        done(entry.size)
    body = dump_record(manifest)
    entry = FileEntry(keys.MANIFEST, hashlib.sha256(body).hexdigest(), len(body), JSON)
    _send_one(store, keys.release_file(product, manifest.release, keys.MANIFEST), body, entry)


def _send_one(store: Store, key: str, body: bytes | Path, entry: FileEntry) -> None:
    try:
        store.put(key, body, media_type=entry.media_type, condition=ABSENT)
    except ConflictError:
        if stored_sha256(store, store.head(key)) != entry.sha256:
            rule = "is in the lake with other bytes; a release never changes: build again with --force"
            raise LakeError(f"{key}: {rule}") from None
        logger.info("%s is there already", key)
        return
    if isinstance(body, Path) and not _is_still(body, entry.sha256):  # looked at before: sending may take hours
        store.delete(key)
        raise LakeError(f"{key}: its file changed while it was sent, so it was deleted again; build again with --force")


def _move(desk: Desk, history: History, pointer: Pointer | None, release: str) -> None:
    """Move the pointer in one conditional write."""
    moved = replace(history, current=release, updated=_now())
    document = desk.describer.pointer(desk.node, moved)
    for name, item in desk.describer.product_files(desk.node, moved).items():
        if "/" in name:  # items of this release alone: there before the pointer leads to them
            key = keys.product_document(history.product, name)
            desk.store.put(key, item.body, media_type=item.media_type)
    condition = Matches(pointer.etag) if pointer else ABSENT
    try:
        desk.store.put(keys.pointer(history.product), document.body, media_type=JSON, condition=condition)
    except ConflictError:
        rule = "another publisher moved the pointer meanwhile; theirs stands, look at: tianlake releases"
        _record(desk, "publish.refused", f"{history.product}/{release}", rule=rule)
        raise ConflictError(f"{history.product}: {rule}") from None


def _ask(desk: Desk, release: Published) -> Approval:
    """Ask the gate; a refusal goes on record."""
    manifest = release.manifest
    try:
        return desk.gate.admit(manifest, release.manifest_sha256)
    except StoreError:
        raise
    except LakeError as error:
        subject = f"{manifest.candidate.card.id}/{manifest.release}"
        _record(desk, "publish.refused", subject, rule=str(error), manifest_sha256=release.manifest_sha256)
        raise


def let_out(desk: Desk, release: Published, *, renewed: bool = False) -> Approval:
    """Put the approval of a release beside its files, in the place of one that says something else; return it.

    `renewed`: the release is public already, so that another approval of it is an act of its own.

    Raises:
        LakeError: The gate refuses the release, which goes on record; as `StoreError`, the store failed.
    """
    approval = _ask(desk, release)
    key = keys.release_file(approval.product, approval.release, keys.APPROVAL)
    body = approval_bytes(approval)
    with suppress(NotFoundError):
        if desk.store.get(key)[1] == body:
            return approval
    if renewed:
        _record(desk, "publish.renew", f"{approval.product}/{approval.release}", numbers=list(approval.numbers))
    desk.store.put(key, body, media_type=JSON)
    return approval


def _record(desk: Desk, kind: ActKind, subject: str, **details: object) -> None:
    """Put what is about to be done on record."""
    desk.trail.record(Act(kind, subject, details=details))


def _before(history: History, current: str) -> str:
    """Return the release before the current one.

    A demonstration and the same build once reviewed have one time in their names, and the digest after it tells no
    order: the reviewed one came later.
    """
    names = [each.manifest.release for each in history.releases]
    built, reviewed = current.partition("-")[0], history.approval is not None and not history.approval.demo
    earlier = [name for name in names if name.partition("-")[0] < built or (reviewed and _twin(name, current))]
    if not earlier:
        rule = f"no release before {current}; there are: {', '.join(names)}; name one with --to"
        raise LakeError(f"{history.product}: {rule}")
    return earlier[-1]


def _twin(name: str, current: str) -> bool:
    return name != current and name.partition("-")[0] == current.partition("-")[0]


def _withdrawn(manifest: Manifest) -> LakeError:
    rule = "was withdrawn and cannot come back; make a new one with: tianlake build --force"
    return LakeError(f"{manifest.candidate.card.id}: release {manifest.release} {rule}")


def _head(store: Store, key: str) -> ObjectInfo | None:
    try:
        return store.head(key)
    except NotFoundError:
        return None


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_still(path: Path, sha256: str) -> bool:
    return path.is_file() and _sha256(path) == sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
