"""Look through all files of a candidate once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from tianlake.build.policy.archives import check_archive
from tianlake.build.policy.area import Area
from tianlake.build.policy.documents import check_document
from tianlake.build.policy.findings import CHECKER, Finding, Report, ordered
from tianlake.build.policy.jurisdiction import check_known
from tianlake.build.policy.look import Look
from tianlake.build.policy.rasters import check_raster
from tianlake.build.policy.solids import check_cloud, check_tileset
from tianlake.build.policy.tables import check_table
from tianlake.build.policy.territory import check_extent
from tianlake.lake.duck import connect
from tianlake.lake.leaks import NOWHERE, Surroundings
from tianlake.lake.policy import EffectivePolicy
from tianlake.lake.records import dump_record
from tianlake.lake.releases import Asset, Candidate, TilesetFacts

RECORD: Final = "candidate.json"
"""What findings call the record of a candidate: its card is in every manifest and catalog."""

_TIFF: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""TIFF and BigTIFF, in both orders of bytes."""


def check_release(
    folder: Path,
    candidate: Candidate,
    policy: EffectivePolicy,
    area: Area,
    *,
    documents: Mapping[str, bytes] | None = None,
    around: Surroundings = NOWHERE,
) -> Report:
    """Return what a node's policy finds in the real bytes of a candidate (articles 9, 15 and 18 of the Measures).

    Args:
        folder: Where its files are.
        candidate: Its record.
        policy: What holds at its node.
        area: The division of its node.
        documents: Further files of the release by path, such as STAC and styles.
        around: What of this machine must not be read in public.
    """
    with connect(extensions=("spatial",)) as connection:
        look = Look(policy, candidate, area, connection)
        found = ordered(_look(look, folder, documents or {}, around))
    return Report(policy.label, policy.digest, CHECKER, found, tuple(look.read))


def _look(look: Look, folder: Path, documents: Mapping[str, bytes], around: Surroundings) -> Iterator[Finding]:
    yield from check_known(look)
    yield from check_extent(look, look.candidate.bounds)
    yield from check_document(look, RECORD, dump_record(look.candidate), around)
    for name, body in documents.items():
        yield from check_document(look, name, body, around)
    for asset in look.candidate.assets:
        path = folder / asset.name
        yield from check_document(look, asset.name, path, around)
        yield from _data(look, asset, path)


def _data(look: Look, asset: Asset, path: Path) -> Iterator[Finding]:
    """Yield what the data of a file holds; its first bytes tell what it is, whatever it is called."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"PAR1"):
        yield from check_table(look, asset.name, path)
    elif head.startswith(b"PMTiles"):
        yield from check_archive(look, asset.name, path)
    elif head.startswith(_TIFF):
        yield from check_raster(look, asset.name, path)
    elif head.startswith(b"LASF"):
        yield from check_cloud(look, asset, path)
    elif isinstance(asset.facts, TilesetFacts) or PurePosixPath(asset.name).name == "tileset.json":
        yield from check_tileset(look, asset, path)
