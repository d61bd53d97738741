"""The form of an entry of the trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from tianlake.lake.chain import Link
from tianlake.lake.nodes import NodeCode
from tianlake.lake.records import STRICT, read_record
from tianlake.lake.trail.acts import Act, ActKind
from tianlake.lake.words import Instant, Sha256

MAGIC: Final = b"tianlake-act 1\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says; the document it stands in is signed with the node's key."""

    seq: Annotated[int, Field(ge=1)]
    """1 for the first one, without gaps."""
    previous: Sha256
    """Of the bytes of the entry before; `chain.GENESIS` in the first one."""
    node: NodeCode
    at: Instant
    """When the act was recorded. Never before the entry before."""
    kind: ActKind
    subject: str
    by: str
    details: Mapping[str, Any] = field(default_factory=dict)
    layout: Literal[1] = 1

    __pydantic_config__ = STRICT


def read_entry(link: Link) -> Entry:
    """Return what a document of a trail says; raises `LakeError` where it is no entry."""
    return read_record(Entry, dict(link.header), file=link.key)


def header(act: Act, node: str, at: str) -> dict[str, Any]:
    """Return the header of an entry, without its place in the chain."""
    own = {"node": node, "at": at, "layout": 1}
    return own | {"kind": act.kind, "subject": act.subject, "by": act.by, "details": dict(act.details)}
