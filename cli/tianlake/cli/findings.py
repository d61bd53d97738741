"""Findings of quality reports on the terminal; apart from other words, so that short commands start fast."""

from __future__ import annotations

from tianlake.build.quality.report import Finding
from tianlake.build.quality.words import FATES, UNITS
from tianlake.cli.words import told


def finding_line(finding: Finding) -> str:
    """Return a finding on one line: what became of how many, by which rule, why and where."""
    where = f" ({finding.source})" if finding.source else ""
    number = f"{finding.count:,} {told(UNITS[finding.unit])}"
    return f"{told(FATES[finding.fate])}, {number}, {finding.rule}: {told(finding.reason)}{where}"
