"""What a report holds, as JSON has it; and the signed form that a parent reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import Field

from tianlake.lake.errors import LakeError
from tianlake.lake.nodes import NodeCode
from tianlake.lake.records import STRICT, dump_record, parse_record
from tianlake.lake.signed import sign, take_apart
from tianlake.lake.words import Instant, Sha256, Text

MAGIC: Final = b"tianlake-report 1\n"
LARGEST: Final = 4_000_000
"""Bytes of a signed report that are read."""

Cell = str | int | float | None
"""A value of a table."""

Unit = Literal["", "bytes", "ms", "ratio", "days", "seconds"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, or why there is none."""

    name: str
    """Stable: `requests`, `availability`, `cases.opened` …; never another meaning."""
    title: Text
    value: int | float | None = None
    unit: Unit = ""
    why: Text | None = None
    """Why there is no value; None where there is one."""

    __pydantic_config__ = STRICT

    def __post_init__(self) -> None:
        """Refuse a figure that has both, or neither."""
        if (self.value is None) == (self.why is None):
            msg = f"{self.name}: has a value, or says why it has none"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that belong together."""

    title: Text
    figures: tuple[Figure, ...]

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of what is counted by something."""

    name: str
    title: Text
    columns: tuple[Text, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()
    why: Text | None = None
    """Why there are no rows."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Below:
    """What a node below reported."""

    node: NodeCode
    name: str
    requests: int | float | None = None
    bytes: int | float | None = None
    availability: int | float | None = None
    releases: int | float | None = None
    nodes: int = 0
    """Nodes whose reports are in its figures: itself, and those below it."""
    sha256: Sha256 | None = None
    """Of its signed report."""
    why: Text | None = None
    """Why its report is not in this one."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Report:
    """A quarter of a node."""

    node: NodeCode
    name: str
    """`河北省地理信息公共服务平台`."""
    operator: str
    authority: str
    quarter: Annotated[str, Field(pattern=r"^\d{4}Q[1-4]$")]
    made: Instant
    whole: bool
    """Whether the quarter was over."""
    sections: tuple[Section, ...]
    tables: tuple[Table, ...]
    below: tuple[Below, ...]
    """Every node right below that is registered, whether it reported or not."""
    total: Section
    """Of this node and all below it that reported."""
    files: dict[str, Sha256] = field(default_factory=dict)
    """The same report for people: name → SHA-256 of the file beside this one."""
    form: Literal[1] = 1

    __pydantic_config__ = STRICT

    def figure(self, name: str) -> Figure | None:
        """Return a figure by its name."""
        every = (each for section in (*self.sections, self.total) for each in section.figures)
        return next((each for each in every if each.name == name), None)

    def value(self, name: str) -> float | None:
        """Return the value of a figure; None where it has none."""
        found = self.figure(name)
        return found.value if found is not None else None

    def table(self, name: str) -> Table | None:
        """Return a table by its name."""
        return next((each for each in self.tables if each.name == name), None)


def signed_report(report: Report, seed: bytes) -> bytes:
    """Return a report as others read it: one line of JSON, signed by the node."""
    return sign(MAGIC, json.loads(dump_record(report)), seed)


def read_report(body: bytes, keys: Sequence[str], *, file: str) -> Report:
    """Return a report that one of `keys` has signed.

    Raises:
        LakeError: It is none, was changed, or is signed by another key.
    """
    if (header := believed(body, MAGIC, keys, file=file)) is None:
        raise LakeError(f"{file}: is no signed report", zh=f"{file}：不是签名的报告")
    return parse_record(Report, header, file=file)


def believed(body: bytes, magic: bytes, keys: Sequence[str], *, file: str) -> bytes | None:
    """Return the JSON of a document without a body that one of `keys` has signed; None where it is of another form.

    Raises:
        LakeError: It was changed, or is signed by another key.
    """
    parts = take_apart(body, magic)
    if parts is None or len(parts.body):
        return None
    if not any(parts.is_by(key) for key in keys):
        rule = "is not signed with a key that is registered for the node, or was changed"
        raise LakeError(f"{file}: {rule}", zh=f"{file}：签名与登记的公钥不符，或内容被改动")
    return parts.header
