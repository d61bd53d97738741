"""The nodes above a node, on every unit of the real division list."""

from __future__ import annotations

import pytest

from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import NotFoundError
from tianlake.lake.naming import NATIONAL, node_names, nodes_above


def test_above_a_node_are_its_parent_and_those_above_that():
    divisions = load_divisions()
    assert nodes_above("156131002", divisions) == ("156131000", "156130000", "156000000")
    assert nodes_above(NATIONAL.code, divisions) == ()
    for node in node_names(divisions):
        above = nodes_above(node.code, divisions)
        assert above[:1] == ((node.parent,) if node.parent else ())
        assert (NATIONAL.code, *above)[-1] == NATIONAL.code
    with pytest.raises(NotFoundError):
        nodes_above("156999999", divisions)
