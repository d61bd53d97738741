"""Reports of nodes below, merged into their parent's: read where they published them, and only as they signed them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tianlake.lake import keys
from tianlake.lake.errors import LakeError, NotFoundError, StoreError
from tianlake.lake.reports.counting import figure
from tianlake.lake.reports.quarter import Quarter
from tianlake.lake.reports.report import LARGEST, Below, Report, Section, read_report
from tianlake.lake.words import Text

MISSING: Final = Text("尚未公布本季度报告", "it has published no report of this quarter")
UNREACHABLE: Final = Text("无法读取", "it cannot be reached")
WRONG: Final = Text("报告无效：签名、节点或季度不符", "its report does not count: signature, node or quarter is wrong")

Read = Callable[[str, int], bytes]
"""Given key and most bytes, returns an object of the node; raises `NotFoundError`, `StoreError`, `LakeError`."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A node right below, as its parent registered it."""

    code: str
    name: str
    keys: tuple[str, ...]
    """Public keys that it signs with."""
    read: Read


def below(child: Neighbour, quarter: Quarter) -> tuple[Below, Report | None]:
    """Return what a node below reported; one that cannot be read or believed is there with the reason."""
    key = keys.report_file(str(quarter), keys.REPORT_SIGNED)
    try:
        body = child.read(key, LARGEST)
        found = read_report(body, child.keys, file=f"{child.code}/{key}")
        if (found.node, found.quarter) != (child.code, str(quarter)) or not _is_counted(found):
            return Below(child.code, child.name, why=WRONG), None
    except NotFoundError:
        return Below(child.code, child.name, why=MISSING), None
    except StoreError:
        return Below(child.code, child.name, why=UNREACHABLE), None
    except LakeError:
        return Below(child.code, child.name, why=WRONG), None
    told = Below(
        child.code,
        child.name,
        found.value("total.requests"),
        found.value("total.bytes"),
        found.value("availability"),
        found.value("total.releases"),
        int(found.value("total.nodes") or 0),
        hashlib.sha256(body).hexdigest(),
    )
    return told, found


def _is_counted(report: Report) -> bool:
    """Say whether what is added up are numbers: JSON as it is read has `NaN`, and a sum with it is none."""
    wanted = ("total.requests", "total.bytes", "availability", "total.releases", "total.nodes")
    values = [value for name in wanted if (value := report.value(name)) is not None]
    return all(0 <= value < math.inf for value in values)


def total(own: Sequence[Section], rows: Sequence[Below]) -> Section:
    """Return what a node and all below it that reported come to; what one has no value of does not count."""
    values = {each.name: each.value for section in own for each in section.figures}
    failed = Text("本级和下级均无数据", "neither this node nor one below has data")

    def summed(first: float | None, others: Sequence[float | None]) -> float | None:
        known = [each for each in (first, *others) if each is not None]
        return sum(known) if known else None

    return Section(
        Text("合计：本级与已上报的下级", "Total: this node and those below that reported"),
        (
            figure("total.nodes", Text("计入的节点", "nodes counted"), 1 + sum(row.nodes for row in rows), failed),
            figure(
                "total.missing",
                Text("未计入的直接下级", "nodes right below that are not counted"),
                sum(row.why is not None for row in rows),
                failed,
            ),
            figure(
                "total.requests",
                Text("请求", "requests"),
                summed(values["requests"], [row.requests for row in rows]),
                failed,
            ),
            figure(
                "total.bytes",
                Text("流量", "bytes sent"),
                summed(values["bytes"], [row.bytes for row in rows]),
                failed,
                "bytes",
            ),
            figure(
                "total.releases",
                Text("发布", "releases published"),
                summed(values["releases.published"], [row.releases for row in rows]),
                failed,
            ),
        ),
    )
