"""`tianlake check`: what the quality reports of waiting candidates say."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from tianlake.build.candidates import latest_candidate
from tianlake.build.quality.document import PAGE, Document, read_document
from tianlake.build.quality.words import order
from tianlake.cli.commands._options import as_json, node_option, product_option
from tianlake.cli.findings import finding_line
from tianlake.cli.output import emit, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say, told
from tianlake.lake.errors import LakeError
from tianlake.lake.words import collection_id


@click.command(
    help=say(
        "显示待发布候选版本的质量发现；有内容被丢弃则以 1 退出",
        "Show the quality findings of candidates; exit code 1 where something was dropped.",
    )
)
@node_option
@product_option
@as_json
@click.pass_obj
@click.pass_context
def check(context: click.Context, session: Session, *, node: str | None, product: str | None, as_json: bool) -> None:
    """Check the candidates of the products asked for."""
    found = [_report(session, code, recipe.card.id) for code, recipe in session.products(node, product)]
    if as_json:
        emit([asdict(document) for _, document in found])
    else:
        for folder, document in found:
            _tell(document, folder)
    if any(document.verdict == "dropped" for _, document in found):
        context.exit(1)


def _report(session: Session, code: str, product: str) -> tuple[Path, Document]:
    """Return the folder and the quality report of a candidate.

    Raises:
        LakeError: Nothing was built, or by a version that wrote no such report.
    """
    folder = latest_candidate(session.workspace.state, code, product)
    document = read_document(folder.path) if folder else None
    if folder is None or document is None:
        title = collection_id(code, product)
        raise LakeError(f"{title}: nothing was built yet; run: tianlake build --node {code} --product {product}")
    return folder.path, document


def _tell(document: Document, folder: Path) -> None:
    title = collection_id(document.node, document.product)
    click.echo(f"{title}: {told(document.summary)}")
    for finding in order(document.findings):
        click.echo(f"  {finding_line(finding)}")
    tell(f"{title}: {folder / PAGE}")
