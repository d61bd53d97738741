"""Invalidations as CloudFront's API was told them (`CreateInvalidation`): each is heeded once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from tianlake_edge.cache import Cache

_log = logging.getLogger(__name__)

EVERY_S: Final = 1.0
"""How often the API is asked, at most. CloudFront itself takes seconds to minutes."""


class CloudFront(Protocol):
    """What is asked of boto3's client."""

    def list_invalidations(self, *, DistributionId: str) -> Any:  # noqa: ANN401, N803 - boto3's
        """Return which invalidations a distribution was told."""

    def get_invalidation(self, *, DistributionId: str, Id: str) -> Any:  # noqa: ANN401, N803
        """Return one of them."""


class Invalidations:
    """Asks which invalidations a distribution was told, and has a cache forget what they name."""

    def __init__(self, client: CloudFront, distribution: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Ask `client`; `clock` gives seconds."""
        self._client = client
        self._distribution = distribution
        self._clock = clock
        self._seen: set[str] = set()
        self._next = 0.0
        self._lock = threading.Lock()

    def __call__(self, cache: Cache) -> None:
        """Heed what is new, if the API was not asked a moment ago. While it does not answer, nothing is dropped."""
        with self._lock:
            if self._clock() < self._next:
                return
            try:
                self._heed(cache)
            except (BotoCoreError, ClientError) as error:
                _log.warning("invalidations of %s are not known: %s", self._distribution, error)
            self._next = self._clock() + EVERY_S

    def _heed(self, cache: Cache) -> None:
        listed = self._client.list_invalidations(DistributionId=self._distribution)["InvalidationList"]
        for each in listed.get("Items", []):
            if each["Id"] in self._seen:
                continue
            told = self._client.get_invalidation(DistributionId=self._distribution, Id=each["Id"])
            paths = told["Invalidation"]["InvalidationBatch"]["Paths"].get("Items", [])
            _log.info("%s: forgot %d answers at %s", each["Id"], cache.forget(paths), ", ".join(paths))
            self._seen.add(each["Id"])
