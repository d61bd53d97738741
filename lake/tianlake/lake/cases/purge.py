"""Caches in front of a lake: which addresses are to be forgotten, and how CloudFront is told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tianlake.lake import keys
from tianlake.lake.errors import StoreError
from tianlake.lake.store import S3Settings

MOST: Final = 15
"""Paths with a wildcard that CloudFront takes at once (its guide, "Concurrent invalidation request maximum"): where
there are more, all of the node is forgotten, which is one."""

_WEB: Final = ("/ogc", "/stac", "/v2", "/geocoder", "/sql", "/staticimage", "/wmts", "/DataServer")
"""Answers that may hold features of any product."""


@dataclass(frozen=True, slots=True)
class Purge:
    """What a cache is to forget."""

    paths: tuple[str, ...]
    """From the server's root on; a final `*` stands for anything."""
    reference: str
    """The same for the same purge: one that is repeated is done once."""


class Purger(Protocol):
    """A cache that can be told to forget."""

    def purge(self, what: Purge) -> str:
        """Have it forget; return how the cache calls that. Raises `StoreError`; may be repeated."""


def purge_of(case: str, base: str, kept: Mapping[str, str | None], layers: Sequence[str]) -> Purge:
    """Return what a cache must forget when products changed by a case.

    Args:
        case: Its id.
        base: Path of the node's root at the cache, without a final `/`: empty, or `/156131000`.
        kept: Product → release that is current now, None where the product is gone.
        layers: Of today's clients that show one of them: `vec`, `cva`, ….
    """
    own = [f"/{folder}{product}*" for product in kept for folder in (keys.RELEASES, keys.COLLECTIONS)]
    own += [f"/{folder}/{product}*" for product in kept for folder in ("tiles", "data")]
    own += [f"/{name}*" for name in ("feed.", "catalog.json", "lake.", keys.ITEMS, keys.FEDERATION)]
    own += [f"/{layer}_*" for layer in layers] + [f"{name}*" for name in _WEB]
    paths = [f"{base}{path}" for path in own] if len(own) <= MOST else [f"{base}/*"]
    mark = hashlib.sha256(repr((case, paths, sorted(kept.items()))).encode()).hexdigest()
    return Purge(tuple(paths), f"{case}-{mark[:12]}")


class CloudFrontPurger:
    """A CloudFront distribution, told by `CreateInvalidation`; a thin call that no test here makes against AWS."""

    def __init__(self, distribution: str, settings: S3Settings) -> None:
        """Name the distribution; touches no network."""
        import boto3  # noqa: PLC0415 - slow, and needed where there is a distribution alone

        self._id = distribution
        self._client = boto3.client("cloudfront", endpoint_url=settings.endpoint_url, region_name=settings.region)

    def purge(self, what: Purge) -> str:
        """Create the invalidation; return its id. One that is repeated under its reference is done once."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        batch = {
            "Paths": {"Quantity": len(what.paths), "Items": list(what.paths)},
            "CallerReference": what.reference,
        }
        try:
            answer = self._client.create_invalidation(DistributionId=self._id, InvalidationBatch=batch)
        except (BotoCoreError, ClientError) as error:
            reason = " ".join(str(error).split())
            raise StoreError(f"CloudFront distribution {self._id}: was not told to forget: {reason}") from None
        return str(answer["Invalidation"]["Id"])
