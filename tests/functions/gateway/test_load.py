"""The benchmark of the gateway runs, and what it measures is not far from what it should be."""

from __future__ import annotations

import importlib
import shutil
import sys

import pytest
from kit import REPO


def test_admission_costs_little_and_one_who_sends_too_much_is_refused(monkeypatch):
    """The bounds are loose: other tests run at the same time. `python benchmarks/gateway.py` measures."""
    if shutil.which("wrk") is None:
        pytest.fail("needs the Debian package wrk: apt-get install wrk", pytrace=False)
    monkeypatch.syspath_prepend(str(REPO / "benchmarks"))
    monkeypatch.delitem(sys.modules, "gateway", raising=False)
    bench = importlib.import_module("gateway")
    with bench.bench() as on:
        [(bare, guarded)] = bench.cost(on, 1, 1)
        pairs, crowds = bench.crowd(on, 1, 1, 60)
    assert guarded.seen.refused == guarded.seen.broken == 0
    assert guarded.processor_us < 3 * bare.processor_us
    assert pairs[0].second.refused == 0, "those who keep to their quota are not refused"
    assert crowds[0].refused > 0.2 * crowds[0].requests
