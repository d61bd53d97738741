"""Where the edge asks: buckets by signed requests, as an origin access control does, and servers of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tianlake_edge.messages import HOP_BY_HOP, Asked, Said

_TIMEOUT: Final = urllib3.Timeout(connect=10, read=30)
_NO_RETRIES: Final = urllib3.Retry(0, redirect=False, raise_on_redirect=False)


class OriginError(Exception):
    """An origin does not answer."""


class Origin(Protocol):
    """Something that answers what the edge does not have."""

    def ask(self, asked: Asked) -> Said:
        """Return its answer; raises `OriginError`."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server of ours: a gateway, or a function behind API Gateway."""

    url: str
    """Without a final `/`; may hold a path, as stages of API Gateway do."""
    pool: urllib3.PoolManager

    def ask(self, asked: Asked) -> Said:
        """Return its answer."""
        fields = dict(asked.fields)
        fields["x-forwarded-for"] = ", ".join(filter(None, (fields.get("x-forwarded-for"), asked.client)))
        return _fetched(self.pool, self.url, asked, fields)


@dataclass(frozen=True, slots=True)
class BucketOrigin:
    """A bucket that refuses whoever does not sign."""

    endpoint: str
    bucket: str
    region: str
    credentials: Credentials
    pool: urllib3.PoolManager

    def ask(self, asked: Asked) -> Said:
        """Return its answer to a `GET` or `HEAD`, the only ones that an edge sends to a bucket."""
        url = f"{self.endpoint}/{self.bucket}"
        request = AWSRequest(asked.method, f"{url}{asked.path}", headers=dict(asked.fields))
        S3SigV4Auth(self.credentials, "s3", self.region).add_auth(request)
        return _fetched(self.pool, url, asked, dict(request.headers.items()))


def _fetched(pool: urllib3.PoolManager, base: str, asked: Asked, fields: dict[str, str]) -> Said:
    url = f"{base}{asked.path}{f'?{asked.query}' if asked.query else ''}"
    try:
        answer = pool.urlopen(
            asked.method,
            url,
            headers=fields,
            body=asked.body or None,
            retries=_NO_RETRIES,
            redirect=False,
            timeout=_TIMEOUT,
            decode_content=False,
        )
    except urllib3.exceptions.HTTPError as error:
        raise OriginError(f"{base}: {type(error).__name__}") from None
    found = {
        name.lower(): ", ".join(answer.headers.getlist(name))
        for name in answer.headers
        if name.lower() not in HOP_BY_HOP
    }
    return Said(answer.status, found, answer.data)
