"""Limits and terms as a node publishes them: `quotas.json` and `terms.json` of its bucket."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from tianlake.functions.accounts.conditions import Conditions
from tianlake.lake import keys
from tianlake.lake.errors import NotFoundError, StoreError
from tianlake.lake.quotas import DEFAULT_POLICY, policy_of
from tianlake.lake.store.protocol import Store
from tianlake.lake.terms import terms_of

_log = logging.getLogger(__name__)

FRESH_S: Final = 60.0
"""How long the documents are not looked at again, seconds."""


class PublishedConditions:
    """The conditions of a node, read anew every minute; what held before holds on while they cannot be read."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        """Read from the node's bucket when first asked."""
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._until = float("-inf")
        self._known: Conditions | None = None

    def __call__(self) -> Conditions:
        """Return what holds; raises `StoreError` where nothing could be read yet."""
        with self._lock:
            if self._clock() >= self._until:
                self._look()
            if self._known is None:
                raise StoreError(f"{keys.QUOTAS} and {keys.TERMS} of the node cannot be read")
            return self._known

    def _look(self) -> None:
        try:
            quotas, terms = self._read(keys.QUOTAS), self._read(keys.TERMS)
            policy = policy_of(quotas) if quotas is not None else DEFAULT_POLICY
            self._known = Conditions(policy, terms_of(terms) if terms is not None else None)
        except (StoreError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("quotas and terms of the node cannot be read: %s", error or repr(error))
            if self._known is None:
                return
        self._until = self._clock() + FRESH_S

    def _read(self, key: str) -> dict[str, Any] | None:
        try:
            document: dict[str, Any] = json.loads(self._store.get(key)[1])
        except NotFoundError:
            return None
        return document
