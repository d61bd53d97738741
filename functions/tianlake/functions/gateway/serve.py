"""Runs the gateway as a server: granian, one or more worker processes on one port."""

from __future__ import annotations

import errno
import logging
import os
import socket
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server
from starlette.types import ASGIApp

from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.snapshot_keys import SnapshotKeys
from tianlake.functions.accounts.stores import open_accounts
from tianlake.functions.gateway.access_log import Logged
from tianlake.functions.gateway.app import create_app
from tianlake.functions.gateway.front import Accounts
from tianlake.functions.gateway.heads import BUFFER_BYTES
from tianlake.functions.gateway.hosts import Addresses, Hosts
from tianlake.functions.gateway.lease_counts import LeaseCounts
from tianlake.functions.gateway.meters import Meter
from tianlake.functions.gateway.observing import Observer, Observers
from tianlake.functions.gateway.orphans import end_with_parent
from tianlake.functions.web.start import open_web
from tianlake.lake.errors import LakeError
from tianlake.lake.pinned import adopt_divisions
from tianlake.lake.settings import AccountsSettings
from tianlake.lake.store import S3Settings, open_reader, open_store
from tianlake.lake.store.protocol import Reader
from tianlake.lake.trail.pending import Waiting

if TYPE_CHECKING:
    from tianlake.functions.gateway.tracing import Tracing

_log = logging.getLogger(__name__)

_STOP_S: Final = 10
"""How long requests under way may take after a stop signal, seconds."""

_LOGGING: Final = {
    "handlers": {},
    "loggers": {"_granian": {"propagate": True}, "granian.access": {"propagate": True}},
}
"""Granian prints on standard output of its own accord; here its messages go where all others go."""


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """What to serve and where. Plain values only: each worker process makes the application from them anew."""

    lake: str
    """`[lake] url` of the workspace."""
    base: Path
    """The workspace, which a relative `file:` URL starts from."""
    codes: tuple[str, ...]
    """Nodes that are served, each at `/<code>/`."""
    root: str
    """The node that is served at `/` too."""
    s3: S3Settings | None = None
    host: str = "127.0.0.1"
    """Name or address to listen on, and on no other."""
    port: int = 8765
    workers: int = 1
    """Processes."""
    trust_forwarded: bool = False
    """Whether a proxy in front sets `X-Forwarded-Proto`, `X-Forwarded-Host` and `X-Forwarded-For`, and nobody else
    can."""
    accounts: AccountsSettings = field(default_factory=AccountsSettings)
    reached: Addresses = field(default_factory=Addresses)
    """Hosts of nodes of their own, and nodes that moved away."""
    logs: Path | None = None
    """Folder of this machine where rows of the access log wait before they go into the lake; None for no log."""
    meters: Path | None = None
    """Folder in which workers write what they count for `/metrics`; None: they count nothing."""
    traces: str | None = None
    """URL of the OTLP receiver (HTTP, protobuf) that has a span of each request; None: nothing is traced."""

    def __post_init__(self) -> None:
        """Refuse what cannot be listened on."""
        if not 1 <= self.port <= 65535:  # noqa: PLR2004 - RFC 9293: 16 bits
            raise LakeError(f"serve: port {self.port} must lie in 1..65535")
        if self.workers < 1:
            raise LakeError(f"serve: workers must be at least 1, not {self.workers}")


def load_app(settings: ServeSettings) -> ASGIApp:
    """Return the application for `settings`, with clients of its own; raises `LakeError` as `open_reader` does."""
    end_with_parent(_STOP_S)
    adopt_divisions(settings.base, settings.codes)
    wanted = settings.accounts
    journal = Waiting(open_store(settings.lake, settings.root, settings.s3, settings.base), settings.root)
    leases = LeaseCounts() if settings.meters is not None else None
    accounts = Accounts(_store(settings), _snapshot(settings), wanted.issuer, wanted.strict, journal, leases)
    web = open_web(settings.lake, settings.codes, settings.s3, settings.base)
    trusting = settings.trust_forwarded
    stores = {code: open_store(settings.lake, code, settings.s3, settings.base) for code in settings.codes}
    tracing, readers = _tracing(settings), _readers(settings)
    if tracing is not None:
        readers = {code: tracing.reader(reader) for code, reader in readers.items()}
    gateway = create_app(readers, settings.root, accounts, web, stores=stores, trust_forwarded=trusting)
    if tracing is not None:
        gateway = gateway.behind(tracing.door)
    hosts: ASGIApp = Hosts(gateway, settings.reached, trust_forwarded=trusting)
    found: list[Observer] = []
    if tracing is not None:
        hosts = tracing.application(hosts)
        found.append(tracing)
    if settings.logs is not None:
        from tianlake.functions.gateway.log_writer import LogWriter  # noqa: PLC0415 - Arrow, for what keeps a log alone

        found.append(LogWriter(stores, settings.logs))
    if settings.meters is not None:
        found.append(Meter(settings.meters, leases=leases))
    if not found:
        return hosts
    observers = Observers(*found)
    return Logged(hosts, observers.note, observers.close, root=settings.root, trust_forwarded=trusting)


def _store(settings: ServeSettings) -> AccountStore:
    return open_accounts(settings.accounts.url, settings.base, settings.s3)


def _snapshot(settings: ServeSettings) -> SnapshotKeys | None:
    """Return the keys of the node that issues them, where that is another one."""
    if settings.accounts.issuer_key is None:
        return None
    lake = open_store(settings.lake, settings.root, settings.s3, settings.base)
    return SnapshotKeys(lake, settings.accounts.issuer_key)


def _tracing(settings: ServeSettings) -> Tracing | None:
    if settings.traces is None:
        return None
    try:
        from tianlake.functions.gateway.tracing import exporting  # noqa: PLC0415 - an extra, for who traces alone
    except ImportError as error:
        raise LakeError(
            f"serve: traces need the extra otel ({error.name} is missing): pip install 'tianlake[otel]'",
            zh=f"启动服务：链路追踪需要 otel 组件（缺少 {error.name}）：pip install 'tianlake[otel]'",
        ) from None
    return exporting(settings.traces)


def _check(settings: ServeSettings) -> None:
    """Find what is wrong with settings, here and once, and not in each worker; opens nothing that workers share."""
    create_app(_readers(settings), settings.root)
    if (tracing := _tracing(settings)) is not None:
        tracing.close()
    _store(settings)
    _snapshot(settings)


def _readers(settings: ServeSettings) -> dict[str, Reader]:
    return {code: open_reader(settings.lake, code, settings.s3, settings.base) for code in settings.codes}


def serve(settings: ServeSettings) -> None:
    """Serve until SIGINT or SIGTERM, then let requests under way end. Must run in the main thread.

    Raises:
        LakeError: A wrong lake URL, an unknown root, an address that cannot be listened on (the port is taken),
            or workers that keep failing.
    """
    _check(settings)
    address = _free_address(settings.host, settings.port)
    server = Server(
        "tianlake.functions.gateway",
        address=address,
        port=settings.port,
        interface=Interfaces.ASGI,  # with its lifespan: workers give back leases when they stop
        workers=settings.workers,
        workers_kill_timeout=_STOP_S,
        respawn_failed_workers=True,
        http=HTTPModes.http1,  # a proxy in front speaks it; HTTP/2 without TLS only helps who smuggles
        http1_settings=HTTP1Settings(max_buffer_size=BUFFER_BYTES),
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=_LOGGING,
    )
    _log.info("serving %s on %s port %d", ", ".join(settings.codes), address, settings.port)
    try:
        server.serve(target_loader=partial(load_app, settings), wrap_loader=False)
    except SystemExit:
        # Granian ends the process when a worker fails again and again; what failed is in the log.
        raise LakeError("serve: the workers of the gateway keep failing; the log says why") from None


def _free_address(host: str, port: int) -> str:
    """Return the address of `host` on which nobody listens at `port`, IPv4 before IPv6.

    Granian's workers share a port by SO_REUSEPORT: a second server would start without a word and take half of
    the first one's requests. A plain bind finds that out.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise LakeError(f"serve: host {host!r} is no address of this machine: {error.strerror}") from None
    family, kind, protocol, _name, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    try:
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":
                # Connections of an earlier server that are still closing down do not count; a listener does.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            rule = "the port is taken; stop what listens there or choose another --port"
        else:
            rule = f"cannot be listened on: {error.strerror}"
        raise LakeError(f"serve: {host}:{port}: {rule}") from None
    return str(address[0])
