"""Rows of the table about what is served: admission, the gateway, tiles, boxes, searches, the harvest."""

from __future__ import annotations

import http.client
import random
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Final

import admission
import boxes
import federation
import gateway
import nation
import nginx
import search
import stac_search
import wrk
from archive_kit import write_archive
from boxes_kit import products
from gateway_kit import CARD, NODE, RELEASE_1, generous, pointer, quotas, release
from pmtiles.tile import Compression, TileType
from rows import Figure, Row, Size, Turns
from server_kit import running, write

_ZOOM: Final = 9
"""Of the tiles that are asked for: 512 x 512 of them, more than one directory of an archive holds."""


def boxes_read(size: Size, folder: Path) -> Turns:
    """Ask for boxes of one feature in a hundred; the share of the file that is sent, percent: the median, the most."""
    with products(folder, size["features"]) as found:
        while True:
            turn: dict[str, dict[str, float]] = {}
            for product in found:
                whole = product.file.stat().st_size
                shares = [100 * product.over_http(box) / whole for box in product.boxes(size["boxes"])]
                turn[product.kind] = {"median": median(shares), "most": max(shares)}
            yield turn


def admit(size: Size, _folder: Path) -> Turns:
    """Time `admit` alone and the whole of a decision, microseconds."""
    while True:
        yield admission.figures(size["runs"])


def admission_on_and_off(size: Size, _folder: Path) -> Turns:
    """Put the same load on a gateway with and without admission."""
    with gateway.bench() as on:
        gateway.pair(on, size["seconds"])  # warms both
        while True:
            bare, guarded = gateway.pair(on, size["seconds"])
            yield {
                name: {"rate": each.seen.rate, "us": each.processor_us, "p99": each.seen.p99 / 1000}
                for name, each in (("without", bare), ("with", guarded))
            }


def beside_nginx(size: Size, _folder: Path) -> Turns:
    """Put the same load on a gateway, on nginx in front of it, and on nginx with the plain file, one worker each."""
    load = wrk.Load(gateway.PATH, gateway.SIZE // 16_384)
    with nginx.bench() as (scripts, urls):
        for url in urls.values():
            wrk.run(load, url, size["seconds"], scripts)
        while True:
            seen = {name: wrk.run(load, url, size["seconds"], scripts) for name, url in urls.items()}
            yield {name: {"rate": each.rate, "p99": each.p99 / 1000} for name, each in seen.items()}


def tiles(size: Size, folder: Path) -> Turns:
    """Ask for tiles of a local archive by z/x/y over one connection, each at a random place; milliseconds."""
    draw = random.Random(7)  # noqa: S311 - figures, no secrets
    places = [(x, y) for x in range(2**_ZOOM) for y in range(2**_ZOOM)]
    kept = {(_ZOOM, x, y): draw.randbytes(draw.randrange(500, 8_000)) for x, y in draw.sample(places, size["tiles"])}
    archive = folder / "many.pmtiles"
    write_archive(archive, dict(sorted(kept.items())), TileType.MVT, Compression.NONE)
    objects = release(RELEASE_1, {"places.pmtiles": archive.read_bytes()}, card=CARD) | pointer(RELEASE_1)
    write(folder / "lake" / NODE, objects | quotas(generous()))
    with (
        running(folder, [NODE]) as server,
        closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection,
    ):
        while True:
            took = []
            for _, x, y in draw.choices(list(kept), k=size["requests"]):
                begun = perf_counter()
                connection.request("GET", f"/tiles/places/{_ZOOM}/{x}/{y}.mvt")
                body = connection.getresponse().read()
                took.append(1000 * (perf_counter() - begun))
                if body != kept[_ZOOM, x, y]:
                    raise RuntimeError(f"the tile {_ZOOM}/{x}/{y} is not the one that was written")
            yield {"gateway": {"p50": median(took), "p99": quantiles(took, n=100)[98]}}


def places_found(size: Size, folder: Path) -> Turns:
    """Search names, warm in one process and cold in new ones; milliseconds."""
    search.build(folder, size["rows"], 2 * size["timed"])
    queries = search.queries_of(folder)
    with search.served(folder) as root, sqlite3.connect(folder / "fts.sqlite") as database:
        ways = search.ways(root, database)
        ours = {"Tianlake": ways["Tianlake"]}
        search.timings(queries[size["timed"] :], ours)
        while True:
            clock = [1000 * each[0] for each in search.timings(queries[: size["timed"]], ours)["Tianlake"]]
            new, _ = search.cold(root, queries[: size["cold"]])
            yield {"Tianlake": {"warm": median(clock), "cold": median(new)}}


def items_found(size: Size, folder: Path) -> Turns:
    """Search Items by box, time and collection; milliseconds."""
    with ExitStack() as stack:
        ask = stack.enter_context(stac_search.asking(folder, size["items"]))
        while True:
            took = ask(size["searches"])
            yield {"Tianlake": {"p50": median(took), "p99": quantiles(took, n=100)[98]}}


def harvest(size: Size, folder: Path) -> Turns:
    """Let a nation harvest itself from nothing, and after 1 % of it changed; seconds, megabytes."""
    given = nation.Size(size["cities"], size["collections"], size["items"])
    number = 0
    while True:
        number += 1
        root = folder / str(number)
        root.mkdir()
        full, _same, news, _own = federation.measured(root, given, 0.01).values()
        yield {
            name: {"wall": each.wall_s, "cpu": each.processor_s, "mb": each.memory / 2**20}
            for name, each in (("full", full), ("1 %", news))
        }


ROWS: Final = (
    Row(
        "boxes",
        "bbox query over HTTP",
        "1 % of the features by DuckDB through the gateway, share of the file's bytes",
        tuple(Figure("median", kind, target=boxes.MOST, unit="%", label=kind) for kind in ("cells", "points"))
        + tuple(Figure("most", kind, unit="%", label=f"{kind}, most") for kind in ("cells", "points")),
        boxes_read,
        {"features": 1_000_000, "boxes": 12},
        {"features": 30_000, "boxes": 2},
        rounds=1,
    ),
    Row(
        "admission",
        "admission",
        "`admit()` alone, key and lease in memory, processor time",
        (
            Figure("p50", "admit", target=20, unit="µs"),
            Figure("p99", "admit", target=100, unit="µs"),
            Figure("p50", "request", unit="µs", label="all of a request's, p50"),
        ),
        admit,
        {"runs": admission.RUNS},
        {"runs": 300},
    ),
    Row(
        "gateway",
        "gateway",
        "16 kB ranges, 64 connections, admission on vs off",
        (
            Figure("rate", "with", "without", 0.85, least=True, label="throughput"),
            Figure("us", "without", "with", label="answers for work"),
        ),
        admission_on_and_off,
        {"seconds": 20},
        {"seconds": 1},
    ),
    Row(
        "nginx",
        "gateway vs nginx",
        "same file, same ranges, one worker each, nginx static alone",
        (
            Figure("rate", "gateway", "nginx, plain file", 0.5, least=True, label="gateway"),
            Figure("rate", "nginx and gateway", "nginx, plain file", 0.75, least=True, label="nginx before it"),
        ),
        beside_nginx,
        {"seconds": 20},
        {"seconds": 1},
    ),
    Row(
        "tiles",
        "tile by z/x/y",
        "of a local archive over one HTTP connection, directories cached (Protomaps' Lambda: 125, 800 ms)",
        (
            Figure("p50", "gateway", target=1, unit="ms"),
            Figure("p99", "gateway", target=5, unit="ms"),
        ),
        tiles,
        {"tiles": 100_000, "requests": 5_000},
        {"tiles": 2_000, "requests": 100},
    ),
    Row(
        "place-search",
        "place search",
        "index read over HTTP by range",
        (
            Figure("warm", "Tianlake", target=30, unit="ms", label="warm p50"),
            Figure("cold", "Tianlake", target=400, unit="ms", label="cold p50"),
        ),
        places_found,
        {"rows": 1_000_000, "timed": 210, "cold": 9},
        {"rows": 3_000, "timed": 14, "cold": 1},
    ),
    Row(
        "stac-search",
        "STAC search",
        "bbox, two years, a collection, through the gateway",
        (
            Figure("p50", "Tianlake", target=20, unit="ms"),
            Figure("p99", "Tianlake", target=100, unit="ms"),
        ),
        items_found,
        {"items": 1_000_000, "searches": 200},
        {"items": 20_000, "searches": 10},
    ),
    Row(
        "harvest",
        "harvest",
        "cities and provinces on loopback HTTP",
        (
            Figure("wall", "full", target=900, unit="s", label="full"),
            Figure("wall", "1 %", target=60, unit="s", label="1 % changed"),
            Figure("mb", "full", target=1024, unit="MiB", label="memory"),
        ),
        harvest,
        {"cities": nation.CITIES, "collections": 3_000, "items": 1_000_000},
        {"cities": 2, "collections": 40, "items": 400},
        rounds=1,
    ),
)
