"""A small lake in memory, and a client that speaks ASGI to a gateway over it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from starlette.types import ASGIApp, Message

from tianlake.functions.accounts.snapshot_keys import SnapshotKeys
from tianlake.functions.admission.records import KeyRecord, digest
from tianlake.functions.calls import Call, Reply
from tianlake.functions.gateway.app import Gateway
from tianlake.functions.gateway.front import NOBODY, Accounts, front_of
from tianlake.functions.gateway.node import Node
from tianlake.functions.gateway.web_calls import WebCalls
from tianlake.functions.web.desk import Came, WebDesk
from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, NotFoundError, StoreError
from tianlake.lake.quotas import DEFAULT_POLICY, Limit, Meter, QuotaPolicy
from tianlake.lake.recipes import ProductCard
from tianlake.lake.records import dump_record
from tianlake.lake.releases import (
    PMTILES,
    Asset,
    Candidate,
    Column,
    FileEntry,
    Manifest,
    MediaType,
    TableFacts,
    TileFacts,
    TileLayer,
)
from tianlake.lake.store.media import media_type_of
from tianlake.lake.store.protocol import ObjectInfo, Span
from tianlake.lake.words import Bounds, Text

NODE = "156130000"
CITY = "156131000"
RELEASE_1 = "20261101T000000Z-11111111"
RELEASE_2 = "20261102T000000Z-22222222"
MODIFIED = 1_790_000_000.5
"""2026-09-21T13:33:20.5Z"""

CARD = ProductCard(
    id="places",
    kind="vector",
    product_class="place",
    title=Text("地名", "Places"),
    description=Text("示例地名", "Example places"),
    license="CC0-1.0",
    attribution="© 示例 Example",
)

TILES = TileFacts(
    tile_type="mvt",
    matrix_set="WebMercatorQuad",
    min_zoom=0,
    max_zoom=4,
    bounds=Bounds(113, 36, 120, 43),
    tiles=9,
    layers=(TileLayer("places", "point", ("name", "kind", "rank"), 0, 4),),
)


class MemoryReader:
    """A `Reader` of objects in memory that counts what it is asked and fails on demand."""

    def __init__(self, objects: Mapping[str, bytes]) -> None:
        self.objects = dict(objects)
        self.heads: list[str] = []
        self.streams: list[tuple[str, Span | None]] = []
        self.faults: list[Exception] = []
        """Raised by the next streams, first things first."""
        self.broken: Exception | None = None
        """Raised by every head."""
        self.cut: int | None = None
        """Bytes after which every stream fails."""
        self.short = 0
        """Bytes that every stream leaves out at its end, without a word."""
        self.chunk = 100_000

    async def head(self, key: str) -> ObjectInfo:
        self.heads.append(key)
        if self.broken is not None:
            raise self.broken
        if key not in self.objects:
            raise NotFoundError(f"no {key}")
        body = self.objects[key]
        return ObjectInfo(key, len(body), hashlib.sha256(body).hexdigest()[:16], media_type_of(key), MODIFIED)

    async def stream(self, info: ObjectInfo, span: Span | None = None) -> AsyncIterator[bytes]:
        self.streams.append((info.key, span))
        if self.faults:
            raise self.faults.pop(0)
        body = self.objects.get(info.key)
        if body is None:
            raise NotFoundError(f"no {info.key}")
        if hashlib.sha256(body).hexdigest()[:16] != info.etag:
            raise ConflictError(f"{info.key} was replaced")
        part = body if span is None else body[span.start : span.start + span.length]
        assert span is None or len(part) == span.length, "a span outside the object was asked for"
        return self._chunks(part[: len(part) - self.short])

    async def _chunks(self, body: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(body), self.chunk):
            if self.cut is not None and start >= self.cut:
                raise StoreError("the store went away")
            yield body[start : start + self.chunk]


@dataclass
class Answer:
    """What a gateway sent."""

    status: int
    headers: dict[str, str]
    messages: list[bytes] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        return b"".join(self.messages)

    @property
    def document(self) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(self.body))


def ask(app: ASGIApp, path: str, method: str = "GET", *, client: str = "127.0.0.1", **headers: str) -> Answer:
    """Send one request; `_` in the names of header fields stands for `-`."""
    return asyncio.run(ask_async(app, path, method, client=client, **headers))


async def ask_async(
    app: ASGIApp, path: str, method: str = "GET", *, client: str = "127.0.0.1", **headers: str
) -> Answer:
    fields = {"host": "lake.test:8765"} | {name.replace("_", "-"): value for name, value in headers.items()}
    raw, _, query = path.encode().partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": raw.decode(),
        "raw_path": raw,
        "query_string": query,
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in fields.items() if value],
        "client": (client, 1),
        "server": ("127.0.0.1", 8765),
    }
    sent: list[Message] = []
    gone = asyncio.Event()
    whole: Message = {"type": "http.request", "body": b"", "more_body": False}
    incoming = [] if "content-length" in fields else [whole]  # of a body that is announced, nothing ever comes

    async def receive() -> Message:
        if incoming:
            return incoming.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *bodies = sent
    names = [name for name, _ in start["headers"]]
    assert len(names) == len(set(names)), f"a header field twice: {names}"
    fields = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], fields, [each["body"] for each in bodies if each.get("body")])


def release(
    release_id: str,
    files: Mapping[str, bytes],
    *,
    card: ProductCard = CARD,
    tiles: Mapping[str, TileFacts] | None = None,
) -> dict[str, bytes]:
    """Return the objects of one release: its files and its manifest; `tiles` are the facts of its archives."""
    entries, assets = [], []
    for name, body in sorted(files.items()):
        digest, media_type = hashlib.sha256(body).hexdigest(), cast("MediaType", media_type_of(name))
        entries.append(FileEntry(name, digest, len(body), media_type))
        facts: TableFacts | TileFacts | None = None
        if media_type == PMTILES:
            facts = (tiles or {}).get(name, TILES)
        if name.endswith(".parquet"):
            columns = (Column("name", "VARCHAR"), Column("rank", "INTEGER"), Column("open", "BOOLEAN"))
            facts = TableFacts(1, columns, "geometry", ("Point",), TILES.bounds, "EPSG:4490", 1)
        if "/" not in name:
            assets.append(Asset(name, "data", media_type, digest, len(body), card.title, facts))
    candidate = Candidate(
        NODE, card, "2026-11-01T00:00:00Z", "0" * 64, TILES.bounds, tuple(assets), (), {"tippecanoe": "2.72.0"}
    )
    prefix = keys.release_prefix(card.id, release_id)
    manifest = dump_record(Manifest(release_id, candidate, tuple(entries)))
    return {prefix + name: body for name, body in files.items()} | {f"{prefix}manifest.json": manifest}


def unmetered(headers: Mapping[str, str]) -> dict[str, str]:
    """Return header fields without what is left of a quota, which no two answers have in common."""
    return {name: value for name, value in headers.items() if not name.startswith("ratelimit-")}


def quotas(policy: QuotaPolicy) -> dict[str, bytes]:
    """Return the document that makes a policy hold."""
    return {keys.QUOTAS: json.dumps(policy.document()).encode()}


def generous(tier: str = "anonymous") -> QuotaPolicy:
    """Return a policy that lets one tier have as much as a test wants."""
    limit = Limit(per_day=10**9, per_second=1e6, burst=10**6, slice=1000)
    much = Limit(per_day=10**15, per_second=1e12, burst=10**12, slice=10**9)
    limits: dict[Meter, Limit] = {"tile": limit, "search": limit, "data": limit, "bytes": much}
    tiers = {**DEFAULT_POLICY.tiers, tier: replace(DEFAULT_POLICY.tiers[tier], limits=limits)}
    return replace(DEFAULT_POLICY, tiers=tiers)


def pointer(release_id: str, product: str = "places") -> dict[str, bytes]:
    """Return the pointer that stands at a release."""
    return {keys.pointer(product): json.dumps({"type": "Collection", "version": release_id}).encode()}


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


KEY = "0123456789abcdef" * 2


class OneKey:
    """Keys of which there is one, `KEY`, of a professional user who is bound to nothing."""

    def find(self, wanted: str) -> KeyRecord | None:
        known = wanted == digest(KEY)
        return KeyRecord(wanted, "k1", "a1", "professional", "any", terms="2026-11-27") if known else None


ONE_KEY = Accounts(snapshot=cast("SnapshotKeys", OneKey()))


class Answering:
    """Stands for the web API: answers every call with its path."""

    def answer(self, call: Call, came: Came) -> Reply:
        del came
        return Reply(200, (("content-type", "application/json"), ("cache-control", "private")), call.path.encode())


ANSWERING = cast("WebDesk", Answering())


def gateway(reader: MemoryReader, clock: Clock | None = None) -> Gateway:
    """Return a gateway with the node `NODE` at `/`, on a clock of the test's if given."""
    return gateway_of({NODE: Node(NODE, reader, clock or time.monotonic)}, ONE_KEY)


def gateway_of(
    nodes: dict[str, Node],
    accounts: Accounts = NOBODY,
    clock: Callable[[], float] = time.time,
    web: WebDesk | None = None,
    *,
    behind_proxy: bool = False,
) -> Gateway:
    """Return a gateway of nodes, with `NODE` at `/`; `clock` is that of admission."""
    front = front_of(nodes[NODE], accounts, trust_forwarded=behind_proxy, clock=clock)
    return Gateway(nodes, NODE, front, WebCalls(web, trust_forwarded=behind_proxy), trust_forwarded=behind_proxy)
