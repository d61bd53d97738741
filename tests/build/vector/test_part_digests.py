"""Parts are told by their features, however many of them are put together at once."""

from __future__ import annotations

import hashlib

import pytest

from tianlake.build.vector import tile_bands
from tianlake.build.vector.features import TABLE
from tianlake.build.vector.tile_bands import SPOTS, Band, make_members
from tianlake.build.vector.tile_rows import MACROS
from tianlake.lake.duck import connect


@pytest.fixture(scope="module")
def spots():
    """A database with points all over the world, in no order."""
    with connect() as connection:
        connection.execute(MACROS)
        connection.execute(
            f"CREATE TABLE {SPOTS} AS SELECT i AS row, hash(i, 1) % 100000 AS id, 0 AS source, "
            "md5(i::VARCHAR) AS digest, false AS filled, "
            "x AS x0, x AS x1, y AS y0, y AS y1, 0::HUGEINT AS area, i AS rank FROM (SELECT i, "
            "(hash(i, 2) % 1000 + 0.5) / 1000 AS x, (hash(i, 3) % 1000 + 0.5) / 1000 AS y FROM range(3000) t(i))"
        )
        connection.execute(f"CREATE TABLE {TABLE} AS SELECT ST_Point(0, 0) AS geometry")
        yield connection


@pytest.mark.parametrize("together", [1, 40, 500, 10_000])
def test_every_part_is_there_with_the_digest_of_its_own_features(spots, monkeypatch, together):
    monkeypatch.setattr(tile_bands, "TOGETHER", together)
    parts = make_members(spots, Band(0, 6, 3, thinned=False), (0,), 0)
    wanted: dict[tuple[int, int], list[tuple[int, str]]] = {}
    for x, y, number, digest in spots.sql(
        f"SELECT floor(x0 * 8)::INT, floor(y0 * 8)::INT, id, digest FROM {SPOTS} ORDER BY id, digest"
    ).fetchall():
        wanted.setdefault((x, y), []).append((number, digest))
    assert [(part.x, part.y) for part in parts] == sorted(wanted)
    for part in parts:
        own = [digest for _, digest in wanted[part.x, part.y]]
        assert (part.features, part.digest) == (len(own), hashlib.sha256("".join(own).encode()).hexdigest())
