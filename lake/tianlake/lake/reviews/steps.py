"""The steps of a review: what each says, signed by the person who answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from tianlake.lake import keys
from tianlake.lake.chain import Chain, Link
from tianlake.lake.nodes import NodeCode
from tianlake.lake.people import PersonId
from tianlake.lake.records import STRICT, read_record
from tianlake.lake.store import Store
from tianlake.lake.words import Instant, ProductId, ReleaseId, Sha256

MAGIC: Final = b"tianlake-review 1\n"

StepKind = Literal["submit", "review", "map", "reject", "supersede"]
"""Hand a release in; review it at one level; record the map approval; send it back; give it up for a later one."""

Exemption = Literal["unmodified", "simple", "no-boundaries", "scenic-street-metro"]
"""Why a map needs no number of its own: an authority's map shown as it is, under that map's number; a simple map; a
lawfully public map without national or administrative boundaries or extents (地图审核管理规定, article 6); a map of a
scenic area, a street block or a metro line (地图管理条例, article 15)."""


@dataclass(frozen=True, slots=True)
class MapApproval:
    """What the authority decided of a map."""

    numbers: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    """审图号, each in the spelling of `numbers.MapNumber`."""
    approved: date | None = None
    """Day of the approval, in China. Validity is counted from it."""
    filed: date | None = None
    """Day on which additions were filed (备案) last."""
    exemption: Exemption | None = None

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Bound:
    """What a signature is bound to: one changed byte, another policy or other findings need a new review."""

    manifest: Sha256
    """Of the manifest's bytes, which name every file with its hash."""
    policy: Sha256
    """`EffectivePolicy.digest`."""
    report: Sha256
    """Of the report of the checks, as it is stored beside the steps."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Step:
    """What one document of a review says."""

    seq: Annotated[int, Field(ge=1)]
    previous: Sha256
    node: NodeCode
    product: ProductId
    release: ReleaseId
    kind: StepKind
    at: Instant
    """When it was signed, by the clock of whoever signed it."""
    person: PersonId
    organisation: Annotated[str, Field(min_length=1, max_length=200)]
    """That answers for it: "who provides is responsible" (article 15 of the Measures)."""
    bound: Bound
    level: Annotated[int, Field(ge=0, le=9)] = 0
    """Of a review: 1 for 一审, 2 for 二审, 3 for 三审."""
    reason: Annotated[str, Field(max_length=2000)] = ""
    """Of a rejection or an exemption; otherwise a remark."""
    map: MapApproval | None = None
    checked: Sha256 | None = None
    """Of a review: the report of the checks that its reviewer ran on the same bytes, stored beside the steps."""
    successor: ReleaseId | None = None
    """The release that takes the place of one that is given up."""
    layout: Literal[1] = 1

    __pydantic_config__ = STRICT


def review_chain(store: Store, product: str, release: str) -> Chain:
    """Return the chain of a release's review."""
    return Chain(store, lambda seq: keys.review_step(product, release, seq), MAGIC)


def read_step(link: Link) -> Step:
    """Return what a document of a review says; raises `LakeError` where it is no step."""
    return read_record(Step, dict(link.header), file=link.key)


def bound_header(bound: Bound) -> Mapping[str, Any]:
    """Return a binding as a step's header has it."""
    return {"manifest": bound.manifest, "policy": bound.policy, "report": bound.report}
