"""STAC assets from the files of a release: links to bytes, with sizes, hashes and what was read back from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tianlake.lake import keys
from tianlake.lake.feed import CHANGES_FILE
from tianlake.lake.releases import COG, Asset, Candidate, FileEntry, TableFacts, TileFacts
from tianlake.lake.words import Text, both
from tianlake.stac.fields import asset_fields
from tianlake.stac.profile import MIRROR_FILE, Json, checksum

MADE: Final[dict[str, tuple[str, tuple[str, ...], Text]]] = {
    # Files that describing adds to a release: asset key, roles, title.
    keys.STYLE: ("style-default", ("style", "default"), Text("默认样式（MapLibre）", "Default MapLibre style")),
    MIRROR_FILE: ("items", ("collection-mirror",), Text("影像清单（stac-geoparquet）", "Scenes (stac-geoparquet)")),
}


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one release as a document elsewhere sees them."""

    candidate: Candidate
    made: tuple[FileEntry, ...]
    """What describing added to the release."""
    prefix: str
    """Relative address of the release's folder from the document, with a final `/`."""

    def href(self, path: str) -> str:
        """Return the relative address of a file of the release."""
        return f"{self.prefix}{path}"


def scenes(candidate: Candidate) -> list[Asset]:
    """Return the rasters of a release that are data, each one scene."""
    return [asset for asset in candidate.assets if asset.role == "data" and asset.media_type == COG]


def listed(candidate: Candidate) -> list[Asset]:
    """Return the files that a document lists one by one: not the parts of another one.

    Changes are linked instead: an asset with features must hold all of the product's extent (PTL-DAT-005).
    """
    return [asset for asset in candidate.assets if asset.role != "part" and asset.name != CHANGES_FILE]


def tables(assets: Iterable[Asset]) -> list[tuple[Asset, TableFacts]]:
    """Return the tables that are data, with what is in them."""
    return [(each, each.facts) for each in assets if each.role == "data" and isinstance(each.facts, TableFacts)]


def archives(assets: Iterable[Asset]) -> list[tuple[Asset, TileFacts]]:
    """Return the tile archives, with what is in them: the product's first one first, which maps draw."""
    found = [(each, each.facts) for each in assets if isinstance(each.facts, TileFacts)]
    return sorted(found, key=lambda each: (each[1].variant != "", each[1].matrix_set != "WebMercatorQuad"))


def map_archives(assets: Iterable[Asset]) -> list[tuple[Asset, TileFacts]]:
    """Return the archives that a client which knows web mercator alone can draw as they are.

    Web-map-links has no place for a tile matrix set: clients would take tiles in degrees, and colours that say
    heights, for a picture.
    """
    return [each for each in archives(assets) if each[1].matrix_set == "WebMercatorQuad" and each[1].encoding is None]


def collection_assets(files: Files, shown: Sequence[Asset]) -> dict[str, Json]:
    """Return the assets of a Collection: `shown` files of the candidate and everything describing added."""
    found = {key: file_asset(asset, files) for key, asset in keyed(shown).items()}
    for entry in files.made:
        if entry.path in MADE:
            key, roles, title = MADE[entry.path]
            found[key] = _described(files.href(entry.path), entry.media_type, both(title), roles) | _file(entry)
    return found


def keyed(assets: Sequence[Asset]) -> dict[str, Asset]:
    """Return assets by key: the role, and the name too where several have that role."""
    alike = Counter(asset.role for asset in assets)
    return {_key(asset, alone=alike[asset.role] == 1): asset for asset in assets}


def _key(asset: Asset, *, alone: bool) -> str:
    return asset.role if alone else f"{asset.role}-{asset.name.replace('.', '-').replace('/', '-')}"


def file_asset(asset: Asset, files: Files) -> Json:
    """Return one file of a candidate as a STAC asset."""
    found = _described(files.href(asset.name), asset.media_type, both(asset.title), (asset.role,)) | _file(asset)
    return found | asset_fields(asset.facts)


def _described(href: str, media_type: str, title: str, roles: Sequence[str]) -> Json:
    return {"href": href, "type": media_type, "title": title, "roles": list(roles)}


def _file(file: Asset | FileEntry) -> Json:
    return {"file:size": file.size, "file:checksum": checksum(file.sha256)}
