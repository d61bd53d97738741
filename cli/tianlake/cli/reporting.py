"""What reports of a workspace are made from, and where they go."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tianlake.build.quality.words import CLASSES
from tianlake.build.reports.circular import circular
from tianlake.build.reports.layout import Paper, paper_of
from tianlake.build.reports.page import draw_page
from tianlake.build.reports.pdf import draw_pdf
from tianlake.cli.desk import node_seed, open_desk
from tianlake.cli.registry import children
from tianlake.cli.session import Session
from tianlake.lake import keys
from tianlake.lake.derived import refresh
from tianlake.lake.errors import LakeError
from tianlake.lake.leaks import refuse_leaks
from tianlake.lake.query import NodeLake, read_from
from tianlake.lake.records import dump_record
from tianlake.lake.reports.evaluation import Evaluation, signed_evaluation
from tianlake.lake.reports.gather import Subject
from tianlake.lake.reports.quarter import Quarter
from tianlake.lake.reports.report import Report, signed_report
from tianlake.lake.reports.rollup import Neighbour
from tianlake.lake.store import media_type_of
from tianlake.stac.federation.sources import SILENCE_S, open_source

JSON_NAME = "report.json"
EVALUATION_JSON = "evaluation.json"
SCHEME_NAME = "evaluation-scheme.toml"


def subject_of(session: Session, code: str) -> Subject:
    """Return a node as reports are made of it, with the children that are registered at it."""
    settings, root = session.workspace.settings, session.workspace.root
    lake = NodeLake(session.card(code), session.store(code), read_from(settings.lake.url, code, root))
    return Subject(lake, settings.aws, CLASSES, neighbours(session, code))


def neighbours(session: Session, code: str) -> tuple[Neighbour, ...]:
    """Return the children that are registered at a node, each read where its parent reads it."""
    workspace = session.workspace
    return tuple(
        Neighbour(
            each.code,
            session.name(each.code).name,
            each.keys,
            open_source(each.place, workspace.root, workspace.settings.aws, SILENCE_S, workspace.ca_file).read,
        )
        for each in children(workspace.root, code)
    )


def written(session: Session, report: Report) -> dict[str, bytes]:
    """Return the files of a report by name, the signed one last.

    Raises:
        LakeError: The node's signing key is not here, or no font of this machine has the letters.
    """
    seed = _seed(session, report.node)
    files = _drawn_files(paper_of(report), report.made, keys.REPORT_PAGE)
    whole = replace(report, files=_hashes(files))
    return files | {JSON_NAME: dump_record(whole), keys.REPORT_SIGNED: signed_report(whole, seed)}


def circulated(session: Session, evaluation: Evaluation, scheme: bytes) -> dict[str, bytes]:
    """Return the files of an evaluation by name, the scheme's among them, the signed one last; raises as `written`."""
    seed = _seed(session, evaluation.node)
    files = _drawn_files(circular(evaluation), evaluation.made, keys.EVALUATION_PAGE) | {SCHEME_NAME: scheme}
    whole = replace(evaluation, files=_hashes(files))
    return files | {EVALUATION_JSON: dump_record(whole), keys.EVALUATION_SIGNED: signed_evaluation(whole, seed)}


def _drawn_files(paper: Paper, made: str, page: str) -> dict[str, bytes]:
    """Return page and PDF of what people read, by the name of the page."""
    return {page: draw_page(paper), page.removesuffix(".html") + ".pdf": draw_pdf(paper, made)}


def _hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of files by their names."""
    return {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}


def _seed(session: Session, code: str) -> bytes:
    if (seed := node_seed(session, code)) is not None:
        return seed
    rule = "its signing key is not here, and a report is signed; restore signing/ from a backup"
    zh = f"报告：节点 {code} 的签名密钥不在此工作区，无法签名；请从备份恢复 signing/"
    raise LakeError(f"report: node {code}: {rule}", zh=zh)


def saved(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (folder / name).write_bytes(body)


def published(session: Session, code: str, quarter: Quarter, files: Mapping[str, bytes]) -> None:
    """Put the files of a quarter where the node's page of status and its parent look, the signed one last.

    Raises:
        LakeError: One holds what must not be published.
        StoreError: The store does not answer; the same call again goes on.
    """
    desk = open_desk(session, code)
    named = {keys.report_file(str(quarter), name): body for name, body in files.items()}
    refuse_leaks(named.items(), desk.around)
    for key, body in named.items():
        desk.store.put(key, body, media_type=media_type_of(key))
    refresh(desk)
