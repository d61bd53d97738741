"""Networks that fail, on loopback: a way that loses an answer, servers that refuse or never answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def losing_one_answer(url: str, to: bytes) -> Iterator[str]:
    """Give the address of a way to `url` that loses the answer to the first request that holds `to`."""
    host, port = url.removeprefix("http://").split(":")
    lost = threading.Event()

    def carry(client: socket.socket) -> None:
        server = socket.create_connection((host, int(port)))
        doomed = threading.Event()  # this connection, once the request is seen on it

        def there(data: bytes) -> None:
            if to in data and not lost.is_set():
                lost.set()
                doomed.set()
            server.sendall(data)

        def back(data: bytes) -> None:
            if doomed.is_set():
                _close(client)
            client.sendall(data)

        threading.Thread(target=_pump, args=(client, there, server), daemon=True).start()
        threading.Thread(target=_pump, args=(server, back, client), daemon=True).start()

    with _listening(carry) as address:
        yield address
    assert lost.is_set(), f"no request held {to!r}"


@contextmanager
def server_that_says(answer: bytes | None, clients: list[socket.socket] | None = None) -> Iterator[str]:
    """Give the address of a server that always says `answer`, or never anything; `clients` collects who came."""
    clients = [] if clients is None else clients

    def reply(client: socket.socket) -> None:
        clients.append(client)
        if answer is not None:
            client.recv(1 << 16)
            client.sendall(answer)
            client.shutdown(socket.SHUT_WR)

    try:
        with _listening(reply) as address:
            yield address
    finally:
        for client in clients:
            _close(client)


@contextmanager
def nobody_listening() -> Iterator[str]:
    """Give an address where every connection is refused."""
    with socket.socket() as held:  # bound, so that nobody else takes the port, and not listening
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@contextmanager
def _listening(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=_quietly, args=(serve, client), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        _close(listener)


def _quietly(serve: Callable[[socket.socket], None], client: socket.socket) -> None:
    with suppress(OSError):
        serve(client)


def _pump(source: socket.socket, take: Callable[[bytes], None], other: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            take(data)
    _close(other)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
