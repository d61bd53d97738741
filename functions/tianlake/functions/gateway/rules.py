"""What the node at the root publishes about quotas and terms, as admission goes by it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Generic, TypeVar

import anyio.to_thread

from tianlake.functions.admission.admit import Rules
from tianlake.functions.admission.ports import EDGE, LINKS, Secrets
from tianlake.functions.gateway.node import Node
from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, NotFoundError, StoreError
from tianlake.lake.quotas import policy_of
from tianlake.lake.terms import Terms, terms_of

_log = logging.getLogger(__name__)

T = TypeVar("T")

FRESH_S: Final = 30.0
"""How long a document is not looked at again, seconds: new quotas hold everywhere after that time."""

_NEVER_LOOKED: Final = float("-inf")

_RETRY_S: Final = 1.0
"""How soon it is tried again after the store failed, seconds."""


class _Document(Generic[T]):
    """One document of the node: what it said when it was last right."""

    def __init__(self, key: str, parse: Callable[[dict[str, Any]], T], absent: T) -> None:
        self._key = key
        self._parse = parse
        self._absent = absent
        self._etag: str | None = None
        self.value = absent

    async def look(self, node: Node) -> None:
        """Read the document anew where it changed; raises `StoreError` and `ConflictError` as a node does."""
        try:
            info = await node.head(self._key)
        except NotFoundError:
            self._etag, self.value = None, self._absent
            return
        if info.etag == self._etag:
            return
        body = await node.read(info)
        self._etag = info.etag  # a document that is wrong is complained of once
        try:
            self.value = self._parse(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            _log.error("node %s: %s: %s; what held before still holds", node.code, self._key, error or repr(error))


class RulesOfNode:
    """The rules in force, looked after by whoever passes: nothing runs in the background."""

    def __init__(
        self,
        node: Node,
        rules: Rules,
        secrets: Secrets | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        asks_terms: bool = True,
    ) -> None:
        """Begin with `rules`, whose policy and terms are those of a node that publishes none.

        Args:
            node: The node that publishes quotas and terms.
            rules: What to begin with.
            secrets: Who knows what signed links are signed with and what an edge function shows; None where there is
                neither.
            clock: Seconds.
            asks_terms: Whether keys rest until their account accepted this node's terms. Not where another node issues
                them: accounts accept terms there, and could not do so here.
        """
        self._node = node
        self._asks_terms = asks_terms
        self.held = rules
        """The rules in force; the same object as long as none changes."""
        self._secrets = secrets
        self._clock = clock
        self._policy = _Document(keys.QUOTAS, policy_of, rules.policy)
        self._terms = _Document[Terms | None](keys.TERMS, terms_of, None)
        self.until = _NEVER_LOOKED
        """When it is time to `look` again, by `clock`."""

    def __call__(self) -> Rules:
        """Return the rules in force."""
        return self.held

    def stale(self) -> bool:
        """Say whether it is time to `look`."""
        return self._clock() >= self.until

    async def look(self) -> None:
        """Read the documents anew; of those who come meanwhile, none waits.

        Raises:
            StoreError: The store does not answer, and never did: there is nothing to go by yet.
        """
        first = self.until == _NEVER_LOOKED
        if not first:
            self.until = self._clock() + FRESH_S
        try:
            await self._policy.look(self._node)
            await self._terms.look(self._node)
            await self._learn_secrets()
        except (StoreError, ConflictError) as error:
            if first:
                raise
            _log.warning("node %s: quotas and terms cannot be read, the old ones hold: %s", self._node.code, error)
            self.until = self._clock() + _RETRY_S
            return
        self.until = self._clock() + FRESH_S
        terms = self._terms.value if self._asks_terms else None
        self.held = replace(self.held, policy=self._policy.value, terms=terms.version if terms else None)
        if terms is not None:
            self.held = replace(self.held, grace_days=terms.grace_days)

    async def _learn_secrets(self) -> None:
        """Ask for secrets until they are known: without them, links open nothing, and no edge function is believed."""
        if self._secrets is None or self.held.edge_pass is not None:
            return
        try:
            link, edge = [await anyio.to_thread.run_sync(self._secrets.secret, name) for name in (LINKS, EDGE)]
        except StoreError as error:
            _log.warning("signed links open nothing for now, and no edge function is believed: %s", error)
            return
        self.held = replace(self.held, link_secret=link, edge_pass=edge)

    @property
    def terms(self) -> Terms | None:
        """The terms in force, whole."""
        return self._terms.value
