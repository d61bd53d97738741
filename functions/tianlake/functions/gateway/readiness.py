"""`/readyz`: whether a server can do all that it is there for. Who asks learns which check failed, and no more."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Final

import anyio.to_thread
from starlette.responses import Response

from tianlake.functions.accounts.snapshot_keys import SnapshotKeys
from tianlake.functions.gateway.node import Node
from tianlake.functions.gateway.problems import NOT_READY, problem_response
from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.releases import JSON

_log = logging.getLogger(__name__)

KEPT_S: Final = 1.0
"""How long an answer is given again, seconds: many who ask cost no more than one."""

_PATIENCE_S: Final = 5.0
"""How long all checks together may take, seconds."""

Check = Callable[[], Awaitable[object]]
"""Raises `LakeError` where something is not as it should be."""


class Readiness:
    """Asks the store, reads the catalogs, and sees whether keys of another node are new enough."""

    def __init__(
        self, nodes: Collection[Node], snapshot: SnapshotKeys | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Look after `nodes`, and after `snapshot` where another node issues the keys; `clock` gives seconds."""
        self._checks: dict[str, Check] = {
            "store": lambda: _all(each.answers() for each in nodes),
            "catalog": lambda: _all(_catalog(each) for each in nodes),
        }
        if snapshot is not None:
            self._checks["keys"] = lambda: anyio.to_thread.run_sync(snapshot.fresh, abandon_on_cancel=True)
        self._clock = clock
        self._lock = asyncio.Lock()
        self._until = -1.0
        self._told: dict[str, str] = {}

    async def answer(self) -> Response:
        """Return 200, or 503 as a problem document; both have `checks`: name → `ok` or `failed`."""
        async with self._lock:  # whoever comes meanwhile has the same answer
            if self._clock() >= self._until:
                found = await asyncio.gather(*(self._made(*each) for each in self._checks.items()))
                self._told = dict(zip(self._checks, found, strict=True))
                self._until = self._clock() + KEPT_S
        if "failed" in self._told.values():
            return problem_response(NOT_READY, more={"checks": self._told})
        body = json.dumps({"status": "ok", "checks": self._told}, separators=(",", ":")).encode() + b"\n"
        return Response(body, media_type=JSON, headers={"cache-control": "no-store"})

    async def _made(self, name: str, check: Check) -> str:
        """Make one check; what failed is said in the log alone."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await check()
        except (LakeError, TimeoutError) as error:
            _log.warning("not ready: %s: %s", name, error or f"took more than {_PATIENCE_S} s")
            return "failed"
        return "ok"


async def _all(each: Iterable[Awaitable[object]]) -> None:
    await asyncio.gather(*each)


async def _catalog(node: Node) -> None:
    """Read a node's catalog; a node that publishes nothing, not even itself, has none.

    Raises:
        LakeError: It is missing, is no JSON object, or cannot be read.
    """
    try:
        info = await node.head(keys.CATALOG, fresh=True)
    except NotFoundError:
        try:
            await node.head(keys.NODE, fresh=True)
        except NotFoundError:
            return
        raise LakeError(f"node {node.code}: {keys.CATALOG}: is missing; run: tianlake publish") from None
    try:
        found = json.loads(await node.read(info))
    except ConflictError:
        return  # it is being replaced right now, by a publication
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise LakeError(f"node {node.code}: {keys.CATALOG}: is no JSON object; run: tianlake doctor")
