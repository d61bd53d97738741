"""A document of another node may take so much time, however it comes: a byte now and then is no way around it."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from tls_kit import Authority

from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.fetch import Limits, fetch

LIMITS = Limits(1000, silence_s=5, whole_s=0.6)
ANSWER = b'HTTP/1.1 200 OK\r\ncontent-length: 4\r\netag: "1"\r\n\r\ndata'


def drip(connection: socket.socket, body: bytes) -> None:
    """Send a byte now and then: each comes long before silence would end the wait."""
    for place in range(len(body)):
        connection.sendall(body[place : place + 1])
        time.sleep(0.1)


def header(connection: socket.socket) -> None:
    drip(connection, b"HTTP/1.1 200 OK\r\n" + b"x-more: of it\r\n" * 1000)


def status(connection: socket.socket) -> None:
    drip(connection, b"HTTP/1.1 200 " + b"O" * 1000)


def body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    drip(connection, b"x" * 900)


def whole(connection: socket.socket) -> None:
    connection.sendall(ANSWER)


@contextmanager
def serving(act: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Answer each connection by `act`, over TLS where there is a context."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) if context else connection as opened:
                    opened.recv(65536)
                    act(opened)
            except OSError:  # whoever asked has gone
                continue

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{listener.getsockname()[1]}/x"
    finally:
        listener.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def context_of(authority: Authority) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(authority.certificate("127.0.0.1"))
    return found


@pytest.mark.parametrize("act", [header, status, body])
@pytest.mark.parametrize("secure", [False, True])
def test_a_server_that_drips_is_left_when_the_time_is_over(
    act: Callable[[socket.socket], None], secure: bool, authority: Authority
) -> None:
    with serving(act, context_of(authority) if secure else None) as url:
        begin = time.monotonic()
        with pytest.raises(StoreError, match="not there after 1 s"):
            fetch(url, {}, LIMITS, authority.file)
        assert time.monotonic() - begin < 4, "less than it may be silent"


def test_a_handshake_that_drips_is_left_too(authority: Authority) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _address = listener.accept()
        with connection:
            try:
                drip(connection, b"\x16\x03\x03\x10\x00" + bytes(100))
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    begin = time.monotonic()
    with listener, pytest.raises(StoreError, match="not there after 1 s"):
        fetch(f"https://127.0.0.1:{listener.getsockname()[1]}/x", {}, LIMITS, authority.file)
    assert time.monotonic() - begin < 4


@pytest.mark.parametrize("secure", [False, True])
def test_a_document_in_time_comes_whole_into_memory_or_a_file(
    secure: bool, authority: Authority, tmp_path: Path
) -> None:
    with serving(whole, context_of(authority) if secure else None) as url:
        limits = Limits(4, whole_s=20)
        found = fetch(url, {}, limits, authority.file)
        assert found is not None
        assert (found.body, found.etag) == (b"data", '"1"')
        sink = BytesIO()
        into = fetch(url, {}, limits, authority.file, target=sink)
        assert into is not None
        assert (into.body, sink.getvalue()) == (b"", b"data")
        with pytest.raises(LakeError, match="more than the 3 bytes"):
            fetch(url, {}, Limits(3, whole_s=20), authority.file)
