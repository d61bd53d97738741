"""Every operation meets every fault, whole or in the part that it hits, or it is said why not."""

from __future__ import annotations

import ast
from pathlib import Path

from fault_matrix import CELLS, FAULTS, OPERATIONS

HERE = Path(__file__).parent


def function(named: str, below: Path) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """Return the test that `file::function` names."""
    file, _, name = named.partition("::")
    [found] = [
        each
        for each in ast.parse((below / file).read_text("utf-8")).body
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == name
    ]
    return found


def test_each_pair_is_tried_or_has_its_reason() -> None:
    assert set(CELLS) == {(operation, fault) for operation in OPERATIONS for fault in FAULTS}
    assert {sum(map(bool, (cell.test, cell.part, cell.reason))) for cell in CELLS.values()} == {1}


def test_what_the_table_names_is_there_and_takes_its_cases_from_it() -> None:
    for test in {cell.test for cell in CELLS.values() if cell.test}:
        found = function(test, HERE)
        assert f"cases('{found.name}')" in {ast.unparse(each) for each in found.decorator_list}, test
    for part in {cell.part for cell in CELLS.values() if cell.part}:
        assert function(part, HERE.parent)
