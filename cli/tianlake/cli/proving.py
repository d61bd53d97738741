"""The places that a proof reads: all that a workspace can reach of a node, those above it, and its copies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tianlake.cli.backing import known_backups, open_series
from tianlake.cli.casework import Bench
from tianlake.cli.copies import opener
from tianlake.cli.words import say
from tianlake.lake.cases.backups import BackupPlace
from tianlake.lake.cases.evidence import Evidence
from tianlake.lake.cases.places import (
    FolderPlace,
    GatewayPlace,
    Item,
    Place,
    StorePlace,
    current_addresses,
    search_addresses,
)
from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import NotFoundError
from tianlake.lake.history import read_pointer, read_release
from tianlake.lake.naming import nodes_above
from tianlake.lake.releases import data_table
from tianlake.lake.replicas import Register
from tianlake.lake.store import open_place
from tianlake.lake.store.remains import open_remains, remains_at

MOST_SEARCHES: Final = 8
"""Texts that a gateway is asked to search for."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Places that a command names beside those that the workspace knows."""

    copies: tuple[str, ...] = ()
    """`file:DIRECTORY` or `s3://BUCKET/PREFIX`; `{code}` is the node's."""
    gateways: tuple[str, ...] = ()
    """Base URLs; nodes are at `{base}/<code>`."""
    key: str | None = None
    """A client's key, for products that are not open to all."""


def places(bench: Bench, evidence: Evidence, reach: Reach) -> Iterator[Place]:
    """Yield every place that is read: own lake, workspace, lakes of the nodes above, copies, gateways."""
    session, code = bench.session, bench.code
    workspace = session.workspace
    url, aws = workspace.settings.lake.url, workspace.settings.aws
    yield StorePlace(code, bench.store, bench.remains)
    yield FolderPlace("workspace", workspace.root, (workspace.state, workspace.root / "nodes"))
    known = workspace.node_codes()
    for above in nodes_above(code, load_divisions()):
        if above in known:
            yield StorePlace(above, session.store(above), open_remains(url, above, aws, workspace.root))
    yield from _copies(bench, (*bench.settings.copies, *reach.copies))
    for where in known_backups(session, code):
        series = open_series(session, code, where)
        yield BackupPlace(f"backup {series.place.url}", series)
    yield from _gateways(bench, evidence, reach)


def not_reached(bench: Bench) -> list[str]:
    """Return the nodes above that are not of this workspace: their operators prove what they hold themselves."""
    known = bench.session.workspace.node_codes()
    return [code for code in nodes_above(bench.code, load_divisions()) if code not in known]


def _copies(bench: Bench, named: Sequence[str]) -> Iterator[Place]:
    workspace = bench.session.workspace
    for copy in Register(bench.store, bench.code).all():
        if copy.revoked and not copy.held:
            continue
        # What gave everything back is read, too: it is registered, and may hold what nobody wrote down.
        store, label = opener(bench.session)(copy.filing), f"replica {copy.id}"
        if store is None:
            yield _Away(label)
        else:
            remains = remains_at(copy.filing.place, workspace.settings.aws, workspace.root)
            yield StorePlace(label, store, remains)
    for place in named:
        found = place.replace("{code}", bench.code)
        remains = remains_at(found, workspace.settings.aws, workspace.root)
        yield StorePlace(found, open_place(found, workspace.settings.aws, workspace.root), remains)


@dataclass(frozen=True, slots=True)
class _Away:
    """A copy on a medium that is not at hand."""

    label: str

    def items(self) -> Iterator[Item]:
        """Refuse: nobody can say what is on it."""
        raise NotFoundError(say("离线副本的介质不在手边", "the copy is on a medium that is not at hand"))


def _gateways(bench: Bench, evidence: Evidence, reach: Reach) -> Iterator[Place]:
    gone, now = _gone(evidence, bench), tuple(_now(bench, evidence))
    if reach.key is not None:  # nobody searches without one
        now += search_addresses(evidence.needles.within[:MOST_SEARCHES])
    for base in (*bench.settings.gateways, *reach.gateways):
        node = f"{base.rstrip('/')}/{bench.code}"
        yield GatewayPlace(node, node, gone, now, reach.key, bench.session.workspace.ca_file)


def _gone(evidence: Evidence, bench: Bench) -> tuple[str, ...]:
    """Return addresses of removed releases: of their files, and of the tiles that held it."""
    found: list[str] = []
    for product, releases in evidence.files.items():
        pointer = read_pointer(bench.store, product)
        for release, names in releases.items():
            if pointer is not None and pointer.release == release:
                continue
            found += [f"releases/{product}/{release}/{name}" for name in names]
            found += [f"tiles/{product}/{release}/{tile}" for tile in evidence.tiles.get(product, ())]
    return tuple(found)


def _now(bench: Bench, evidence: Evidence) -> Iterator[str]:
    for product in evidence.files:
        pointer = read_pointer(bench.store, product)
        if pointer is None:
            continue
        asset = data_table(read_release(bench.store, product, pointer.release).manifest.candidate)
        tiles = evidence.tiles.get(product, ())
        yield from current_addresses(product, bench.code, asset.name if asset else None, tiles)
