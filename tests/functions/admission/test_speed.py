"""That the benchmark of admission runs, and that admission costs nothing like a call to a store."""

from __future__ import annotations

import importlib.util

from kit import REPO


def test_admission_is_a_matter_of_microseconds():
    spec = importlib.util.spec_from_file_location("benchmark_of_admission", REPO / "benchmarks/admission.py")
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    found = benchmark.figures(runs=500)
    assert found.keys() == {"admit", "decide", "request"}
    # Ten times the target: other tests run beside this one.
    assert all(found[step]["p50"] < 10 * benchmark.TARGETS["p50"] for step in ("admit", "decide"))
