"""A node without a bucket and a server of its own, set up under its parent."""

from __future__ import annotations

from pathlib import Path

from tianlake.cli.output import tell
from tianlake.cli.seats import seat_of, tell_no_example
from tianlake.cli.session import Session
from tianlake.cli.starter import node_files
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError, StoreError, fault
from tianlake.lake.hosting import check_hosted, host_of

DATA = Path(".data")
"""Where the demo's data packages may be: they know where a city's seat is."""


def host_node(session: Session, code: str) -> None:
    """Write the files of a hosted node beside those of its parent, and tell which.

    Raises:
        LakeError: Its parent is not in the workspace, has no address, or has a bucket to itself.
        StoreError: The disk refused.
    """
    workspace = session.workspace
    parent = host_of(code)
    if parent not in workspace.node_codes():
        known = ", ".join(workspace.node_codes()) or "none"
        rule = f"is not in this workspace, nor is its parent {parent}, which could host it; nodes here: {known}"
        raise LakeError(f"node {code}: {rule}")
    check_hosted(code, parent, workspace.settings.lake.url)
    if workspace.node(parent).url is None:
        rule = "who hosts a node needs the address where the public reads both"
        raise fault(f"nodes/{parent}/node.toml", "url", rule)
    seat = seat_of(code, DATA)
    for name, text in node_files(session.name(code), seat, hosted=True).items():
        file = workspace.root / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8") as fresh:
                fresh.write(text)
        except FileExistsError:
            continue
        except OSError as error:
            raise StoreError(f"{name}: cannot be written: {error.strerror}") from None
        tell(f"  {name}")
    if seat is None:
        tell_no_example(code)
    tell(
        say(
            f"{code} 依托 {parent}：在 node.toml 中写明其运行维护单位和主管部门",
            f"{code} is hosted by {parent}: name its operator and authority in its node.toml",
        )
    )
