"""Serves the buckets of a simulated nation on loopback: `nation_server.py FOLDER…` prints its port.

`/<code>/<key>` is the object of that node, in the first of the folders that has one, with an entity tag and conditional
requests. `/counts` tells, as JSON, how many requests came by status and how many bytes of bodies went, since it was
asked last.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

_COUNTS = Counter[str]()
_LOCK = Lock()


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    folders: tuple[Path, ...] = ()

    def do_GET(self) -> None:
        """Answer with an object."""
        if self.path == "/counts":
            with _LOCK:
                body = json.dumps(_COUNTS).encode()
                _COUNTS.clear()
            self._send(HTTPStatus.OK, body)
            return
        found = [each / self.path.lstrip("/") for each in self.folders]
        file = next((each for each in found if each.is_file()), None)
        body = file.read_bytes() if file else b""
        tag = f'"{hashlib.sha256(body).hexdigest()}"'
        known = self.headers.get("if-none-match") == tag
        status = HTTPStatus.NOT_FOUND if file is None else HTTPStatus.NOT_MODIFIED if known else HTTPStatus.OK
        sent = body if status == HTTPStatus.OK else b""
        with _LOCK:
            _COUNTS[str(status.value)] += 1
            _COUNTS["bytes"] += len(sent)
        self._send(status, sent, tag)

    def _send(self, status: HTTPStatus, body: bytes, tag: str = "") -> None:
        self.send_response(status)
        if tag:
            self.send_header("etag", tag)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


def main() -> None:
    """Serve until the process is ended; without a folder, tell how it is used."""
    if not sys.argv[1:]:
        print(__doc__)
        return
    Handler.folders = tuple(map(Path, sys.argv[1:]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
