"""Foreign collections and Items as records of ours: unique ids, absolute addresses, nothing that leads astray. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field

from tianlake.lake.errors import LakeError
from tianlake.lake.records import read_record
from tianlake.lake.relations import OF_A_TREE
from tianlake.lake.words import Bounds
from tianlake.stac import profile
from tianlake.stac.federation.hrefs import check_web, is_web, joined
from tianlake.stac.foreign.records import Foreign
from tianlake.stac.profile import Json, link

LARGEST_RECORD: Final = 1_000_000
"""Bytes of one record."""

_UNFIT: Final = re.compile(r"[^a-z0-9-]+")
_ITEM_UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]+")
_SLUG: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?")
_PLANE: Final = 4
_SOLID: Final = 6
_ASSETS: Final = ("href", "type", "title", "roles")
_TIMES: Final = ("datetime", "start_datetime", "end_datetime", "title")
_MOST_ASSETS: Final = 40
"""Assets of an Item: each name of one is a column of the index."""

_Instant = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$")]


@dataclass(frozen=True, slots=True)
class _Spatial:
    bbox: Annotated[tuple[tuple[float, ...], ...], Field(min_length=1, max_length=1000)]


@dataclass(frozen=True, slots=True)
class _Temporal:
    interval: Annotated[tuple[tuple[_Instant | None, _Instant | None], ...], Field(min_length=1, max_length=1000)]


@dataclass(frozen=True, slots=True)
class _Extent:
    spatial: _Spatial
    temporal: _Temporal


@dataclass(frozen=True, slots=True)
class _Provider:
    name: Annotated[str, Field(min_length=1, max_length=1000)]
    roles: tuple[Literal["licensor", "producer", "processor", "host"], ...] = ()


@dataclass(frozen=True, slots=True)
class _Collection:
    """What a foreign collection must have (STAC 1.0 and 1.1, collection-spec.md)."""

    type: Literal["Collection"]
    stac_version: Annotated[str, Field(pattern=r"^1\.[01]\.\d+$")]
    id: Annotated[str, Field(min_length=1, max_length=500)]
    description: Annotated[str, Field(min_length=1, max_length=100_000)]
    license: Annotated[str, Field(min_length=1, max_length=200)]
    extent: _Extent
    links: Annotated[tuple[dict[str, Any], ...], Field(max_length=200_000)]
    title: Annotated[str, Field(max_length=1000)] | None = None
    providers: Annotated[tuple[_Provider, ...], Field(max_length=100)] = ()
    assets: Annotated[dict[str, dict[str, Any]], Field(max_length=2000)] | None = None
    updated: _Instant | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A foreign collection as a node lists it."""

    id: str
    """`n<node>-<name of the tree>_<slug>`: a product's id has no `_`, so that no record of a node is called so."""
    slug: str
    url: str
    """Of the original."""
    document: str
    """JSON."""

    @property
    def digest(self) -> str:
        """SHA-256 of the record and of where it is from: another one, and it was updated."""
        return hashlib.sha256(f"{self.url}\n{self.document}".encode()).hexdigest()

    def body(self) -> Json:
        """Return the Collection."""
        found: Json = json.loads(self.document)
        return found


def records(foreign: Foreign, node: str, found: Iterable[tuple[str, Json]]) -> tuple[list[Record], list[str]]:
    """Return the collections that are wanted and in order, by id; and why others were left out, a line each."""
    made: dict[str, Record] = {}
    left_out: list[str] = []
    for url, document in found:
        try:
            record = _record(foreign, node, url, document, made)
        except LakeError as error:
            left_out.append(str(error)[:300])
        else:
            made[record.id] = record
    return [made[each] for each in sorted(made)], left_out


def _record(foreign: Foreign, node: str, url: str, document: Json, made: Mapping[str, Record]) -> Record:
    checked = read_record(_Collection, document, file=url[-100:])
    name = checked.id[:100]
    if not checked.id.startswith(foreign.ids):
        raise LakeError(f"{name}: its id does not begin with {foreign.ids!r}")
    boxes = [_flat(box, name) for box in checked.extent.spatial.bbox]
    if foreign.area is not None and not _touches(boxes[0], Bounds(*foreign.area)):
        raise LakeError(f"{name}: lies outside the wanted area")
    slug = slug_of(checked.id)
    if f"n{node}-{foreign.name}_{slug}" in made:
        slug = f"{slug[:50].rstrip('-')}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    host = urlsplit(url).hostname or ""
    body = {
        **document,
        "stac_version": profile.STAC_VERSION,
        "stac_extensions": [each for each in document.get("stac_extensions") or [] if is_web(each)],
        "id": f"n{node}-{foreign.name}_{slug}",
        "title": checked.title or checked.id,
        "providers": list(document.get("providers") or [{"name": host, "roles": ["producer", "host"]}]),
        "extent": {**document["extent"], "spatial": {"bbox": boxes}},
        "assets": _absolute_assets(checked.assets or {}, url),
        "links": _absolute_links(checked.links, url),
        "tianlake:foreign": {"source": foreign.name, "id": checked.id, "href": url},
    }
    check_web(body)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if len(text.encode()) > LARGEST_RECORD:
        raise LakeError(f"{name}: more than the {LARGEST_RECORD} bytes a record may have")
    return Record(body["id"], slug, url, text)


def slug_of(foreign_id: str) -> str:
    """Return the part of our id that stands for a foreign one: itself where it fits, else what fits and a digest."""
    if _SLUG.fullmatch(foreign_id):
        return foreign_id
    fitting = _UNFIT.sub("-", foreign_id.lower()).strip("-")[:50].rstrip("-")
    digest = hashlib.sha256(foreign_id.encode()).hexdigest()[:8]
    return f"{fitting}-{digest}" if fitting else digest


def _flat(box: Sequence[float], name: str) -> list[float]:
    """Return a box as west, south, east, north; raises `LakeError` where no place could have it."""
    if len(box) not in {_PLANE, _SOLID}:
        raise LakeError(f"{name}: extent: a box has 4 or 6 numbers")
    flat = [*box[:2], *box[len(box) // 2 : len(box) // 2 + 2]]
    try:
        Bounds(*flat)
    except ValueError as error:
        raise LakeError(f"{name}: extent: {error}") from None
    return flat


def _touches(box: Sequence[float], area: Bounds) -> bool:
    west, south, east, north = box
    level = west <= area.east and area.west <= east if west <= east else west <= area.east or area.west <= east
    return level and south <= area.north and area.south <= north


def _absolute_assets(assets: Mapping[str, Json], url: str) -> Json:
    """Return the files that can be had over HTTP, by absolute addresses; others (`s3://…`) are left out."""
    found = {name: {**each, "href": joined(url, each.get("href"))} for name, each in assets.items()}
    return {name: each for name, each in found.items() if is_web(each["href"])}


def _absolute_links(links: Iterable[Json], url: str) -> list[Json]:
    found = [{**each, "href": joined(url, each.get("href"))} for each in links if each.get("rel") not in OF_A_TREE]
    return [each for each in found if is_web(each["href"]) and each.get("rel") not in {"canonical", None}]


def item_of(record: Record, url: str, item: Json) -> Json | None:
    """Return a foreign Item with what an index needs of it, or None where it has no place, time or id.

    Args:
        record: Of its collection.
        url: Which its addresses are relative to, and which is its original.
        item: As it was read.
    """
    box, properties, assets = item.get("bbox"), item.get("properties"), item.get("assets")
    if not (isinstance(item.get("id"), str) and isinstance(properties, dict) and isinstance(assets, dict)):
        return None
    if not isinstance(box, Sequence) or item.get("geometry") is None or not _has_time(properties):
        return None
    try:
        flat = _flat([float(each) for each in box], "")
    except (LakeError, TypeError, ValueError):
        return None
    kept = {name: each for name, each in list(assets.items())[:_MOST_ASSETS] if isinstance(each, dict)}
    part = _ITEM_UNFIT.sub("-", item["id"])[:200]
    if part != item["id"]:
        part = f"{part}-{hashlib.sha256(item['id'].encode()).hexdigest()[:8]}"
    return {
        "type": "Feature",
        "stac_version": profile.STAC_VERSION,
        "stac_extensions": [],
        "id": f"{record.id}.{part}",
        "collection": record.id,
        "geometry": item["geometry"],
        "bbox": flat,
        "properties": {name: properties.get(name) for name in _TIMES},
        "assets": {
            name: {each: value for each, value in asset.items() if each in _ASSETS}
            for name, asset in _absolute_assets(kept, url).items()
        },
        "links": [link("canonical", url)],
    }


def _has_time(properties: Mapping[str, Any]) -> bool:
    times = [properties.get(name) for name in _TIMES[:3]]
    return isinstance(times[0], str) or (isinstance(times[1], str) and isinstance(times[2], str))
