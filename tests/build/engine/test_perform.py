"""Parts: made in any order, tried again within bounds, taken from a build that was killed; each one's cost is told."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import rasterio
from engine_kit import Unruly, die_once, numbers, take_memory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin

from tianlake.build.engine import perform as performing
from tianlake.build.engine.parts import Input, Part
from tianlake.build.engine.perform import TRIES, perform
from tianlake.build.engine.processes import Processes
from tianlake.build.engine.protocol import Inline
from tianlake.build.engine.shelf import FolderShelf
from tianlake.build.engine.workshop import Workshop
from tianlake.build.raster import tiles
from tianlake.build.raster.layers import Layer
from tianlake.build.raster.style import RampStyle
from tianlake.build.raster.tiles import Run, TileSet, write_tiles
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.words import Bounds


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(performing, "LOOK_S", 0.01)


def shop_of(engine, folder):
    return Workshop(engine, FolderShelf(folder), "raster", 1)


def quiet(_done):
    pass


def text_of(done):
    return done.file.read_text()


def test_parts_come_back_in_their_order_whatever_the_order_of_finishing(tmp_path):
    told: list[float] = []
    shop = shop_of(Unruly(random.Random(1)), tmp_path / "parts")
    done = perform(shop, numbers(20, tmp_path), told.append)
    assert [text_of(each) for each in done] == [str(number) for number in range(20)]
    assert sum(told) == 20
    assert shop.engine.made != [part.name for part in numbers(20, tmp_path)]


def test_what_is_finished_is_not_made_again(tmp_path):
    first = shop_of(Unruly(random.Random(1), {"numbers/7": [ValueError("wrong")]}), tmp_path / "parts")
    with pytest.raises(ValueError, match="wrong"):
        perform(first, numbers(8, tmp_path), quiet)
    second = shop_of(Unruly(random.Random(1)), tmp_path / "parts")
    perform(second, numbers(10, tmp_path), quiet)
    assert first.engine.made
    assert set(first.engine.made) & set(second.engine.made) == set()
    assert len(first.engine.made) + len(second.engine.made) == 10
    assert sum(made.kept for made in second.ledger.made) == len(first.engine.made)


@pytest.mark.parametrize("damage", ["cut", "gone", "record"])
def test_a_part_that_a_crash_cut_short_is_made_again(tmp_path, damage):
    [done] = perform(shop_of(Inline(1), tmp_path / "parts"), numbers(1, tmp_path), quiet)
    file = tmp_path / "parts" / (done.file or Path()).name
    record = file.with_suffix(".json")
    {
        "cut": lambda: file.write_text(""),
        "gone": file.unlink,
        "record": lambda: record.write_bytes(record.read_bytes()[:-9]),
    }[damage]()
    shop = shop_of(Inline(1), tmp_path / "parts")
    [again] = perform(shop, numbers(1, tmp_path), quiet)
    assert text_of(again) == "0"
    assert not shop.ledger.made[0].kept


@pytest.mark.parametrize("change", ["input", "work", "name"])
def test_a_part_of_other_inputs_or_work_is_another_part(tmp_path, change):
    [part] = numbers(1, tmp_path)
    other = {
        "input": replace(part, inputs=(Input("a", "0" * 64, 1),)),
        "work": replace(part, work=numbers(2, tmp_path)[1].work),
        "name": replace(part, name="other"),
    }[change]
    assert part.key("maker") != other.key("maker")
    assert part.key("maker") == numbers(1, tmp_path / "elsewhere")[0].key("maker") != part.key("another maker")


def test_a_lost_worker_costs_a_try_and_the_reason_is_told(tmp_path, caplog):
    losses = {"numbers/3": [ConnectionError("cut off"), StoreError("S3 gave 503")]}
    shop = shop_of(Unruly(random.Random(1), losses), tmp_path / "parts")
    done = perform(shop, numbers(5, tmp_path), quiet)
    assert text_of(done[3]) == "3"
    [made] = [each for each in shop.ledger.made if each.record.name == "numbers/3"]
    assert (made.tries, made.reasons) == (3, ("its worker was lost", "S3 gave 503"))
    assert "numbers/3: S3 gave 503; it is tried again" in caplog.text


@pytest.mark.parametrize(
    ("error", "told"),
    [(ConnectionError("x"), ConnectionError), (MemoryError(), LakeError), (StoreError("S3 gave 503"), StoreError)],
)
def test_tries_are_bounded(tmp_path, error, told):
    shop = shop_of(Unruly(random.Random(1), {"numbers/0": [error] * 9}), tmp_path / "parts")
    with pytest.raises(told):
        perform(shop, numbers(1, tmp_path), quiet)
    assert len(shop.engine.losses["numbers/0"]) == 9 - TRIES


def test_what_is_the_parts_own_fault_is_not_tried_again(tmp_path):
    shop = shop_of(Unruly(random.Random(1), {"numbers/0": [LakeError("no CRS")] * 9}), tmp_path / "parts")
    with pytest.raises(LakeError, match="no CRS"):
        perform(shop, numbers(1, tmp_path), quiet)
    assert len(shop.engine.losses["numbers/0"]) == 8


def test_a_process_that_dies_is_replaced_and_one_that_takes_too_much_is_stopped(tmp_path):
    engine = Processes(1, 2**30)
    try:
        shop = shop_of(engine, tmp_path / "parts")
        [done] = perform(shop, [Part("dies", partial(die_once, tmp_path / "marker"), tmp_path, ())], quiet)
        assert text_of(done) == "1"
        assert shop.ledger.made[0].tries == 2
        small, large = (Part(name, partial(take_memory, size), tmp_path, ()) for name, size in SIZES.items())
        perform(shop, [small], quiet)
        assert shop.ledger.made[-1].record.cost.peak_bytes > SIZES["small"]
        with pytest.raises(LakeError, match=r"large: failed 3 times.*memory"):
            perform(shop, [large], quiet)
    finally:
        engine.close()


SIZES = {"small": 200 * 2**20, "large": 2**31}


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    """A tile set of one small picture."""
    file = tmp_path_factory.mktemp("picture") / "demo.tif"
    profile = {"driver": "GTiff", "width": 90, "height": 90, "count": 1, "dtype": "int16", "crs": "EPSG:4490"}
    values = np.random.default_rng(1).integers(0, 2000, (90, 90), np.int16)
    with rasterio.open(file, "w", transform=from_origin(115, 40, 0.01, 0.01), **profile) as dataset:
        dataset.write(values, 1)
    return TileSet((Layer(file, Bounds(115, 39.1, 115.9, 40)),), RampStyle(0, 2000), "png")


@pytest.fixture(scope="module")
def expected(picture, tmp_path_factory):
    return cut(picture, Inline(1), tmp_path_factory.mktemp("expected"))


def cut(picture, engine, folder):
    target = folder / "demo.pmtiles"
    run = Run(Bounds(115, 39.1, 115.9, 40), (0, 7), folder, shop_of(engine, folder / "parts"))
    write_tiles(picture, target, {}, run, quiet)
    return target.read_bytes()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), lost=st.lists(st.tuples(st.integers(0, 7), st.integers(1, TRIES - 1)), max_size=6))
def test_any_order_and_any_retries_give_the_same_bytes(picture, expected, tmp_path_factory, monkeypatch, seed, lost):
    monkeypatch.setattr(tiles, "RANGE", 1)
    monkeypatch.setattr(tiles, "FEW", 0)
    losses: dict[str, list[Exception]] = {
        f"demo/{part:05d}": [ConnectionError("cut off")] * times for part, times in lost
    }
    engine = Unruly(random.Random(seed), losses)
    assert cut(picture, engine, tmp_path_factory.mktemp("cut")) == expected
    assert len(engine.made) > 5
