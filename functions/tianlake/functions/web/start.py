"""Opens the web API over a lake."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tianlake.functions.web.desk import WebDesk
from tianlake.functions.web.questions import Handler
from tianlake.functions.web.staticimage import StaticImages
from tianlake.lake.current import CurrentReleases, open_nodes
from tianlake.lake.engine import Engine
from tianlake.lake.store import S3Settings


def open_web(lake: str, codes: Sequence[str], s3: S3Settings | None, base: Path) -> WebDesk:
    """Return the desk over the nodes with these codes.

    Args:
        lake: `[lake] url` of the workspace.
        codes: Nodes that are served.
        s3: How S3 is reached.
        base: The workspace, which a relative `file:` URL starts from.

    Raises:
        LakeError: As `open_store`.
    """
    releases = CurrentReleases(open_nodes(lake, codes, s3, base))
    engine = Engine(s3 if lake.startswith("s3://") else None)
    return WebDesk(releases, engine, routes())


def routes() -> dict[str, Handler]:
    """Return every service by its path."""
    return {"/staticimage": StaticImages().answer}
