"""Mixed requests at a bounded rate, as clients of a node send them all day, and what came back."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from urllib.parse import quote

import httpx

CONNECTIONS = 16
"""At most, kept open: what a server holds for us does not hang on how long we ask."""
TIMEOUT_S = 30.0
TILE = (7, 105, 48)
"""Where the places of the city lie."""

Asked = tuple[str, str, dict[str, str], bytes]
"""Method, path, header fields, body."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of asking: how often, what, and which answers are right when nothing is broken."""

    name: str
    weight: int
    make: Callable[[random.Random], Asked]
    right: frozenset[int]
    whole: bool = False
    """Whether the bytes of an answer hang on path, range and ETag alone."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer."""

    at: float
    """Seconds since the load began: when the request was due."""
    kind: str
    status: int
    """0: no answer, the connection failed."""
    ms: float
    """From when it was due."""
    right: bool
    thing: str = ""
    """What must always be the same bytes: path, range and ETag; empty where that is not so."""
    digest: str = ""
    said: str = ""
    """Begin of an answer that was not right."""


@dataclass(frozen=True, slots=True)
class Door:
    """Who asks: the node, a key of a professional account, and the token of that account."""

    node: str
    key: str
    token: str
    """Empty where nobody manages keys."""


def kinds(door: Door, id_: str = "places") -> tuple[Kind, ...]:
    """Return the mix: mostly tiles and ranges, some searches and queries, some who may not."""
    base, tk = f"/{door.node}", f"tk={door.key}"
    product = f"n{door.node}-{id_}"

    def get(path: str, **fields: str) -> Asked:
        return "GET", f"{base}{path}", {name.replace("_", "-"): value for name, value in fields.items()}, b""

    def tile(chance: random.Random) -> Asked:
        up = chance.randint(0, TILE[0])
        z, x, y = TILE[0] - up, TILE[1] >> up, TILE[2] >> up
        return get(f"/tiles/{id_}/{z}/{x}/{y}.mvt?{tk}")

    def part(path: str, most: int) -> Callable[[random.Random], Asked]:
        def make(chance: random.Random) -> Asked:
            first = chance.randrange(0, most)
            return get(f"{path}?{tk}", range=f"bytes={first}-{first + chance.choice([0, 99, 511])}")

        return make

    def search(chance: random.Random) -> Asked:
        word = chance.choice(["公园", "广场", "医院", "renmin", "时代"])
        sent = f'{{"keyWord":"{word}","queryType":12,"specify":"{door.node}","start":0,"count":10}}'
        return get(f"/v2/search?type=query&{tk}&postStr={quote(sent)}")

    def sql(chance: random.Random) -> Asked:
        view = product.replace("-", "_")
        said = chance.choice([f"SELECT count(*) AS n FROM {view}", f"FROM {view} LIMIT 3"])
        form = chance.choice(["json", "csv", "arrow"])
        return "POST", f"{base}/sql?format={form}", {"authorization": f"Bearer {door.key}"}, said.encode()

    def always(path: str, **fields: str) -> Callable[[random.Random], Asked]:
        return lambda _chance: get(path, **fields)

    ok = frozenset({200})
    found = [
        Kind("tile", 30, tile, frozenset({200, 204}), whole=True),
        Kind("archive range", 15, part(f"/tiles/{id_}.pmtiles", 500), frozenset({206}), whole=True),
        Kind("data range", 12, part(f"/data/{id_}/{id_}.parquet", 2000), frozenset({206}), whole=True),
        Kind("data", 4, always(f"/data/{id_}/{id_}.parquet?{tk}"), ok, whole=True),
        Kind("catalog", 8, always("/catalog.json"), ok, whole=True),
        Kind("collection", 6, always(f"/collections/{id_}/collection.json"), ok, whole=True),
        Kind("search", 6, search, ok),
        Kind("stac", 4, always(f"/stac/collections/{product}?{tk}"), ok),
        Kind("stac search", 2, always(f"/stac/search?limit=5&{tk}"), ok),
        Kind("features", 3, always(f"/ogc/collections/{product}/items?limit=5&{tk}"), ok),
        Kind("sql", 3, sql, ok),
        Kind("usage", 3, always(f"/usage?{tk}"), ok),
        Kind("wrong key", 1, always(f"/tiles/{id_}/0/0/0.mvt?tk={'0' * 32}"), frozenset({401, 403, 429})),
        Kind("nothing there", 2, always("/data/nothing/nothing.parquet"), frozenset({404})),
        Kind("private", 1, always("/private/keys.snapshot"), frozenset({404})),
        Kind("ready", 1, lambda _chance: ("GET", "/readyz", {}, b""), ok),
    ]
    if door.token:
        mine = {"authorization": f"Bearer {door.token}"}
        found.append(Kind("keys", 2, lambda _chance: ("GET", "/accounts/me/keys", mine, b""), ok))
    return tuple(found)


@dataclass
class Load:
    """Requests by chance, always the same ones for a seed; each is sent when it is due, whatever became of others."""

    url: str
    mix: Sequence[Kind]
    rate: float
    """Requests a second."""
    seed: int = 1
    seen: list[Seen] = field(default_factory=list)
    _end: Event = field(default_factory=Event)

    def run(self) -> None:
        """Ask until `stop`."""
        asyncio.run(self._run())

    def stop(self) -> None:
        """Send nothing more."""
        self._end.set()

    async def _run(self) -> None:
        chance = random.Random(self.seed)
        weights = [each.weight for each in self.mix]
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        async with httpx.AsyncClient(base_url=self.url, limits=limits, timeout=TIMEOUT_S, trust_env=False) as client:
            begun, number, under_way = time.monotonic(), 0, set[asyncio.Task[None]]()
            while not self._end.is_set():
                due = begun + number / self.rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                [kind] = chance.choices(self.mix, weights)
                task = asyncio.create_task(self._ask(client, kind, kind.make(chance), (begun, due)))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                number += 1
            await asyncio.gather(*under_way)

    async def _ask(self, client: httpx.AsyncClient, kind: Kind, asked: Asked, when: tuple[float, float]) -> None:
        method, path, fields, body = asked
        begun, due = when
        try:
            answer = await client.request(method, path, headers=fields, content=body)
        except httpx.HTTPError as error:
            said = f"{type(error).__name__}: {error}"
            self.seen.append(Seen(due - begun, kind.name, 0, 1000 * (time.monotonic() - due), right=False, said=said))
            return
        right, thing, digest = answer.status_code in kind.right, "", ""
        if right and kind.whole:
            etag = answer.headers.get("etag", "")
            thing = "|".join([path.partition("?")[0], fields.get("range", ""), str(answer.status_code), etag])
            digest = hashlib.sha256(answer.content).hexdigest()
        said = "" if right else answer.text[:300]
        ms = 1000 * (time.monotonic() - due)
        self.seen.append(Seen(due - begun, kind.name, answer.status_code, ms, right, thing, digest, said))


@contextmanager
def under_load(url: str, mix: Sequence[Kind], rate: float = 20, seed: int = 1) -> Iterator[Load]:
    """Ask all through a block; what was seen is whole after it."""
    load = Load(url, mix, rate, seed)
    thread = Thread(target=load.run)
    thread.start()
    try:
        yield load
    finally:
        load.stop()
        thread.join()


def mixed(seen: Sequence[Seen]) -> Mapping[str, set[str]]:
    """Return what came with other bytes under one ETag: nothing may."""
    found: dict[str, set[str]] = defaultdict(set)
    for each in seen:
        if each.thing:
            found[each.thing].add(each.digest)
    return {thing: digests for thing, digests in found.items() if len(digests) > 1}
