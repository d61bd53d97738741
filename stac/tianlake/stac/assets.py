"""STAC assets from the files of a release: links to bytes, with sizes, hashes and what was read back from them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tianlake.lake import keys
from tianlake.lake.releases import COG, Asset, Band, Candidate, FileEntry, RasterFacts, TableFacts, TileFacts
from tianlake.lake.words import Text
from tianlake.stac.profile import MIRROR_FILE, Json, checksum
from tianlake.stac.texts import both, number

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


def tables(assets: Iterable[Asset]) -> list[tuple[Asset, TableFacts]]:
    """Return the tables that are data, with what is in them."""
    return [(each, each.facts) for each in assets if each.role == "data" and isinstance(each.facts, TableFacts)]


def archives(assets: Iterable[Asset]) -> list[tuple[Asset, TileFacts]]:
    """Return the tile archives, with what is in them, those in web mercator first: maps draw the first."""
    found = [(each, each.facts) for each in assets if isinstance(each.facts, TileFacts)]
    return sorted(found, key=lambda each: each[1].matrix_set != "WebMercatorQuad")


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
    return asset.role if alone else f"{asset.role}-{asset.name.replace('.', '-')}"


def file_asset(asset: Asset, files: Files) -> Json:
    """Return one file of a candidate as a STAC asset."""
    found = _described(files.href(asset.name), asset.media_type, both(asset.title), (asset.role,)) | _file(asset)
    match asset.facts:
        case TableFacts(crs=crs):
            found["proj:code"] = crs
        case RasterFacts() as facts:
            found |= raster_fields(facts)
        case _:
            pass
    return found


def _described(href: str, media_type: str, title: str, roles: Sequence[str]) -> Json:
    return {"href": href, "type": media_type, "title": title, "roles": list(roles)}


def _file(file: Asset | FileEntry) -> Json:
    return {"file:size": file.size, "file:checksum": checksum(file.sha256)}


def raster_fields(facts: RasterFacts) -> Json:
    """Return the projection, raster and band fields of a COG; classes go into `file:values`.

    The profile's registry has no classification extension; `file:values` (file extension 2.1.0) is its home for
    what coded values mean.
    """
    bounds = facts.bounds.as_list()
    found: Json = {
        "gsd": facts.gsd_m,
        "proj:code": facts.crs,
        "proj:shape": [facts.height, facts.width],
        "proj:transform": [number(each) for each in facts.transform],
        "bands": [_band(index, band, facts.gsd_m) for index, band in enumerate(facts.bands, 1)],
    }
    if facts.bounds.west <= facts.bounds.east:
        found["proj:bbox"] = bounds
    if facts.classes:
        found["file:values"] = [{"values": [each.value], "summary": both(each.title)} for each in facts.classes]
    return found


def _band(index: int, band: Band, gsd_m: float) -> Json:
    found: Json = {
        "name": f"b{index}",
        "data_type": band.data_type,
        "raster:sampling": "area",
        "raster:spatial_resolution": gsd_m,
    }
    if band.nodata is not None:
        found["nodata"] = nodata_value(band.nodata)
    limits = {"minimum": band.minimum, "maximum": band.maximum}
    known = {name: number(value) for name, value in limits.items() if value is not None and math.isfinite(value)}
    return found | ({"statistics": known} if known else {})


def nodata_value(value: float) -> float | str:
    """Return a nodata value as STAC writes it: JSON has no NaN and no infinity."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return number(value)


def renders(facts: RasterFacts, names: Sequence[str], title: str) -> Json:
    """Return the render extension's `renders` for rasters alike: the classes' colours, or the range of values."""
    found: Json = {"title": title, "assets": list(names), "resampling": "nearest" if facts.classes else "bilinear"}
    nodata = facts.bands[0].nodata
    if nodata is not None:
        found["nodata"] = nodata_value(nodata)
    if facts.classes:
        found["colormap"] = {str(each.value): _rgba(each.color) for each in facts.classes}
    elif len(facts.bands) >= 3:  # noqa: PLR2004 - red, green, blue
        found["bidx"] = [1, 2, 3]
    else:
        first = facts.bands[0]
        if first.minimum is not None and first.maximum is not None:
            found["rescale"] = [[number(first.minimum), number(first.maximum)]]
    return {"default": found}


def _rgba(color: str) -> list[int]:
    return [*bytes.fromhex(color.removeprefix("#")), 255]
