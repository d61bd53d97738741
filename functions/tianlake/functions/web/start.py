"""Opens the web API over a lake."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tianlake.functions.calls import Call
from tianlake.functions.web.desk import WebDesk
from tianlake.functions.web.geocoder import geocoder
from tianlake.functions.web.ogc.api import Ogc
from tianlake.functions.web.ogc.tree import Tree
from tianlake.functions.web.questions import Handler, Question
from tianlake.functions.web.sql.limits import Limits
from tianlake.functions.web.sql.pool import Processes
from tianlake.functions.web.sql.service import SqlService
from tianlake.functions.web.stac.start import open_stac, routes_of
from tianlake.functions.web.stac.watch import Watch
from tianlake.functions.web.staticimage import StaticImages
from tianlake.functions.web.today.absent import no_routes
from tianlake.functions.web.today.administrative import administrative
from tianlake.functions.web.today.search import search
from tianlake.lake.current import CurrentReleases, open_nodes
from tianlake.lake.engine import Engine, Inquiry
from tianlake.lake.search.names import find
from tianlake.lake.store import S3Settings
from tianlake.lake.workspace import STAC_COPIES, STATE


def open_web(
    lake: str, codes: Sequence[str], s3: S3Settings | None, base: Path, processes: int = 2, *, copying: bool = True
) -> WebDesk:
    """Return the desk over the nodes with these codes.

    Args:
        lake: `[lake] url` of the workspace.
        codes: Nodes that are served.
        s3: How S3 is reached.
        base: The workspace, which a relative `file:` URL starts from, and which copies are kept in.
        processes: How many may run statements of `/sql`; one in a Lambda function, which answers one call at a time.
        copying: Whether indexes of STAC are copied there whole, which needs pyarrow; not in a Lambda function.

    Raises:
        LakeError: As `open_store`.
    """
    releases = CurrentReleases(open_nodes(lake, codes, s3, base))
    remote = s3 if lake.startswith("s3://") else None
    engine, sql = Engine(remote), open_sql(releases, remote, processes)
    stac, copies = open_stac(base / STATE / STAC_COPIES, engine, remote, copying=copying)

    def tidy(code: str) -> None:
        stac.catalogs.tidy(Question(Call("GET", "/stac"), code, "", "", releases, Inquiry(engine)))

    watch = Watch(lambda: stac.catalogs.kept() & set(codes), tidy) if copying else None

    def close() -> None:
        if watch is not None:
            watch.close()
        sql.close()
        copies.close()

    ogc = Ogc(Tree(stac.catalogs))
    return WebDesk(releases, engine, {**routes(ogc), **routes_of(stac), "/sql": sql}, close=close)


def open_sql(releases: CurrentReleases, s3: S3Settings | None, processes: int) -> SqlService:
    """Return the service `/sql`, which starts so many processes at most, when it is first asked."""
    limits = Limits()
    return SqlService(releases, Processes(limits, processes), limits, s3)


def routes(ogc: Ogc | None = None) -> dict[str, Handler]:
    """Return every service by its path that needs nothing started, `ogc` among them if it was."""
    ogc = ogc or Ogc()
    return {
        "/geocoder": geocoder(find),
        "/ogc": ogc,
        "/ogc/": ogc,
        "/staticimage": StaticImages().answer,
        "/v2/search": search(find),
        "/v2/administrative": administrative,
        "/drive": no_routes,
        "/transit": no_routes,
    }
