"""Nodes under hosts of their own, and nodes that moved away: in front of the gateway of all.

A hosted node (依托上级) is served by its parent's server at `/<code>/`, or at `/` of a host that its `url` names. When
it moves to a server of its own, `/<code>/` leads there, so that no address of it ever ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tianlake.functions import cors, redirects
from tianlake.functions.gateway.app import Gateway


@dataclass(frozen=True, slots=True)
class Addresses:
    """What the nodes of a workspace are reached by, beside `/<code>/`."""

    hosts: Mapping[str, str] = field(default_factory=dict)
    """Host, with its port where it has one, in lower case → code of the node that is at its `/`."""
    moved: Mapping[str, str] = field(default_factory=dict)
    """Code of a node that is served elsewhere → its base URL, without a final `/`."""


def addresses(urls: Mapping[str, str | None], root: str, elsewhere: Mapping[str, str]) -> Addresses:
    """Return what nodes are reached by. Pure.

    Args:
        urls: Public base URLs of the nodes that are served, by code.
        root: Code of the node at `/` of every other host.
        elsewhere: Public base URLs of registered children that are not served here, by code.
    """
    parts = {code: urlsplit(url) for code, url in urls.items() if url is not None}
    own = _host_in(parts[root]) if root in parts else ""
    found: dict[str, str] = {}
    for code, each in sorted(parts.items()):
        host = _host_in(each)
        if code != root and not each.path and host != own:
            found.setdefault(host, code)
    return Addresses(found, elsewhere)


def _host_in(url: SplitResult) -> str:
    """Return the host that clients name, without the port that they leave out (RFC 9110 §4.2)."""
    return url.netloc.lower().removesuffix(":443" if url.scheme == "https" else ":80")


class Hosts:
    """The ASGI application of a workspace: its gateway, by host, and the way to nodes that moved."""

    def __init__(self, gateway: Gateway, reached: Addresses, *, trust_forwarded: bool) -> None:
        """Serve what `gateway` does; with `trust_forwarded`, a proxy of ours says which host was asked for."""
        self._gateway = gateway
        self._at = {host: gateway.at(code) for host, code in reached.hosts.items()}
        self._moved = reached.moved
        self._trust_forwarded = trust_forwarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand on what the server says of itself."""
        if scope["type"] != "http":
            await self._gateway(scope, receive, send)
            return
        query = bytes(scope["query_string"]).decode("latin-1")
        if (to := redirects.moved_to(scope["raw_path"], query, self._moved)) is not None:
            headers = {"location": to, "cache-control": redirects.KEPT, **cors.ALWAYS}
            await Response(status_code=redirects.STATUS, headers=headers)(scope, receive, send)
            return
        await self._at.get(self._host(scope), self._gateway)(scope, receive, send)

    def _host(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        named = headers.get("host", "")
        return (headers.get("x-forwarded-host", named) if self._trust_forwarded else named).strip().lower()
