"""Reviews as commands meet them: the release that is asked for, and the office where its steps are taken."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from tianlake.build.candidates import latest_candidate
from tianlake.cli.checking import checked, release_files
from tianlake.cli.desk import open_trail
from tianlake.cli.progress import steps
from tianlake.cli.session import Session
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.history import read_pointer, read_release
from tianlake.lake.policy import EffectivePolicy
from tianlake.lake.publishing import seal
from tianlake.lake.records import dump_record
from tianlake.lake.releases import Manifest
from tianlake.lake.reviews import Checked, Office, Subject, coming, day_in_china, subject_of
from tianlake.lake.trail import Trail
from tianlake.lake.words import Text, collection_id
from tianlake.stac import StacDescriber

CHECKING = Text("检查", "check")


@dataclass(frozen=True, slots=True)
class Asked:
    """A release that somebody wants to review, and by which policy."""

    manifest: Manifest
    policy: EffectivePolicy
    subject: Subject


def asked(session: Session, code: str, product: str, release: str | None = None) -> Asked:
    """Return the waiting candidate of a product as the release it becomes, or one that is in the lake.

    The manifest names the hash of every byte: whoever signs it has the files here, or in the lake.

    Raises:
        LakeError: Nothing was built, the candidate is not what was built, or there is no such release.
    """
    policy = session.policy(code)
    folder = latest_candidate(session.workspace.state, code, product)
    if folder is not None:
        manifest = seal(folder.candidate, folder.path, session.card(code), StacDescriber()).manifest
        if release in {None, manifest.release}:
            sha256 = hashlib.sha256(dump_record(manifest)).hexdigest()
            return Asked(manifest, policy, subject_of(manifest, sha256, policy))
    if release is None:
        rule = f"nothing was built yet; run: tianlake build --node {code} --product {product}"
        raise LakeError(
            f"{collection_id(code, product)}: {rule}",
            zh=f"{collection_id(code, product)}：尚未构建；请运行：tianlake build --node {code} --product {product}",
        )
    try:
        found = read_release(session.store(code), product, release)
    except NotFoundError:
        rule = f"no release {release} waits here or is in the lake; see: tianlake releases --node {code}"
        raise LakeError(
            f"{collection_id(code, product)}: {rule}",
            zh=f"{collection_id(code, product)}：没有版本 {release}；请查看：tianlake releases --node {code}",
        ) from None
    return Asked(found.manifest, policy, subject_of(found.manifest, found.manifest_sha256, policy))


def looked_at(session: Session, found: Asked) -> Checked:
    """Run the checks of the policy on the bytes of a release, and tell how long that takes; return the report."""
    subject = found.subject
    title = collection_id(subject.node, subject.product)
    with release_files(session, subject.node, found.manifest) as folder, steps(title)(CHECKING):
        return checked(session, found.manifest, folder, found.policy)


def open_office(session: Session, code: str) -> Office:
    """Return the office of a node's reviews, which keeps the trail."""
    return Office(open_trail(session, code), session.workspace.people(code), _now)


def reading_office(session: Session, code: str) -> Office:
    """Return an office that only looks: nothing is made for it."""
    return Office(Trail(session.store(code), code, None), session.workspace.people(code), _now)


def _now() -> float:
    return time.time()


def map_warnings(session: Session, code: str, product: str) -> tuple[Text, ...]:
    """Return what has to be told of the map approval of a product's current release: dates that come, or are past."""
    store = session.store(code)
    pointer = read_pointer(store, product)
    if pointer is None:
        return ()
    found = read_release(store, product, pointer.release)
    subject = subject_of(found.manifest, found.manifest_sha256, session.policy(code))
    office = reading_office(session, code)
    return coming(office.standing(subject).validity, day_in_china(office.clock()))
