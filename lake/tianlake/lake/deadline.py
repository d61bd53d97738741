"""One end for all that a request waits for: handshake, headers and body, however little at a time they come."""

from __future__ import annotations

import socket
import ssl
import threading
import urllib.request
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from types import TracebackType
from typing import Any, Self


class Deadline:
    """Cuts the connections that were opened under it, when the time is over.

    A time limit of a socket is for its next bytes: a server that sends one now and then never meets it.
    """

    def __init__(self, seconds: float) -> None:
        """Begin to count when the block begins."""
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self.is_over = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            for each in self._watched:
                each.close()
            self._watched.clear()

    def watch(self, connection: socket.socket) -> None:
        """Cut this connection too; its TLS session may take the socket over."""
        with self._lock:
            self._watched.append(connection.dup())
        if self.is_over:
            self._cut()

    def handlers(self, context: ssl.SSLContext | None) -> tuple[urllib.request.BaseHandler, ...]:
        """Return what opens http and https addresses for urllib."""
        return _Http(self), _Https(self, context)

    def _cut(self) -> None:
        self.is_over = True
        with self._lock:
            for each in self._watched:
                with suppress(OSError):  # it ended by itself
                    each.shutdown(socket.SHUT_RDWR)


class _Plain(HTTPConnection):
    deadline: Deadline

    def connect(self) -> None:
        """Connect, and be watched from then on."""
        super().connect()
        self.deadline.watch(self.sock)


class _Secure(HTTPSConnection, _Plain):
    """The same; the handshake comes after `_Plain.connect`, and is watched too."""


class _Http(urllib.request.HTTPHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        """Open an http address."""
        return self.do_open(self._connection, req)

    def _connection(self, host: str, **given: Any) -> HTTPConnection:  # noqa: ANN401 - urllib's own
        made = _Plain(host, **given)
        made.deadline = self._deadline
        return made


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, deadline: Deadline, context: ssl.SSLContext | None) -> None:
        super().__init__()
        self._deadline = deadline
        self._given = context

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        """Open an https address."""
        return self.do_open(self._connection, req, context=self._given or ssl.create_default_context())

    def _connection(self, host: str, **given: Any) -> HTTPConnection:  # noqa: ANN401 - urllib's own
        made = _Secure(host, **given)
        made.deadline = self._deadline
        return made
