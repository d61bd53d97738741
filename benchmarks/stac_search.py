"""How fast Items are found among a million, and how that compares with stac-fastapi-geoparquet on the same file.

    python benchmarks/stac_search.py [--items 1000000] [--searches 200] [--folder KEEP] [--rival PYTHON --extensions D]

Items lie in 333 nodes and 3,003 collections, as those of a nation: by collection, and there along a Hilbert curve.
They are made from their numbers, the same each time. Each search is for a box, two years and a collection, ten Items,
by a client on the loopback interface that keeps its connection; the two sides are asked by turns. `--rival` is the
Python of an environment of its own with stac-fastapi-geoparquet, `--extensions` a folder of DuckDB's extensions for
it; without them that side is left out. `--folder` keeps what was made.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb
import httpx
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/_kit"))

from gateway_kit import generous
from server_kit import running
from stac_api_kit import CODE, write_node

from tianlake.lake import keys
from tianlake.lake.duck import connect, literal
from tianlake.lake.records import dump_record

NODES: Final = 333
COLLECTIONS: Final = 3003
WARM: Final = 20
"""Searches that do not count."""

ITEMS: Final = """
WITH numbers AS (
  SELECT i, i % 3003 AS c, i % 3003 % 333 AS node,
    (i * 2654435761 + 12345) % 4294967296 / 4294967296 AS u,
    (i * 2246822519 + 777) % 4294967296 / 4294967296 AS v,
    (i * 3266489917 + 99) % 4294967296 / 4294967296 AS w
  FROM range(?) AS numbers(i)),
placed AS (
  SELECT *, 75 + node % 20 * 3.0 + u * 3 AS x, 20 + node // 20 * 1.9 + v * 1.9 AS y,
    'n156' || lpad((110000 + node * 1500)::VARCHAR, 6, '0') || '-imagery' || c // 333 AS collection,
    'https://n' || node || '.example.org' AS base
  FROM numbers)
SELECT 'Feature' AS type, '1.1.0' AS stac_version,
  ['https://stac-extensions.github.io/file/v2.1.0/schema.json'] AS stac_extensions,
  collection || '-scene-' || i AS id, ST_MakeEnvelope(x, y, x + 0.05, y + 0.05) AS geometry,
  {'xmin': x, 'ymin': y, 'xmax': x + 0.05, 'ymax': y + 0.05} AS bbox, collection,
  {'data': {'href': base || '/releases/imagery/20261101T000000Z-162d2db3/scene-' || i || '.tif',
    'type': 'image/tiff; application=geotiff; profile=cloud-optimized', 'title': '影像', 'roles': ['data'],
    'file:size': 1000000 + i, 'file:checksum': '1220' || sha256(i::VARCHAR), 'proj:code': 'EPSG:4490',
    'proj:shape': [1000, 1000], 'bands': [{'name': 'b1', 'data_type': 'uint8', 'nodata': 0}]}} AS assets,
  [{'rel': 'root', 'href': base || '/catalog.json', 'type': 'application/json'},
   {'rel': 'collection', 'href': base || '/collections/imagery/collection.json', 'type': 'application/json'}] AS links,
  '影像 ' || i AS title, 2.0::DOUBLE AS gsd, 'EPSG:4490' AS "proj:code",
  TIMESTAMPTZ '2016-01-01 00:00:00+00' + to_seconds((w * 315360000)::BIGINT) AS datetime,
  (i % 100)::DOUBLE AS "eo:cloud_cover"
FROM placed
ORDER BY node, collection, ST_Hilbert(x, y, {'min_x': 70, 'min_y': 10, 'max_x': 140, 'max_y': 60}::BOX_2D), id"""


def make_items(file: Path, count: int) -> None:
    """Write so many Items as stac-geoparquet, in groups of 10,000 rows."""
    with connect(memory_limit="3GiB") as connection:
        connection.execute(
            f"COPY ({ITEMS.replace('?', str(count))}) TO {literal(str(file))} (FORMAT parquet, "
            "COMPRESSION zstd, ROW_GROUP_SIZE 10000)"
        )


def make_lake(root: Path, file: Path) -> None:
    """Write a node whose merged index is this file."""
    write_node(root, [])
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    place = root / CODE / keys.index_file(digest, "items.parquet")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.hardlink_to(file)
    catalog = root / CODE / keys.CATALOG
    document = json.loads(catalog.read_bytes())
    document["links"].append({"rel": "related", "href": f"./{keys.index_file(digest, 'items.parquet')}"})
    catalog.write_text(json.dumps(document))
    (root / CODE / keys.QUOTAS).write_bytes(dump_record(generous()))


def questions(count: int) -> Iterator[dict[str, Any]]:
    """Yield the parameters of searches: a degree at a random place of a random collection, two of ten years."""
    rng = random.Random(7)  # noqa: S311 - figures, no secrets
    for _ in range(count):
        node, number = rng.randrange(NODES), rng.randrange(COLLECTIONS // NODES)
        west, south = 75 + node % 20 * 3 + rng.random() * 2, 20 + node // 20 * 1.9 + rng.random()
        year = rng.randrange(2016, 2024)
        yield {
            "bbox": f"{west:.4f},{south:.4f},{west + 1:.4f},{south + 1:.4f}",
            "datetime": f"{year}-01-01T00:00:00Z/{year + 2}-01-01T00:00:00Z",
            "collections": f"n156{110000 + node * 1500:06d}-imagery{number}",
            "limit": 10,
        }


RIVAL: Final = """
import sys, uvicorn
from rustac import DuckdbClient
from stac_fastapi.geoparquet.api import create
from stac_fastapi.geoparquet.settings import Settings
settings = Settings(stac_fastapi_collections_href=sys.argv[1], stac_fastapi_landing_id="benchmark",
    stac_fastapi_title="benchmark", stac_fastapi_description="benchmark", stac_fastapi_version="1")
client = DuckdbClient(extension_directory=sys.argv[3], install_extensions=False)
uvicorn.run(create(settings, client).app, port=int(sys.argv[2]), log_level="error", workers=1)
"""


def collections(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the collections of a file, as the other side wants to be told of them: it takes minutes to find them."""
    for number in range(COLLECTIONS):
        identity = f"n156{110000 + number % NODES * 1500:06d}-imagery{number // NODES}"
        extent = {"spatial": {"bbox": [[70, 10, 140, 60]]}, "temporal": {"interval": [[None, None]]}}
        asset = {"href": str(file), "type": "application/vnd.apache.parquet"}
        yield {
            "type": "Collection",
            "stac_version": "1.1.0",
            "id": identity,
            "description": identity,
            "license": "CC0-1.0",
            "extent": extent,
            "links": [],
            "assets": {"data": asset},
        }


@contextmanager
def rival(python: str, extensions: str, file: Path) -> Iterator[str]:
    """Run stac-fastapi-geoparquet over a file; yield the address of its search."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    listed = file.with_suffix(".collections.json")
    listed.write_text(json.dumps(list(collections(file))))
    process = subprocess.Popen([python, "-c", RIVAL, str(listed), str(port), extensions], env={})
    address = f"http://127.0.0.1:{port}/search"
    try:
        until = time.monotonic() + 300
        while time.monotonic() < until and process.poll() is None:
            try:
                httpx.get(address, params={"limit": 1}, timeout=120)
                break
            except httpx.TransportError:
                time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def prepared(address: str, folder: Path) -> float:
    """Wait until the local copy is there; return how long it took, seconds."""
    begun = time.monotonic()
    httpx.get(address, params={"limit": 1}, timeout=60)
    while not list(folder.rglob("*.duckdb")):
        time.sleep(0.2)
    took = time.monotonic() - begun
    time.sleep(1)
    return took


def asked(clients: dict[str, tuple[httpx.Client, str]], wanted: Sequence[dict[str, Any]]) -> dict[str, list[float]]:
    """Return how long each side took for each search, milliseconds; asked by turns, after twenty that do not count."""
    took: dict[str, list[float]] = {name: [] for name in clients}
    differing = 0
    for number, question in enumerate(wanted):
        found = {}
        for name, (client, address) in clients.items():
            begun = time.perf_counter()
            answer = client.get(address, params=question)
            lasted = (time.perf_counter() - begun) * 1000
            answer.raise_for_status()
            found[name] = {each["id"] for each in answer.json()["features"]}
            if number >= WARM:
                took[name].append(lasted)
        differing += len({frozenset(each) for each in found.values()}) > 1
    print(f"searches that the sides answer differently: {differing} of {len(wanted)}")
    return took


def report(took: dict[str, list[float]]) -> None:
    """Print the table."""
    print("\n| | p50 ms | p90 ms | p99 ms | fastest |\n|---|---|---|---|---|")
    for name, each in took.items():
        cuts = quantiles(each, n=100)
        print(f"| {name} | {median(each):.1f} | {cuts[89]:.1f} | {cuts[98]:.1f} | {min(each):.1f} |")
    sides = list(took.values())
    if len(sides) > 1:
        ratios = [other / own for own, other in zip(*sides, strict=True)]
        print(f"\nthe other side takes {median(ratios):.1f} times as long (median of {len(ratios)} pairs)")


@contextmanager
def asking(folder: Path, count: int) -> Iterator[Callable[[int], list[float]]]:
    """Serve so many Items; give what asks so many questions of them and returns milliseconds."""
    file, base = folder / f"items-{count}.parquet", folder / "base"
    make_items(file, count)
    make_lake(base / "lake", file)
    with running(base, [CODE]) as server, httpx.Client(timeout=60) as client:
        address = f"{server.url}/stac/search"
        prepared(address, base / ".tianlake")
        yield lambda searches: asked({"Tianlake": (client, address)}, list(questions(searches + WARM)))["Tianlake"]


def run(folder: Path, count: int, searches: int, other_side: tuple[str, str] | None) -> None:
    """Make what is missing, ask, and print."""
    file, base = folder / f"items-{count}.parquet", folder / "base"
    if not file.exists():
        make_items(file, count)
    shutil.rmtree(base, ignore_errors=True)
    make_lake(base / "lake", file)
    print(
        f"{count:,} Items, {file.stat().st_size / 1e6:.0f} MB; DuckDB {duckdb.__version__}, Python "
        f"{platform.python_version()}, {psutil.cpu_count()} CPUs, load {psutil.getloadavg()[0]:.1f}"
    )
    wanted = list(questions(searches + WARM))
    with running(base, [CODE]) as server, httpx.Client(timeout=60) as own, httpx.Client(timeout=120) as other:
        address = f"{server.url}/stac/search"
        print(
            f"first copy: {prepared(address, base / '.tianlake'):.1f} s, "
            f"{sum(each.stat().st_size for each in (base / '.tianlake').rglob('*.*')) / 1e6:.0f} MB"
        )
        sides = {"Tianlake": (own, address)}
        if other_side is None:
            report(asked(sides, wanted))
            return
        with rival(*other_side, file) as theirs:
            report(asked(sides | {"stac-fastapi-geoparquet": (other, theirs)}, wanted))


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--rival")
    parser.add_argument("--extensions")
    given = parser.parse_args()
    with TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        run(folder, given.items, given.searches, (given.rival, given.extensions) if given.rival else None)


if __name__ == "__main__":
    main()
