"""STAC Items: one per scene, that is per raster that is data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from tianlake.lake import keys
from tianlake.lake.errors import LakeError
from tianlake.lake.releases import Asset, Candidate, RasterFacts, Scene
from tianlake.lake.words import both, collection_id
from tianlake.stac import profile
from tianlake.stac.assets import Files, file_asset
from tianlake.stac.auth import with_schemes
from tianlake.stac.profile import Json, link
from tianlake.stac.texts import instants


@dataclass(frozen=True, slots=True)
class Place:
    """Where an Item is written, told by relative addresses of what it links to."""

    root: str
    """From the document to the folder of the node's catalog.json, with a final `/`."""
    files: str
    """From the document to the folder of the release, with a final `/`."""


Parts = tuple[tuple[tuple[tuple[float, float], ...], ...], ...]
"""Coordinates of a GeoJSON MultiPolygon."""

SEVERAL: Final = 2
"""From so many scenes on each is an Item; a lone one is an asset of its Collection (PORTO-CORE-071, -072)."""

BESIDE_POINTER: Final = "../../../"
"""From `collections/<product>/<release>/<item>.json` to the folder of catalog.json."""


def item_id(candidate: Candidate, scene: Asset) -> str:
    """Return the id of a scene, unique over the tree: the Collection's id and the file's name."""
    collection = collection_id(candidate.node, candidate.card.id)
    return f"{collection}-{PurePosixPath(scene.name).stem}"


def item_title(candidate: Candidate, scene: Asset) -> str:
    """Return what people see of a scene: its product and its file's name."""
    return f"{both(candidate.card.title)} · {PurePosixPath(scene.name).stem}"


def item_name(candidate: Candidate, scene: Asset, release: str) -> str:
    """Return the name of a scene's document beside the pointer.

    The release is part of it: the documents of the next release can be complete before the pointer moves to it.
    They lie below their Collection, because the profile takes the folder for the parent (PTL-LNK-006).
    """
    return f"{release}/{item_id(candidate, scene)}.json"


def item_document(candidate: Candidate, scene: Asset, release: str) -> Json:
    """Return the Item of a scene as it lies beside the pointer."""
    files = f"{BESIDE_POINTER}{keys.release_prefix(candidate.card.id, release)}"
    return scene_item(candidate, scene, Place(BESIDE_POINTER, files))


def scene_item(candidate: Candidate, scene: Asset, place: Place) -> Json:
    """Return the Item of a scene, written at `place`.

    Raises:
        LakeError: Nothing was read back from the raster.
    """
    facts = scene.facts
    if not isinstance(facts, RasterFacts):
        raise LakeError(f"{candidate.card.id}: {scene.name}: a scene needs the facts read back from its file")
    parts = facts.outline or ((facts.footprint,),)
    longitudes, latitudes = zip(*(point for outer, *_holes in parts for point in outer), strict=True)
    collection = f"{place.root}{keys.pointer(candidate.card.id)}"
    body: Json = {
        "type": "Feature",
        "stac_version": profile.STAC_VERSION,
        "stac_extensions": _extensions(facts.scene),
        "id": item_id(candidate, scene),
        "geometry": _geometry(parts),
        "bbox": [min(longitudes), min(latitudes), max(longitudes), max(latitudes)],
        "properties": {
            "title": item_title(candidate, scene),
            "gsd": facts.gsd_m,
            "proj:code": facts.crs,
            **(_taken(facts.scene) if facts.scene else _when(candidate)),
        },
        "collection": collection_id(candidate.node, candidate.card.id),
        "assets": {"data": file_asset(scene, Files(candidate, (), place.files))},
        "links": [
            link("root", f"{place.root}{keys.CATALOG}"),
            link("parent", collection),
            link("collection", collection),
        ],
    }
    return with_schemes(body, candidate.card.access, place.files)


def _geometry(parts: Parts) -> Json:
    """Return where a scene holds data; of one part it is a Polygon."""
    coordinates = [[[list(point) for point in ring] for ring in part] for part in parts]
    if len(coordinates) == 1:
        return {"type": "Polygon", "coordinates": coordinates[0]}
    return {"type": "MultiPolygon", "coordinates": coordinates}


def _extensions(scene: Scene | None) -> list[str]:
    found = [profile.FILE, profile.PROJECTION, profile.RASTER]
    if scene is not None and scene.cloud_cover is not None:
        found.append(profile.EO)
    if scene is not None and scene.processing_level is not None:
        found.append(profile.PROCESSING)
    return sorted(found)


def _taken(scene: Scene) -> Json:
    """Return how a picture was taken: STAC's common metadata, and the extensions eo and processing."""
    found: Json = {"datetime": scene.acquired_start}
    if scene.acquired_end != scene.acquired_start:
        found = {"datetime": None, "start_datetime": scene.acquired_start, "end_datetime": scene.acquired_end}
    said = {
        "instruments": [scene.sensor] if scene.sensor else None,
        "eo:cloud_cover": scene.cloud_cover,
        "processing:level": scene.processing_level,
        "tianlake:accuracy_m": scene.accuracy_m,
        "tianlake:native_gsd_m": scene.native_gsd_m,
    }
    return found | {name: value for name, value in said.items() if value is not None}


def _when(candidate: Candidate) -> Json:
    """Return the time a scene speaks of: an instant, or the whole of its product's period."""
    start, end = instants(candidate.card)
    if start is None or end is None or start == end:
        return {"datetime": start or candidate.built}
    return {"datetime": None, "start_datetime": start, "end_datetime": end}
