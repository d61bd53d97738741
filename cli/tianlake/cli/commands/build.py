"""`tianlake build`: sources into candidates."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tianlake.build.candidates import BuildOptions, CandidateFolder
from tianlake.build.candidates import build as build_product
from tianlake.build.engine.choose import PROCESS, open_engine, shelf_of
from tianlake.build.engine.protocol import Tls
from tianlake.build.engine.workshop import closing
from tianlake.build.job import MEMORY, Base
from tianlake.build.quality.document import PAGE, read_document
from tianlake.build.quality.words import order
from tianlake.cli.commands._options import as_json, node_option, product_option
from tianlake.cli.findings import finding_line
from tianlake.cli.output import emit, size, tell
from tianlake.cli.progress import steps
from tianlake.cli.session import Session
from tianlake.cli.words import say, told_changes
from tianlake.lake.errors import LakeError, StoreError, fault
from tianlake.lake.recipes import Recipe
from tianlake.lake.store import node_url
from tianlake.lake.tables import current_table
from tianlake.lake.words import collection_id
from tianlake.lake.workspace import SETTINGS

if TYPE_CHECKING:
    from tianlake.build.engine.protocol import Engine
    from tianlake.build.engine.shelf import Shelf

GIB: Final = 2**30
"""Bytes."""


@click.command(help=say("把数据源构建为待发布的候选版本；没有变化则不重建", "Build what changed into candidates."))
@node_option
@product_option
@click.option(
    "--engine",
    default=PROCESS,
    show_default=True,
    metavar="process|dask://HOST:PORT|dask+tls://HOST:PORT",
    help=say("由谁构建：本机进程，或 Dask 集群", "Who builds: processes of this machine, or a Dask cluster."),
)
@click.option("--jobs", type=click.IntRange(1), default=None, help=say("并行进程数", "Processes to use."))
@click.option(
    "--memory",
    type=click.FloatRange(0.25),
    default=MEMORY / GIB,
    show_default=True,
    metavar="GIB",
    help=say("每个进程的内存上限（GiB）", "Memory that each process may hold, GiB."),
)
@click.option("--force", is_flag=True, help=say("没有变化也重建", "Build even where nothing changed."))
@as_json
@click.pass_obj
def build(session: Session, /, *, node: str | None, product: str | None, as_json: bool, **how: Any) -> None:  # noqa: ANN401 - click's values
    """Build the products asked for."""
    outcome = build_each(session, node, product, _how(**how))
    if as_json:
        faults = [
            {"node": code, "product": name, "error": str(error)} for (code, name), error in outcome.failed.items()
        ]
        emit([_plain(folder, rebuilt=rebuilt) for folder, rebuilt in outcome.done] + faults)
    outcome.check()


@dataclass(frozen=True, slots=True)
class How:
    """What the options say."""

    jobs: int
    engine: str = PROCESS
    memory: int = MEMORY
    """Bytes."""
    force: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went."""

    done: list[tuple[CandidateFolder, bool]] = field(default_factory=list)
    """Candidates, and whether each was built anew."""
    failed: dict[tuple[str, str], LakeError] = field(default_factory=dict)
    """By node and product."""

    def check(self) -> None:
        """Raise `LakeError` where something failed."""
        if self.failed:
            raise _all_of(self.failed, len(self.done))


def _how(*, engine: str, jobs: int | None, memory: float, force: bool) -> How:
    return How(jobs or os.cpu_count() or 1, engine, round(memory * GIB), force)


def build_all(session: Session, *, jobs: int) -> None:
    """Build every product of the workspace; raises `LakeError` once all were tried, where one of them failed."""
    build_each(session, None, None, How(jobs)).check()


def build_each(session: Session, node: str | None, product: str | None, how: How) -> Outcome:
    """Build products one after the other and tell how it went; one that fails does not keep the others back."""
    recipes = session.products(node, product)
    outcome = Outcome()
    with closing(open_engine(how.engine, how.jobs, how.memory, _tls(session, how.engine))) as engine:
        options = BuildOptions(
            session.workspace.state,
            how.jobs,
            how.memory,
            how.force,
            partial(_published, session),
            engine,
            partial(_shelf, session, engine),
        )
        for code, recipe in recipes:
            try:
                outcome.done.append(_build_one(session, code, recipe, options))
            except LakeError as error:
                if len(recipes) == 1:
                    raise
                outcome.failed[code, recipe.card.id] = error
                tell(f"{collection_id(code, recipe.card.id)}: {' '.join(str(error).split())}")
    return outcome


def _tls(session: Session, engine: str) -> Tls | None:
    """Return the certificates for a cluster that the workspace names; raises `LakeError` where one is not there."""
    if engine == PROCESS:
        return None
    named = asdict(session.workspace.settings.cluster)
    files = {name: session.workspace.root / file for name, file in named.items() if file is not None}
    for name, file in files.items():
        if not file.is_file():
            raise fault(SETTINGS, f"cluster.{name}", f"{session.workspace.shown(file)} does not exist")
    return Tls(files["ca_file"], files["cert_file"], files["key_file"]) if files else None


def _build_one(session: Session, code: str, recipe: Recipe, options: BuildOptions) -> tuple[CandidateFolder, bool]:
    title = collection_id(code, recipe.card.id)
    start = time.monotonic()
    folder, rebuilt = build_product(recipe, code, session.workspace.root, options, steps(title))
    session.check_layers(folder.candidate, recipe)
    tell(f"{title}: {_result(folder, rebuilt=rebuilt, seconds=time.monotonic() - start)}")
    if rebuilt:
        _tell_findings(title, folder)
    return folder, rebuilt


def _shelf(session: Session, engine: Engine, node: str, folder: Path) -> Shelf:
    """Return where the parts of a product lie."""
    settings = session.workspace.settings
    return shelf_of(engine, node_url(settings.lake.url, node), settings.aws, folder)


def _all_of(failed: Mapping[tuple[str, str], LakeError], done: int) -> LakeError:
    """Return what the command ends with, once each failure was told; safe to repeat if only stores failed."""
    kind = StoreError if all(isinstance(error, StoreError) for error in failed.values()) else LakeError
    names = ", ".join(collection_id(code, name) for code, name in failed)
    rule = f"{len(failed)} of {len(failed) + done} products failed: {names}; the others are built"
    return kind(f"build: {rule}")


def _tell_findings(title: str, folder: CandidateFolder) -> None:
    """Tell what was lost or changed, and where the whole report lies."""
    document = read_document(folder.path)
    if document is None:
        return
    for finding in order(document.findings):
        if finding.fate in {"dropped", "changed"}:
            tell(f"{title}: {finding_line(finding)}")
    tell(f"{title}: {folder.path / PAGE}")


def _published(session: Session, node: str, product: str, folder: Path) -> Base | None:
    """Return what is published of a product now, for a build to compare with."""
    found = current_table(session.store(node), product, folder)
    return None if found is None else Base(found.release, found.file)


def _result(folder: CandidateFolder, *, rebuilt: bool, seconds: float) -> str:
    candidate = folder.candidate
    if not rebuilt:
        return say("没有变化，未重建", "unchanged, nothing rebuilt")
    total = size(sum(asset.size for asset in candidate.assets))
    text = say(
        f"已构建，{len(candidate.assets)} 个文件，{total}，{seconds:.1f} 秒",
        f"built, {len(candidate.assets)} files, {total}, {seconds:.1f} s",
    )
    quality = candidate.quality
    if quality.read:
        text += say(
            f"；读入 {quality.read:,}，按规则略去 {quality.left_out:,}，修复 {quality.repaired:,}，"
            f"丢弃 {quality.dropped:,}，写出 {quality.written:,}",
            f"; {quality.read:,} features read, {quality.left_out:,} left out by rule, {quality.repaired:,} repaired, "
            f"{quality.dropped:,} dropped, {quality.written:,} written",
        )
    if candidate.changes is not None:
        text += f"; {told_changes(candidate.changes)}"
    return text


def _plain(folder: CandidateFolder, *, rebuilt: bool) -> dict[str, object]:
    candidate = folder.candidate
    return {
        "node": candidate.node,
        "product": candidate.card.id,
        "rebuilt": rebuilt,
        "built": candidate.built,
        "fingerprint": candidate.fingerprint,
        "assets": {asset.name: {"sha256": asset.sha256, "size": asset.size} for asset in candidate.assets},
        "written": candidate.quality.written,
        "dropped": candidate.quality.dropped,
        "changes": None if candidate.changes is None else asdict(candidate.changes),
    }
