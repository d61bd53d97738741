"""Puts an edge function together from its configuration."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from typing import Final, Protocol

from tianlake.functions.accounts.dynamodb import DynamoAccounts
from tianlake.functions.admission.admit import Rules
from tianlake.functions.admission.door import Door
from tianlake.functions.admission.ports import EDGE, LINKS, SUBNETS, Keys, Ledger, Secrets
from tianlake.functions.edge.config import Config
from tianlake.functions.edge.events import Json
from tianlake.functions.edge.objects import CLIENT, Objects, S3Objects
from tianlake.functions.edge.site import Site
from tianlake.functions.edge.viewer import Viewer
from tianlake.lake.errors import StoreError
from tianlake.lake.quotas import DEFAULT_POLICY

_log = logging.getLogger(__name__)

_RETRY_S: Final = 5.0
"""How soon the account store is asked again for its secrets after it failed, seconds."""


class Store(Keys, Ledger, Secrets, Protocol):
    """What an edge function needs of the account store."""


class EdgeFunction:
    """Answers events. Starts without the network, which a function must not wait for when it starts.

    The first event asks the store for its secrets. Where the store fails, links open nothing, anonymous use is counted
    by this worker alone, and tiles are 503 since no gateway would believe that they were let in, until it answers.
    """

    def __init__(self, config: Config, objects: Objects, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._config = config
        self._objects = objects
        self._store = store
        self._clock = clock
        self._secrets: dict[str, bytes] = {}
        self._again = 0.0
        self.viewer = self._viewer()

    def __call__(self, event: Json) -> Json:
        """Return the request as it goes on to cache and origin, or the answer to it."""
        if not self._secrets and self._clock() >= self._again:
            self._learn_secrets()
        return self.viewer.handle(event)

    def _learn_secrets(self) -> None:
        self._again = self._clock() + _RETRY_S
        try:
            self._secrets = {name: self._store.secret(name) for name in (LINKS, SUBNETS, EDGE)}
        except StoreError as error:
            _log.warning("links open nothing, and no tile is let in: %s", error)
        else:
            self.viewer = self._viewer()

    def _viewer(self) -> Viewer:
        link, edge = (self._secrets.get(name) for name in (LINKS, EDGE))
        rules = Rules(DEFAULT_POLICY, strict=self._config.strict, link_secret=link, edge_pass=edge)
        site = Site(self._objects, self._config.root, rules, self._clock)
        salt = self._secrets.get(SUBNETS) or secrets.token_bytes(32)
        door = Door(self._store, self._store, site.rules, salt, self._clock)
        return Viewer(self._config, site, door, self._clock)


def edge_of(config: Config) -> EdgeFunction:
    """Return what answers the events of CloudFront, on S3 and DynamoDB; touches no network yet."""
    return EdgeFunction(config, S3Objects(config), DynamoAccounts(config.accounts, config, config=CLIENT))
