"""Products of a class, from tables that tests write."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import pytest
from kit import DATA
from vector_kit import COUNTIES, make_job, make_recipe

from tianlake.build.job import silent
from tianlake.build.quality.report import Finding
from tianlake.build.vector.features import gather
from tianlake.build.vector.geoparquet import write_geoparquet
from tianlake.lake.duck import connect
from tianlake.lake.recipes import FieldsStep, Source


@dataclasses.dataclass(frozen=True)
class Made:
    """What a build made of a table."""

    table: geopandas.GeoDataFrame
    findings: dict[str, Finding]
    """By rule; of several of one rule the last."""


Make = Callable[..., Made]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return what builds a product of a class from the text of a CSV file with the columns x and y."""
    (tmp_path / "counties.geojson").symlink_to(DATA / COUNTIES)
    made: list[int] = []

    def run(product_class: str, text: str, fields: dict[str, str] | None = None, **more: Any) -> Made:
        (tmp_path / "rows.csv").write_text(text, "utf-8")
        steps = (FieldsStep("fields", fields),) if fields else ()
        recipe = make_recipe(Source("rows.csv", x="x", y="y", crs="EPSG:4490"), steps=steps)
        card = dataclasses.replace(recipe.card, product_class=product_class)  # type: ignore[arg-type]
        made.append(1)
        job = make_job(tmp_path / f"job {len(made)}", dataclasses.replace(recipe, card=card, **more), tmp_path)
        with connect() as connection:
            features = gather(connection, job, silent)
            write_geoparquet(connection, features, job.out / "a.parquet")
        found = {each.rule: each for each in features.findings}
        return Made(geopandas.read_parquet(job.out / "a.parquet"), found)

    return run


@pytest.fixture(scope="session")
def counties() -> geopandas.GeoDataFrame:
    """The polygons of counties, by geopandas."""
    frame = geopandas.read_file(DATA / COUNTIES)
    frame = frame[frame.gb != ""]
    return frame.set_geometry(frame.make_valid())
