"""Rows of the table about builds: the same work by a build and by what people would use instead, by turns."""

from __future__ import annotations

import math
import os
import shutil
import sys
from pathlib import Path
from typing import Final

import generated
from pmtiles.reader import MmapSource, Reader, all_tiles
from products_kit import write_product
from rows import Figure, Row, Size, Turns
from vector_kit import gpio
from watch import Took, succeeded

from tianlake.build.raster.image import WEBP_QUALITY
from tianlake.build.vector.tile_plan import PROGRAMS
from tianlake.lake.duck import connect, literal
from tianlake.lake.matrix_sets import TILE

CODE: Final = "156130000"
_HERE: Final = Path(__file__).resolve().parent
_BIN: Final = Path(sys.executable).parent
_JOBS: Final = "2"

_COPY: Final = """
import sys, rasterio, rasterio.shutil
with rasterio.Env(GDAL_CACHEMAX=64 * 2**20):
    rasterio.shutil.copy(sys.argv[1], sys.argv[2], driver="COG", COMPRESS="DEFLATE", PREDICTOR="YES", BLOCKSIZE="512",
        OVERVIEW_RESAMPLING="AVERAGE", NUM_THREADS="ALL_CPUS", BIGTIFF="IF_SAFER")
"""

_TIPPECANOE: Final = (
    *("--read-parallel", "--quiet", "--force", "--layer=areas", "--minimum-zoom=0"),
    *("--no-simplification-of-shared-nodes", "--no-tiny-polygon-reduction-at-maximum-zoom"),
    "--coalesce-smallest-as-needed",
)
"""What a build asks of tippecanoe for many areas that are cut as a whole."""


def _ours(step: str, source: Path, target: Path, *more: str) -> Took:
    target.unlink(missing_ok=True)
    script = str(_HERE / "ours.py")
    return succeeded([sys.executable, script, step, str(source), str(target), *more], target.parent, os.environ)


def _tianlake(root: Path, *arguments: str) -> Took:
    command = [sys.executable, "-m", "tianlake.cli", "-C", str(root), *arguments]
    return succeeded(command, root.parent, os.environ | {"LC_ALL": "C.UTF-8"})


def _build(root: Path) -> Took:
    return _tianlake(root, "build", "--jobs", _JOBS)


def _workspace(folder: Path, highest: int) -> Path:
    """Make a workspace with one product of areas, whose source is to become `sources/areas.parquet`."""
    root = folder / "workspace"
    (root / "sources").mkdir(parents=True)
    (root / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n', "utf-8")
    said = {"product": "areas", "product_class": "theme", "source": "areas.parquet"}
    write_product(root, CODE, **said, rest='[features]\nid = "id"')
    recipe = root / "nodes" / CODE / "products/areas.toml"
    recipe.write_text(recipe.read_text("utf-8").replace("max_zoom = 6", f"max_zoom = {highest}"), "utf-8")
    return root


def _lines(source: Path, target: Path) -> None:
    """Write features as GeoJSON lines, which tippecanoe reads fastest."""
    line = (
        """'{"type":"Feature","id":' || row_number() OVER () || ',"properties":' || """
        """to_json({'id': id, 'name': name, 'kind': kind, 'weight': weight})::VARCHAR || """
        """',"geometry":' || ST_AsGeoJSON(geometry)::VARCHAR || '}'"""
    )
    with connect(threads=2) as connection:
        connection.execute(
            f"COPY (SELECT {line} FROM read_parquet({literal(str(source))})) TO {literal(str(target))} "  # noqa: S608
            "(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')"
        )


def vector_tiles(size: Size, folder: Path) -> Turns:
    """Build a product of areas from nothing; cut its tiles alone; let tippecanoe cut them from ready-made lines."""
    root, highest = _workspace(folder, size["zoom"]), size["zoom"]
    source, lines = root / "sources/areas.parquet", folder / "areas.geojsonl"
    generated.polygons(source, size["features"])
    _lines(source, lines)
    command = [str(PROGRAMS / "tippecanoe"), *_TIPPECANOE, f"--output={folder}/theirs.pmtiles"]
    command += [f"--temporary-directory={folder}", f"--maximum-zoom={highest}", str(lines)]
    while True:
        shutil.rmtree(root / ".tianlake", ignore_errors=True)
        yield {
            "build": _build(root).figures(),
            "tiles": _ours("vector-tiles", source, folder / "ours.pmtiles", str(highest)).figures(),
            "tippecanoe": succeeded(command, folder, {"TIPPECANOE_MAX_THREADS": _JOBS}).figures(),
        }


def small_change(size: Size, folder: Path) -> Turns:
    """Build a product from nothing, then again after a thousandth of its features, those of one district, changed.

    Raises:
        RuntimeError: The tiles are not those that a build from nothing gives.
    """
    root = _workspace(folder, size["zoom"])
    source, state = root / "sources/areas.parquet", root / ".tianlake"
    variants = [folder / "before.parquet", folder / "after.parquet"]
    for changed, variant in enumerate(variants):
        generated.polygons(variant, size["features"], changed=bool(changed))
    shutil.copyfile(variants[1], source)
    _build(root)
    wanted = _tiles(state)
    while True:
        shutil.rmtree(state)
        shutil.copyfile(variants[0], source)
        whole = _build(root)
        before = _tiles(state)
        shutil.copyfile(variants[1], source)
        again = _build(root)
        if _tiles(state) != wanted or before == wanted:
            raise RuntimeError("the tiles of a build after a change differ from those of a build from nothing")
        yield {"whole": whole.figures(), "again": again.figures()}


def _tiles(state: Path) -> dict[tuple[int, int, int], bytes]:
    """Return the tiles of the newest candidate."""
    archive = max(state.rglob("areas.pmtiles"), key=lambda file: file.stat().st_mtime_ns)
    with archive.open("rb") as opened:
        return dict(all_tiles(MmapSource(opened)))  # type: ignore[no-untyped-call]


def no_change(size: Size, folder: Path) -> Turns:
    """Build three nodes as `tianlake init` makes them, publish them, and build again."""
    root = folder / "workspace"
    codes = ("156000000", CODE, "156131000")[: size["nodes"]]
    _tianlake(root, "init", str(root), *(part for code in codes for part in ("--node", code)))
    _build(root)
    _tianlake(root, "publish")
    while True:
        yield {"again": _build(root).figures(), "help": _tianlake(root, "--help").figures()}


def geoparquet(size: Size, folder: Path) -> Turns:
    """Order areas along the Hilbert curve and give each a box."""
    source, ours, theirs = (folder / f"{name}.parquet" for name in ("source", "ours", "theirs"))
    generated.polygons(source, size["features"])
    gpio(folder, "--version")  # finds DuckDB's extension from now on
    environment = {"HOME": str(folder), "PATH": os.defpath}
    command = [str(_BIN / "gpio"), "sort", "hilbert", "--add-bbox", "--overwrite", str(source), str(theirs)]
    while True:
        taken = {
            "tianlake": _ours("geoparquet", source, ours),
            "gpio": succeeded(command, folder, environment),
        }
        sizes = {"tianlake": ours.stat().st_size, "gpio": theirs.stat().st_size}
        yield {name: each.figures(bytes=sizes[name]) for name, each in taken.items()}


def cog(size: Size, folder: Path) -> Turns:
    """Write a picture as a COG of blocks of 512 pixels with deflate, differences of neighbours, averaged overviews."""
    source, ours, cogeo, driver = (folder / f"{name}.tif" for name in ("source", "ours", "cogeo", "driver"))
    generated.picture(source, size["side"])
    options = ("--blocksize", "512", "--overview-resampling", "average", "--co", "PREDICTOR=2")
    bound = os.environ | {"GDAL_CACHEMAX": "128"}
    command = [str(_BIN / "rio"), "cogeo", "create", "-q", "-p", "deflate", *options, str(source), str(cogeo)]
    while True:
        taken = {"tianlake": _ours("cog", source, ours)}
        for name, environment in (("rio cogeo", dict(os.environ)), ("rio cogeo, 128 MB", bound)):
            cogeo.unlink(missing_ok=True)
            taken[name] = succeeded(command, folder, environment)
        driver.unlink(missing_ok=True)
        taken["COG driver"] = succeeded([sys.executable, "-c", _COPY, str(source), str(driver)], folder, os.environ)
        fastest = min((taken[name] for name in ("rio cogeo", "COG driver")), key=lambda each: each.wall_s)
        yield {name: each.figures() for name, each in taken.items()} | {"fastest": fastest.figures()}


def raster_tiles(size: Size, folder: Path) -> Turns:
    """Cut a picture into WebP tiles of 256 pixels of web mercator, up to its own resolution.

    From the zoom on where it is as wide as one pixel: below, `rio pmtiles` writes black tiles, a build writes none.
    """
    plain, source, ours, theirs = (folder / name for name in ("plain.tif", "cog.tif", "ours.pmtiles", "rio.pmtiles"))
    generated.picture(plain, size["side"])
    _ours("cog", plain, source)
    plain.unlink()
    lowest, highest = _shown_from(size["side"]), size["zoom"]
    options = ("--tile-size", "256", "-f", "WEBP", "--co", f"QUALITY={WEBP_QUALITY}", "-j", _JOBS, "--silent")
    command = [
        str(_BIN / "rio"),
        "pmtiles",
        *options,
        "--zoom-levels",
        f"{lowest}..{highest}",
        str(source),
        str(theirs),
    ]
    while True:
        taken = {"tianlake": _ours("raster-tiles", source, ours, str(highest), str(lowest))}
        theirs.unlink(missing_ok=True)
        taken["rio pmtiles"] = succeeded(command, folder, os.environ)
        counted = {"tianlake": _addressed(ours), "rio pmtiles": _addressed(theirs)}
        yield {name: each.figures(tiles=counted[name]) for name, each in taken.items()}


def _shown_from(side: int) -> int:
    """Return the lowest zoom where a picture of `generated` is at least one pixel of a tile wide."""
    return max(0, math.ceil(math.log2(360 / TILE / (side * generated.PIXEL))))


def _addressed(archive: Path) -> int:
    with archive.open("rb") as opened:
        header = Reader(MmapSource(opened)).header()  # type: ignore[no-untyped-call]
    return int(header["addressed_tiles_count"])


ROWS: Final = (
    Row(
        "vector-tiles",
        "vector tiles, tippecanoe engine",
        "`tianlake build` of one product from GeoParquet; `tippecanoe -P` on ready-made GeoJSONSeq",
        (
            Figure("wall", "build", "tippecanoe", 1.05, label="build, wall"),
            Figure("cpu", "build", "tippecanoe", label="processor"),
            Figure("wall", "tiles", "tippecanoe", label="reading and cutting alone, wall"),
        ),
        vector_tiles,
        {"features": 1_000_000, "zoom": 11},
        {"features": 3_000, "zoom": 6},
    ),
    Row(
        "geoparquet",
        "GeoParquet",
        "`gpio sort hilbert --add-bbox`",
        (
            Figure("cpu", "tianlake", "gpio", 0.5, label="processor"),
            Figure("wall", "tianlake", "gpio"),
            Figure("bytes", "tianlake", "gpio", 1.02, label="size"),
        ),
        geoparquet,
        {"features": 1_000_000},
        {"features": 3_000},
    ),
    Row(
        "cog",
        "COG",
        "the faster of `rio cogeo create` and GDAL's COG driver, all CPUs, deflate",
        (
            Figure("wall", "tianlake", "fastest", 1.1),
            Figure("cpu", "tianlake", "fastest", label="processor"),
            Figure("mb", "tianlake", "rio cogeo", 0.25, label="memory, to `rio cogeo`"),
            Figure("mb", "tianlake", "COG driver", label="memory, to the driver"),
        ),
        cog,
        {"side": 20_000},
        {"side": 1_100},
    ),
    Row(
        "raster-tiles",
        "raster PMTiles",
        "`rio pmtiles` with as many workers",
        (
            Figure("wall", "tianlake", "rio pmtiles", 0.6),
            Figure("cpu", "tianlake", "rio pmtiles", label="processor"),
            Figure("tiles", "tianlake", "rio pmtiles", label="tiles"),
        ),
        raster_tiles,
        {"side": 20_000, "zoom": 17},
        {"side": 700, "zoom": 16},
    ),
    Row(
        "no-change",
        "no-change build",
        "`tianlake build` again, three nodes of `tianlake init`; `tianlake --help`",
        (Figure("wall", "again", target=1.0, unit="s"), Figure("wall", "help", unit="s", label="`--help`")),
        no_change,
        {"nodes": 3},
        {"nodes": 1},
    ),
    Row(
        "small-change",
        "small change",
        "a build from nothing; 0.1 % of the features, those of one district, have another attribute",
        (
            Figure("wall", "again", "whole", 0.25),
            Figure("cpu", "again", "whole", label="processor"),
        ),
        small_change,
        {"features": 1_000_000, "zoom": 11},
        {"features": 3_000, "zoom": 6},
    ),
)
