"""A folder over HTTP on loopback, given in every wrong way."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Fault = Callable[[BaseHTTPRequestHandler, bytes], None]
"""Answers a request in its own way; is given the file that was asked for."""


@dataclass
class Server:
    """A folder over HTTP, with what was asked of it."""

    url: str
    asked: list[tuple[str, int]] = field(default_factory=list)
    """Path and status."""
    faults: dict[str, Fault] = field(default_factory=dict)
    """Beginning of a path → how it is answered."""


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """Serve a folder on loopback, with entity tags and conditional requests."""
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            file = root / path
            body = file.read_bytes() if file.is_file() else None
            fault = next((each for begin, each in found.faults.items() if path.startswith(begin)), None)
            if fault is not None:
                found.asked.append((path, 0))
                fault(self, body or b"")
                return
            tag = f'"{hashlib.sha256(body).hexdigest()}"' if body is not None else ""
            status = 404 if body is None else 304 if self.headers.get("if-none-match") == tag else 200
            found.asked.append((path, status))
            answer(self, status, body or b"", etag=tag)

        def log_message(self, *_arguments: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.closing = closing  # type: ignore[attr-defined]
    found = Server(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    """Send a plain answer."""
    handler.send_response(status)
    for name, value in {"content-length": str(0 if status == 304 else len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    if status != 304:
        handler.wfile.write(body)


def silent(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    """Never answer."""
    handler.server.closing.wait(30)  # type: ignore[attr-defined]


def dripping(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Answer, a byte now and then, for ever: such a server is never silent for long."""
    handler.send_response(200)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    for place in range(len(body)):
        handler.wfile.write(body[place : place + 1])
        if handler.server.closing.wait(0.05):  # type: ignore[attr-defined]
            return


def dripping_headers(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    """Answer with a header that never ends, a byte now and then."""
    handler.send_response(200)
    handler.flush_headers()
    handler.wfile.write(b"x-more: ")
    while not handler.server.closing.wait(0.05):  # type: ignore[attr-defined]
        handler.wfile.write(b"x")


def failing(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    """Answer with 500."""
    answer(handler, 500, b"{}")


def truncated(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Announce more than is sent."""
    handler.send_response(200)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])


def shorter(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Send half of it as though it were all."""
    answer(handler, 200, body[: len(body) // 2])


def swollen(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    """Send 50 MB."""
    answer(handler, 200, b" " * 50_000_000)


def gone(handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    """Have nothing there."""
    answer(handler, 404)


def elsewhere(to: str) -> Fault:
    """Send whoever asks to another place."""
    return lambda handler, _body: answer(handler, 302, location=to)
