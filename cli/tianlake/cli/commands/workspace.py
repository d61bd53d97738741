"""`tianlake init`: a workspace to start from."""

from __future__ import annotations

from pathlib import Path

import click

from tianlake.cli.commands._options import as_json
from tianlake.cli.output import emit, tell
from tianlake.cli.seats import data_option, seat_of, tell_no_example
from tianlake.cli.session import Session
from tianlake.cli.starter import starter_files, write_workspace
from tianlake.cli.words import say


@click.command(help=say("新建工作区：设置、节点和示例产品", "Write a workspace: settings, nodes, an example product."))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--node",
    "codes",
    metavar="CODE",
    multiple=True,
    default=("156000000",),
    show_default=True,
    help=say("节点代码，可重复", "A node's code; may be given again."),
)
@click.option(
    "--lake",
    "url",
    default="file:lake",
    show_default=True,
    help=say("湖的位置：file:目录 或 s3://桶/前缀", "Where the lake is: file:DIR or s3://bucket/prefix."),
)
@data_option
@as_json
@click.pass_obj
def init(session: Session, *, folder: Path, codes: tuple[str, ...], url: str, data: Path, as_json: bool) -> None:
    """Write a new workspace into an empty or new folder."""
    files = starter_files([session.name(code) for code in codes], url, lambda code: seat_of(code, data))
    write_workspace(folder, files)
    for code in codes:
        if f"sources/{code}/places.csv" not in files:
            tell_no_example(code)
    if as_json:
        emit({"folder": str(folder), "files": sorted(files)})
        return
    for name in sorted(files):
        tell(f"  {folder / name}")
    tell(say(f"接着：tianlake -C {folder} build", f"next: tianlake -C {folder} build"))
