"""What is opened and read for a search by place: only what may hold something."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from today_kit import CITY, CODES, NATION, PROVINCE

from tianlake.functions.web.today.candidates import Sought, page
from tianlake.functions.web.today.units import units
from tianlake.lake.current import CurrentReleases, open_nodes
from tianlake.lake.duck import connect
from tianlake.lake.engine import Answer
from tianlake.lake.search.reverse import box_around
from tianlake.lake.words import Bounds


class Listener:
    """An `ask` that notes what it is asked and finds nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[object]]] = []

    def __call__(self, sql: str, parameters: list[object]) -> Answer:
        self.asked.append((sql, parameters))
        return Answer((), [], 0, 0.0)

    @property
    def files(self) -> list[str]:
        return [
            each for _, given in self.asked for each in given if isinstance(each, str) and each.endswith(".parquet")
        ]


@pytest.fixture(scope="module")
def places(workspace):
    releases = CurrentReleases(open_nodes("file:lake", CODES, None, workspace))
    return tuple(each for code in CODES for each in releases.of(code) if each.card.product_class == "place")


@pytest.mark.parametrize(
    ("sought", "codes"),
    [
        (Sought(("学",), box=Bounds(114.5, 38.0, 114.6, 38.1)), {NATION, PROVINCE}),
        (Sought(("学",), box=Bounds(80.0, 40.0, 81.0, 41.0)), set()),
        (Sought(("学",), division=units()["156130100"]), {NATION, PROVINCE}),
        (Sought(("学",), division=units()["156131003"]), {NATION, PROVINCE, CITY}),
        (Sought(("学",), division=units()["156110000"]), {NATION}),
    ],
)
def test_tables_that_can_hold_nothing_are_not_opened(places, sought, codes):
    listener = Listener()
    page(sought, places, listener, 0, 10)
    opened = {code for code in CODES if any(f"/{code}/" in file for file in listener.files)}
    assert opened == codes


def test_row_groups_beyond_a_box_are_not_read(places, tmp_path):
    """The statement over one table, with 100 row groups side by side, reads those that touch the box."""
    listener = Listener()
    page(Sought(("学",), box=box_around(116.5, 39.5, 3000)), places[-1:], listener, 0, 10)
    [(sql, parameters)] = listener.asked
    file = write_many(tmp_path / "many.parquet")
    parameters[0] = str(file)
    with connect() as connection:
        opened = psutil.Process().io_counters().read_chars
        found = connection.execute(sql, parameters).fetchall()
    assert len(found) == 10
    assert psutil.Process().io_counters().read_chars - opened < file.stat().st_size / 10


def write_many(file: Path, rows: int = 100_000) -> Path:
    """Write places along a parallel from west to east, each with an address that no compression makes short."""
    lon, lat = np.linspace(70, 140, rows), np.full(rows, 39.5)
    empty = ("alias", "pinyin", "type_code", "town_code", "road", "number", "source", "phone", "type")
    sides = {"xmin": lon, "ymin": lat, "xmax": lon, "ymax": lat}
    table = {
        "place_id": [str(each) for each in range(rows)],
        "std_name": ["学校"] * rows,
        "full_address": [
            each.tobytes().hex() for each in np.random.default_rng(1).integers(0, 255, (rows, 50), dtype=np.uint8)
        ],
        "lon": lon,
        "lat": lat,
        "bbox": pa.StructArray.from_arrays([pa.array(each, pa.float32()) for each in sides.values()], list(sides)),
    }
    table |= {name: pa.nulls(rows, pa.string()) for name in empty}
    table |= {name: ["156131003"] * rows for name in ("county_code", "city_code", "province_code")}
    pq.write_table(pa.table(table), file, row_group_size=1000)
    return file
