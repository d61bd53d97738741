"""Whether memory and descriptors stayed flat under a load, and how it was answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from load_kit import Seen, mixed
from soak_watch import Look

GROWTH = 0.05
"""How much more memory the last third may take than the first."""
DESCRIPTORS = 2
"""How many more descriptors: a connection of a client more or less is no leak."""
MIB = 1 << 20
SERVER_FAILS = 500
ALL = "all together"


@dataclass(frozen=True, slots=True)
class Line:
    """One process, or all together: medians of the first and the last third after the warm-up."""

    name: str
    first_bytes: float
    last_bytes: float
    first_descriptors: float
    last_descriptors: float

    @property
    def growth(self) -> float:
        """Of memory, as a part of what it was."""
        return self.last_bytes / self.first_bytes - 1


@dataclass(slots=True)
class Findings:
    """What is said of a soak."""

    lines: list[Line]
    kinds: list[tuple[str, int, float, float, float, int]]
    """Kind of request, how many, p50, p99 and longest in ms, how many not right."""
    faults: list[str] = field(default_factory=list)

    def tables(self) -> str:
        """Return both tables in Markdown."""
        rows = [
            "| process 进程 | PSS, first third 前段 | last third 后段 | change 变化 | descriptors 描述符 |",
            "|---|---|---|---|---|",
            *(
                f"| {each.name} | {each.first_bytes / MIB:.1f} MiB | {each.last_bytes / MIB:.1f} MiB | "
                f"{each.growth:+.1%} | {each.first_descriptors:.0f} → {each.last_descriptors:.0f} |"
                for each in self.lines
            ),
            "",
            "| asked 请求 | n | p50 ms | p99 ms | longest 最长 ms | wrong 错误 |",
            "|---|---|---|---|---|---|",
            *(
                f"| {name} | {n:,} | {p50:.1f} | {p99:.1f} | {most:.0f} | {wrong} |"
                for name, n, p50, p99, most, wrong in self.kinds
            ),
        ]
        return "\n".join(rows)


def judge(looks: Sequence[Look], seen: Sequence[Seen], seconds: float, warm: float) -> Findings:
    """Compare the first and the last third of what follows the warm-up; name what is wrong."""
    third = (seconds - warm) / 3
    first = _medians([each for each in looks if warm <= each.at < warm + third])
    last = _medians([each for each in looks if seconds - third <= each.at < seconds])
    lines = [Line(name, *(both[0] for both in pair), *(both[1] for both in pair)) for name, pair in _pairs(first, last)]
    found = Findings(lines, _kinds(seen))
    for each in lines:
        if each.growth > GROWTH:
            found.faults.append(f"{each.name}: memory grew by {each.growth:.1%}")
        if each.last_descriptors > each.first_descriptors + DESCRIPTORS:
            grown = f"{each.first_descriptors:.0f} to {each.last_descriptors:.0f}"
            found.faults.append(f"{each.name}: descriptors went from {grown}")
    for pids in _restarted(looks):
        found.faults.append(pids)
    broken = [each for each in seen if each.status == 0 or each.status >= SERVER_FAILS]
    other = [each for each in seen if not each.right and 0 < each.status < SERVER_FAILS]
    for wrong in [*broken[:10], *other[:10]]:
        found.faults.append(f"after {wrong.at:.0f} s, {wrong.kind}: {wrong.status} {wrong.said}")
    found.faults += [f"{thing}: {len(digests)} contents under one ETag" for thing, digests in mixed(seen).items()]
    return found


def _pairs(
    first: dict[str, tuple[float, float]], last: dict[str, tuple[float, float]]
) -> list[tuple[str, tuple[tuple[float, float], tuple[float, float]]]]:
    return [(name, (first[name], last[name])) for name in first if name in last]


def _medians(looks: Sequence[Look]) -> dict[str, tuple[float, float]]:
    """Return the median memory and descriptors by role; those of a role at one moment are added up."""
    sums: dict[str, dict[float, tuple[int, int]]] = defaultdict(dict)
    for each in looks:
        for name in (each.role, ALL):
            held, opened = sums[name].get(each.at, (0, 0))
            sums[name][each.at] = (held + each.pss, opened + each.descriptors)
    return {
        name: (median(held for held, _ in at.values()), median(opened for _, opened in at.values()))
        for name, at in sorted(sums.items())
    }


def _restarted(looks: Sequence[Look]) -> list[str]:
    """Return which workers are not those that they were at the beginning."""
    pids: dict[str, set[int]] = defaultdict(set)
    for each in looks:
        if each.role.startswith("worker"):
            pids[each.role].add(each.pid)
    return [f"{role}: was {len(found)} processes one after the other" for role, found in pids.items() if len(found) > 1]


def _kinds(seen: Sequence[Seen]) -> list[tuple[str, int, float, float, float, int]]:
    by: dict[str, list[Seen]] = defaultdict(list)
    for each in seen:
        by[each.kind].append(each)
        by[ALL].append(each)
    rows = []
    for name, found in by.items():
        times = sorted(each.ms for each in found)
        wrong = sum(not each.right for each in found)
        rows.append((name, len(times), times[len(times) // 2], times[len(times) * 99 // 100], times[-1], wrong))
    return sorted(rows, key=lambda row: (row[0] == ALL, -row[1]))
