"""Files as offices hand them over: each is read whole and in its place, or refused in one line that says what to do.

A row of the table makes its files and says what comes out: the features at the right place, as geopandas and pyproj
compute it, with the number of each finding; or the error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import messy_files
import messy_frames
import messy_shapes
import messy_tables
import numpy as np
import pytest
import shapely
from messy_cases import GEOD, Read
from messy_kit import Frame
from vector_kit import make_recipe

from tianlake.build.job import silent
from tianlake.build.vector.features import Features, gather
from tianlake.lake.duck import connect
from tianlake.lake.recipes import FeatureOptions, Source

NAMES = {"adcode", "name"}
GOOD = [*messy_files.CASES, *messy_tables.CASES, *messy_frames.CASES, *messy_shapes.CASES]


@pytest.fixture(scope="module")
def connection():
    with connect() as opened:
        yield opened


@pytest.fixture
def read(connection, job_of, tmp_path):
    """Return what gathers a source into features and the geometries written, with their names."""

    def run(source: Source, options: FeatureOptions, root: Path | None = None) -> tuple[Features, Frame]:
        for (name,) in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall():
            connection.execute(f'DROP TABLE "{name}"')
        recipe = replace(make_recipe(source), features=options)
        features = gather(connection, job_of(recipe, root or tmp_path), silent)
        known = [each for each in features.attributes if each.lower() in NAMES]
        name = f'"{known[0]}"' if known else "''"
        rows = connection.sql(f"SELECT {name}, ST_AsWKB(geometry) FROM features ORDER BY __ordinal").fetchall()
        names, geometry = zip(*rows, strict=True)
        return features, Frame({"name": names}, geometry=shapely.from_wkb(geometry), crs=4490)

    return run


def sorted_places(frame: Frame) -> Frame:
    """Bring features into an order that does not depend on the file's: some formats sort them."""
    middle = frame.geometry.array.centroid
    return frame.assign(x=middle.x.round(3), y=middle.y.round(3)).sort_values(["name", "x", "y"], ignore_index=True)


@pytest.mark.parametrize("make", GOOD, ids=lambda make: make.__name__)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")  # of the programs that write the files
def test_a_messy_input_is_read_whole_and_in_its_place(read, tmp_path, make: Callable[[Path], Read]):
    expected = make(tmp_path)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    features, written = read(expected.source, expected.features, expected.root)
    after = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if "job " not in str(file)}
    assert after == before  # nothing is written beside a source
    [report] = features.sources
    assert {each.rule: each.count for each in features.findings} == expected.findings
    assert report.quality.written == len(written) == len(expected.places)
    found, wanted = sorted_places(written), sorted_places(expected.places)
    assert list(found.name) == list(wanted.name)
    for geometry, where in zip(found.geometry, wanted.geometry, strict=True):
        assert_near(geometry, where, expected.within_m)
    if expected.features.z == "drop" or "heights" in make.__name__:
        assert list(found.geometry.has_z) == list(wanted.geometry.has_z)
    assert expected.crs in {None, report.crs}
    assert expected.crs_from in {None, report.crs_from}
    assert expected.accuracy_m in {"any", report.accuracy_m}
    assert report.bounds is not None


def assert_near(geometry, where, metres: float) -> None:
    """Hold how far a geometry is from the place it should have, at its farthest vertex."""
    assert geometry.is_valid
    ends, wanted = (shapely.get_coordinates(each) for each in (geometry, where))
    assert np.abs(ends[:, 0]).max() <= 180
    if len(ends) == len(wanted) == 1:
        assert GEOD.inv(*ends[0], *wanted[0])[2] < metres
    else:  # in degrees; one of longitude is at least 80 km as far north as 44°
        assert shapely.hausdorff_distance(geometry, where) < metres / 80_000
