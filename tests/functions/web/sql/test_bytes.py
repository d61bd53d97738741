"""What a box costs: a reader over HTTP, and `/sql`, open the row groups that it touches and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow.parquet as pq
import pytest
from boxes_kit import Product, products

PROBE = 100_000
"""Bytes at the file's end, and beside what was asked for, that DuckDB reads whatever the box."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Product]]:
    with products(tmp_path_factory.mktemp("boxes"), 150_000) as found:
        yield found


def test_a_box_over_http_costs_the_row_groups_that_it_touches(served: list[Product]) -> None:
    for product in served:
        for box in product.boxes(3):
            touched, whole = product.touched(box), product.file.stat().st_size
            assert touched < 0.25 * whole
            assert product.over_http(box) < touched + PROBE


def test_a_box_through_sql_costs_the_same_and_says_so(served: list[Product]) -> None:
    for product in served:
        end = pq.read_metadata(product.file).serialized_size
        for box in product.boxes(3):
            touched, told = product.touched(box), product.over_sql(box)
            assert touched - end - 8 <= told + PROBE, "what a session read before is not read again"
            assert told < touched + PROBE
