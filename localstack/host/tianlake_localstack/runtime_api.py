"""The runtime API of one environment of a function (AWS Lambda developer guide, "Using the Lambda runtime API").

A function's process asks for the next event and sends back what it makes of it; one event at a time.
"""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

_BASE: Final = "/2018-06-01/runtime/"


@dataclass(frozen=True, slots=True)
class Event:
    """An event on its way to a function, and what becomes of it."""

    request: str
    """Its id."""
    arn: str
    """Of the function, as it was called."""
    payload: bytes
    timeout_s: float
    answer: Future[Answer] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function made of an event."""

    payload: bytes
    failed: bool


class RuntimeApi:
    """A server on a free port of 127.0.0.1, for one process of a function."""

    def __init__(self) -> None:
        self._events: queue.Queue[Event | None] = queue.Queue()
        self._under_way: Event | None = None
        self.ready: Future[None] = Future()
        """Done when the process asks for its first event; failed when it cannot start."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="runtime-api", daemon=True).start()

    @property
    def address(self) -> str:
        """What `AWS_LAMBDA_RUNTIME_API` holds."""
        return f"127.0.0.1:{self._server.server_port}"

    def send(self, event: Event) -> None:
        """Hand an event to the process, which takes it when it has answered the one before."""
        self._events.put(event)

    def next(self) -> Event | None:
        """Wait for the next event; None when there will be no other."""
        if not self.ready.done():
            self.ready.set_result(None)
        self._under_way = self._events.get()
        return self._under_way

    def answered(self, payload: bytes, *, failed: bool) -> None:
        """Take what the process says of the event that it has."""
        event, self._under_way = self._under_way, None
        if event is not None and not event.answer.done():
            event.answer.set_result(Answer(payload, failed))

    def not_started(self, why: str) -> None:
        """Take down why the process cannot start."""
        if not self.ready.done():
            self.ready.set_exception(RuntimeError(why))

    def close(self) -> None:
        """Let the process end, and listen no more."""
        self._events.put(None)
        self._server.shutdown()
        self._server.server_close()


def _handler(served: RuntimeApi) -> type[_Handler]:
    class Handler(_Handler):
        api = served

    return Handler


class _Handler(BaseHTTPRequestHandler):
    api: RuntimeApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Give the next event."""
        event = self.api.next()
        if event is None:
            self._say(410)
            return
        fields = {
            "content-type": "application/json",
            "lambda-runtime-aws-request-id": event.request,
            "lambda-runtime-invoked-function-arn": event.arn,
            "lambda-runtime-deadline-ms": str(int((time.time() + event.timeout_s) * 1000)),
        }
        self._say(200, event.payload, fields)

    def do_POST(self) -> None:
        """Take what the process says."""
        body, path = self._body(), self.path.removeprefix(_BASE)
        if path == "init/error":
            self.api.not_started(body.decode(errors="replace"))
        elif path.endswith(("/response", "/error")):
            self.api.answered(body, failed=path.endswith("/error"))
        self._say(202)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", "").lower():
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _say(self, status: int, body: bytes = b"", fields: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(fields or {}), "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""
