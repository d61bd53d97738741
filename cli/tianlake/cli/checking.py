"""The policy that holds at a node, and the checks by it: of candidates here, and of releases in the lake."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tianlake.build.candidates import latest_candidate
from tianlake.cli.session import Session
from tianlake.lake import keys
from tianlake.lake.current import CurrentReleases, NodeObjects
from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import LakeError
from tianlake.lake.history import read_release
from tianlake.lake.naming import nodes_above
from tianlake.lake.policy import EffectivePolicy
from tianlake.lake.query import read_from, s3_secret
from tianlake.lake.records import dump_json, dump_record
from tianlake.lake.releases import Asset, Candidate, Manifest
from tianlake.lake.reviews import Checked
from tianlake.lake.store import Span, Store
from tianlake.lake.verified import STEP_BYTES
from tianlake.lake.words import collection_id

if TYPE_CHECKING:
    from tianlake.build.policy import Area, Report


def checker(session: Session, code: str, policy: EffectivePolicy) -> Callable[[Manifest], Checked]:
    """Return what runs the checks on a candidate that is about to be published."""

    def check(manifest: Manifest) -> Checked:
        with release_files(session, code, manifest) as folder:
            return checked(session, manifest, folder, policy)

    return check


def checked(session: Session, manifest: Manifest, folder: Path, policy: EffectivePolicy) -> Checked:
    """Run the checks of a policy on the files of a release; return the report as it is kept."""
    report = run_checks(session, manifest.candidate, folder, policy)
    digest = hashlib.sha256(dump_record(manifest)).hexdigest()
    return Checked(dump_json({"manifest": digest, "policy": policy.digest, **_plain(report)}))


def run_checks(session: Session, candidate: Candidate, folder: Path, policy: EffectivePolicy) -> Report:
    """Return what a policy finds in the files of a candidate, and in those that describe it."""
    from tianlake.build.policy import check_release  # noqa: PLC0415 - only what checks needs GDAL and DuckDB
    from tianlake.cli.desk import surroundings  # noqa: PLC0415
    from tianlake.stac import StacDescriber  # noqa: PLC0415

    files = StacDescriber().release_files(session.card(candidate.node), candidate)
    return check_release(
        folder,
        candidate,
        policy,
        _area(session, candidate.node),
        documents={name: each.body for name, each in files.items()},
        around=surroundings(session.workspace.root),
    )


@contextmanager
def release_files(session: Session, code: str, manifest: Manifest) -> Iterator[Path]:
    """Give a folder with the files of a release: those of the waiting candidate, or copies from the lake.

    Raises:
        LakeError: They are in neither.
    """
    product = manifest.candidate.card.id
    waiting = latest_candidate(session.workspace.state, code, product)
    if waiting is not None and waiting.candidate == manifest.candidate:
        yield waiting.path
        return
    store = session.store(code)
    try:
        read_release(store, product, manifest.release)
    except LakeError:
        title = collection_id(code, product)
        raise LakeError(
            f"{title}: the files of {manifest.release} are not here; run: tianlake build",
            zh=f"{title}：{manifest.release} 的文件不在本机，也不在库中；请运行：tianlake build",
        ) from None
    with tempfile.TemporaryDirectory(prefix="tianlake-check-") as name:
        for asset in manifest.candidate.assets:
            _copy(store, keys.release_file(product, manifest.release, asset.name), Path(name) / asset.name, asset)
        yield Path(name)


def _area(session: Session, code: str) -> Area:
    """Return the node's division as the nodes above it publish it, or as it does itself."""
    from tianlake.build.policy.area import published_area  # noqa: PLC0415 - as above

    settings = session.workspace.settings
    line = [each for each in (*nodes_above(code, load_divisions()), code) if each in session.workspace.node_codes()]
    nodes = [
        NodeObjects(each, session.store(each), read_from(settings.lake.url, each, session.workspace.root))
        for each in line
    ]
    found = CurrentReleases(nodes)
    secret = s3_secret(settings.aws) if any(each.root.startswith("s3://") for each in nodes) else None
    return published_area(code, [release for each in line for release in found.of(each)], secret)


def _plain(report: Report) -> dict[str, Any]:
    """Return a report as JSON has it."""
    found = [asdict(each) for each in report.findings]
    return {"label": report.policy, "checker": report.checker, "findings": found, "read": list(report.read)}


def _copy(store: Store, key: str, target: Path, asset: Asset) -> None:
    """Copy a file that may be larger than memory; raises `LakeError` where it is not what was published."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("wb") as file:
        for start in range(0, asset.size, STEP_BYTES):
            part = store.get(key, Span(start, min(STEP_BYTES, asset.size - start)))[1]
            digest.update(part)
            file.write(part)
    if digest.hexdigest() != asset.sha256:
        raise LakeError(
            f"{key}: is not the file that was published; restore it from a backup",
            zh=f"{key}：不是已发布的文件；请从备份恢复",
        )
