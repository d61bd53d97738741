"""Opens the STAC API over a lake."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tianlake.functions.web.desk import WebDesk
from tianlake.functions.web.questions import Handler
from tianlake.functions.web.stac.api import Stac
from tianlake.functions.web.stac.catalogs import Catalogs
from tianlake.functions.web.stac.copies import NodeCopies
from tianlake.lake.current import CurrentReleases, open_nodes
from tianlake.lake.engine import Engine
from tianlake.lake.store import S3Settings


def open_stac_desk(lake: str, codes: Sequence[str], s3: S3Settings | None, base: Path, folder: Path) -> WebDesk:
    """Return the desk of the STAC API alone, which reads indexes where they lie, as a Lambda function does.

    Args:
        lake: As of `open_web`.
        codes: As of `open_web`.
        s3: As of `open_web`.
        base: As of `open_web`.
        folder: For copies of what is replaced in place.
    """
    releases = CurrentReleases(open_nodes(lake, codes, s3, base))
    remote = s3 if lake.startswith("s3://") else None
    engine = Engine(remote)
    stac, copies = open_stac(folder, engine, remote, copying=False)
    return WebDesk(releases, engine, routes_of(stac), close=copies.close)


def routes_of(stac: Stac) -> dict[str, Handler]:
    """Return the STAC API by its paths."""
    return {"/stac": stac, "/stac/": stac}


def open_stac(
    folder: Path,
    engine: Engine,
    s3: S3Settings | None,
    *,
    copying: bool,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Stac, NodeCopies]:
    """Return the STAC API, and the local copies of indexes that it uses.

    Args:
        folder: Where copies lie.
        engine: What is asked.
        s3: How lakes on S3 are read.
        copying: Whether whole indexes are copied there.
        clock: Seconds.
    """
    copies = NodeCopies(folder, engine, s3)
    return Stac(Catalogs(folder, copies.of if copying else None, clock)), copies
