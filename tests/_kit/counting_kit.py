"""A server of ranges that writes down how many bytes it sent, and tables to serve."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from lake_kit import NODE, PlainDescriber, card

from tianlake.build.vector.geoparquet import Sheet, read_table_facts, write_sheet
from tianlake.lake.duck import connect
from tianlake.lake.publishing import Release, seal
from tianlake.lake.releases import PARQUET, Asset, Candidate, Role
from tianlake.lake.words import Bounds, Text


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Counting

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        file = self.server.root / self.path.lstrip("/")
        body = file.read_bytes() if file.is_file() else None
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range") or "")
        self.send_response(404 if body is None else 206 if span and with_body else 200)
        part = body or b""
        if span and with_body:
            start, end = int(span[1]), min(int(span[2] or len(part)), len(part) - 1)
            self.send_header("content-range", f"bytes {start}-{end}/{len(part)}")
            part = part[start : end + 1]
        self.send_header("accept-ranges", "bytes")
        self.send_header("content-length", str(len(part)))
        self.end_headers()
        if with_body:
            self.wfile.write(part)
            self.server.sent.append((self.path, len(part)))


class Counting(ThreadingHTTPServer):
    """Serves a folder."""

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.sent: list[tuple[str, int]] = []
        """Path and bytes of every body."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def taken(self) -> int:
        """Return the bytes sent since this was asked last."""
        total = sum(size for _, size in self.sent)
        self.sent.clear()
        return total


@contextmanager
def counting(root: Path) -> Iterator[Counting]:
    """Serve a folder until the block ends."""
    with Counting(root) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def table_release(
    folder: Path, select: str, product: str = "places", built: str = "2026-11-01T00:00:00Z", changed: str = ""
) -> Release:
    """Return the release of a product that holds the answer of a SELECT, written as builds write it.

    `changed` is a SELECT of what differs from the release before; with none there is no `changes.parquet`.
    """
    folder.mkdir(parents=True)
    assets = [_written(folder / f"{product}.parquet", select, "data")]
    if changed:
        assets.append(_written(folder / "changes.parquet", changed, "metadata"))
    made = Candidate(
        node=NODE.code,
        card=card(product),
        built=built,
        fingerprint=assets[0].sha256,
        bounds=Bounds(-180, -90, 180, 90),
        assets=tuple(assets),
        sources=(),
        tools={},
    )
    return seal(made, folder, NODE, PlainDescriber())


def _written(file: Path, select: str, role: Role) -> Asset:
    with connect() as connection:
        connection.execute(f"CREATE TABLE features AS {select}")
        names = [row[0] for row in connection.sql("DESCRIBE features").fetchall() if row[0] != "geometry"]
        write_sheet(connection, Sheet("features", tuple(names), (-180, -90, 180, 90)), file)
        facts = read_table_facts(connection, file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return Asset(file.name, role, PARQUET, digest, file.stat().st_size, Text("数据", "Data"), facts)
