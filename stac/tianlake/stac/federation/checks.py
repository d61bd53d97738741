"""What a parent demands of a child's records before it takes any of them. Pure: one line says what is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import LakeError
from tianlake.lake.naming import nodes_above
from tianlake.lake.records import parse_record
from tianlake.lake.words import Bounds
from tianlake.stac.federation.hrefs import check_hrefs
from tianlake.stac.federation.records import BASE_URL, Offer, Registered
from tianlake.stac.federation.rows import ID, LARGEST_RECORD, MOST, Row

TOLERANCE_DEG: Final = 0.1
"""How far a record's box may reach over its division's, degrees: rasters end at whole cells, boundaries differ."""

LARGEST_CARD: Final = 1_000_000
"""Bytes of a `node.json`."""

Area = Callable[[str], Bounds | None]
"""Node code → box of its division in degrees, where the parent publishes one."""

_Title = Annotated[str, Field(min_length=1, max_length=1000)]
_Instant = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$")]


@dataclass(frozen=True, slots=True)
class _Spatial:
    bbox: Annotated[tuple[tuple[float, float, float, float], ...], Field(min_length=1, max_length=100)]


@dataclass(frozen=True, slots=True)
class _Temporal:
    interval: Annotated[tuple[tuple[_Instant | None, _Instant | None], ...], Field(min_length=1, max_length=100)]


@dataclass(frozen=True, slots=True)
class _Extent:
    spatial: _Spatial
    temporal: _Temporal


@dataclass(frozen=True, slots=True)
class _Provider:
    name: _Title
    roles: tuple[Literal["licensor", "producer", "processor", "host"], ...] = ()


@dataclass(frozen=True, slots=True)
class _Collection:
    """What every copy of a record is made from (STAC 1.1, collection-spec.md); what else it has is carried along."""

    type: Literal["Collection"]
    stac_version: Literal["1.1.0"]
    stac_extensions: Annotated[tuple[str, ...], Field(max_length=100)]
    id: str
    title: _Title
    description: Annotated[str, Field(min_length=1, max_length=100_000)]
    license: Annotated[str, Field(min_length=1, max_length=200)]
    providers: Annotated[tuple[_Provider, ...], Field(min_length=1, max_length=100)]
    extent: _Extent
    assets: Annotated[dict[str, dict[str, Any]], Field(max_length=2000)]
    links: Annotated[tuple[dict[str, Any], ...], Field(max_length=2000)]
    updated: _Instant
    version: Annotated[str, Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class _Identity:
    code: str


@dataclass(frozen=True, slots=True)
class _Card:
    """What a parent reads of a child's `node.json`."""

    identity: _Identity


def check_offer(offer: Offer, child: Registered) -> None:
    """Refuse the offer of another node, of one that moved, and one that tells of nodes that are not below it.

    Raises:
        LakeError: One line.
    """
    if offer.node != child.code:
        raise LakeError(f"the offer is that of node {offer.node}, not of {child.code}")
    if offer.url != child.url:
        rule = "register it anew: tianlake node add"
        raise LakeError(f"the node says the public reads it at {offer.url}, it is registered at {child.url}; {rule}")
    codes = [each.code for each in offer.below]
    if len(codes) != len(set(codes)):
        raise LakeError("the offer tells of one node twice")
    known = {offer.node, *codes}
    for each in offer.below:
        if not is_under(each.code, offer.node) or each.parent not in known or _above(each.code)[:1] != (each.parent,):
            raise LakeError(
                f"the offer tells of node {each.code}, which is not below {offer.node} by the division list"
            )


def check_card(card: bytes, code: str) -> None:
    """Refuse a `node.json` that is another node's; raises `LakeError`."""
    found = parse_record(_Card, card, file="node.json")
    if found.identity.code != code:
        raise LakeError(f"node.json: identity.code: is {found.identity.code[:20]!r}, not {code}")


def check_rows(rows: Sequence[Row], offer: Offer, area: Area) -> None:
    """Refuse records that are not the child's own or of nodes below it, outside its area, damaged, or leading astray.

    Raises:
        LakeError: The first wrong record, and the rule it broke.
    """
    if len(rows) > MOST:
        raise LakeError(f"{len(rows)} records, more than the {MOST} an index may have")
    seen: set[str] = set()
    bases: dict[str, str] = {offer.node: offer.url}
    boxes: dict[str, Bounds | None] = {}
    below = {each.code for each in offer.below}
    for row in rows:
        try:
            _check_place(row, offer.node, below, bases)
            _check_new(row.id, seen)
            _check_record(row, boxes.setdefault(row.node, area(row.node)))
        except LakeError as error:
            raise LakeError(f"record {row.id[:100]!r}: {error}") from None
    own = sum(row.node == offer.node for row in rows)
    if own != offer.collection_count:
        raise LakeError(f"{own} records of the node itself, its offer tells of {offer.collection_count}")


def _check_new(name: str, seen: set[str]) -> None:
    if name in seen:
        raise LakeError("the same id twice")
    seen.add(name)


def is_under(code: str, top: str) -> bool:
    """Say whether a node is below another in the tree, by the list of divisions; what is not listed is not."""
    return top in _above(code)


def _above(code: str) -> tuple[str, ...]:
    try:
        return nodes_above(code, load_divisions())
    except LakeError:
        return ()


def _check_place(row: Row, top: str, below: set[str], bases: dict[str, str]) -> None:
    found = ID.fullmatch(row.id)
    if found is None or found[1] != row.node:
        raise LakeError(f"an id is n<node>-<product>, of node {row.node[:20]!r}")
    if row.node != top and row.node not in below:
        raise LakeError(f"node {row.node} is not {top}, nor one below it that its offer tells of")
    if not BASE_URL.fullmatch(row.base) or bases.setdefault(row.node, row.base) != row.base:
        raise LakeError(f"node {row.node} is not where the other records or the register have it")


def _check_record(row: Row, area: Bounds | None) -> None:
    if len(row.document) > LARGEST_RECORD:
        raise LakeError(f"{len(row.document)} characters, more than the {LARGEST_RECORD} a record may have")
    record = parse_record(_Collection, row.document.encode("utf-8", "replace"), file="Collection")
    if record.id != row.id:
        raise LakeError(f"the Collection in it has the id {record.id[:100]!r}")
    check_hrefs(row.body(), row.base)
    for box in record.extent.spatial.bbox:
        check_box(box, area)


def check_box(box: Sequence[float], area: Bounds | None) -> None:
    """Refuse a box that no place could have, or that reaches out of a division's; raises `LakeError`.

    Args:
        box: West, south, east, north in degrees.
        area: The division's box; None where nobody knows it.
    """
    west, south, east, north = box
    if not all(math.isfinite(each) for each in box):
        raise LakeError(f"extent: {list(box)} is no box")
    try:
        Bounds(west, south, east, north)
    except ValueError as error:
        raise LakeError(f"extent: {error}") from None
    if area is None:
        return
    inside = west <= east and area.west - TOLERANCE_DEG <= west and east <= area.east + TOLERANCE_DEG
    if not (inside and area.south - TOLERANCE_DEG <= south and north <= area.north + TOLERANCE_DEG):
        rule = f"reaches out of the node's division {area.as_list()} by more than {TOLERANCE_DEG} degrees"
        raise LakeError(f"extent: {list(box)} {rule}")
