"""The gateway server `GATEWAY_SERVER=loopback`: plain HTTP, on loopback addresses only.

LocalStack's own server gives twisted no interface and so listens on every one, whatever `GATEWAY_LISTEN` says.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import sys
import threading
import time

from localstack.config import HostAndPort
from localstack.runtime.server.core import RuntimeServerPlugin
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.gateway import Gateway
from rolo.serving.twisted import TwistedGateway
from twisted.internet import reactor

_GRACE_S = 10
"""How long an orderly end may take when nobody is left to look after it."""


class LoopbackServer(TwistedRuntimeServer):
    """LocalStack's twisted server, bound to the addresses it was told."""

    def register(self, gateway: Gateway, listen: list[HostAndPort], ssl_creds: tuple[str, str] | None = None) -> None:
        """Serve `gateway` at each address of `listen`; TLS is left out, since nothing leaves the machine.

        Raises:
            ValueError: An address is not one of the loopback network.
            twisted.internet.error.CannotListenError: A port is taken.
        """
        del ssl_creds
        site = TwistedGateway(gateway)
        for address in listen:
            if not ipaddress.ip_address(address.host).is_loopback:
                raise ValueError(f"GATEWAY_LISTEN: {address.host} is not a loopback address; use 127.0.0.1")
            reactor.listenTCP(address.port, site, interface=address.host)


class LoopbackServerPlugin(RuntimeServerPlugin):
    """Makes the server known to LocalStack under the name `loopback`."""

    name = "loopback"

    def load(self, *_args: object, **_kwargs: object) -> LoopbackServer:
        """Return the server, and end this process when whoever started it is gone."""
        threading.Thread(target=_end_with_starter, name="starter", daemon=True).start()
        return LoopbackServer()


def _end_with_starter() -> None:
    """Wait for the end of standard input, a pipe that the starting process holds open, however it ends."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_S)
    os._exit(1)
