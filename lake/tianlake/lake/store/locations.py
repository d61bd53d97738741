"""Where a node's objects lie: what `[lake] url` of a workspace means for one node."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from tianlake.lake.errors import LakeError
from tianlake.lake.records import STRICT
from tianlake.lake.store._rules import check_key

_CODE: Final = "{code}"

_ENDPOINT: Final = re.compile(r"https?://[^/@?#\s]+(/[^@?#\s]*)?")

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""Names of general purpose buckets (S3 user guide, "Bucket naming rules")."""


@dataclass(frozen=True, slots=True)
class S3Settings:
    """How to reach an S3 service. Credentials are found by boto3's own chain, never kept here."""

    endpoint_url: str | None = None
    """Base URL of a service other than AWS (MinIO, Ceph, OSS, LocalStack)."""
    region: str | None = None
    """AWS region; boto3's own chain decides where absent."""
    path_style: bool | None = None
    """Whether the bucket is the first part of the path instead of the host; true with an `endpoint_url`."""
    connect_timeout_s: float = 5
    read_timeout_s: float = 60
    attempts: int = 4
    """How often one request is tried before the store counts as failed."""
    part_bytes: int = 16 * 1024 * 1024
    """Files above this go up in parts of this size; 5 MiB is the least that S3 takes."""
    lock_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """Days for which what is never replaced below `private/` (the trail, steps that persons signed) is put with
    retention; the bucket needs S3 Object Lock. None: as the bucket has it."""
    lock_mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE"
    """Who may end a retention early: whoever has the right to (`s3:BypassGovernanceRetention`), or nobody."""

    __pydantic_config__ = STRICT

    def __post_init__(self) -> None:
        """Refuse an endpoint that is no plain base URL: credentials in it would reach logs and messages."""
        if self.endpoint_url is not None and not _ENDPOINT.fullmatch(self.endpoint_url):
            msg = "endpoint_url must be http(s)://HOST[:PORT][/PATH] without credentials, query or fragment"
            raise ValueError(msg)

    @property
    def uses_paths(self) -> bool:
        """Whether the bucket goes into the path of requests."""
        return self.endpoint_url is not None if self.path_style is None else self.path_style


@dataclass(frozen=True, slots=True)
class Folder:
    """A node's objects in a directory."""

    root: Path


@dataclass(frozen=True, slots=True)
class Bucket:
    """A node's objects in a bucket."""

    name: str
    prefix: str
    """Without `/` at its ends; empty where the node has the bucket to itself."""


def node_url(url: str, code: str) -> str:
    """Return where one node's objects lie: `{code}` replaced, or `/<code>` appended where there is none."""
    return url.replace(_CODE, code) if _CODE in url else f"{url.rstrip('/')}/{code}"


def parse_location(url: str, base: Path) -> Folder | Bucket:
    """Return what a node's URL (see `node_url`) stands for.

    Args:
        url: `file:lake`, `file:/srv/lake`, `file:///srv/lake` or `s3://bucket/prefix`; taken as it is,
            without percent-decoding.
        base: The workspace, which relative directories start from.

    Raises:
        LakeError: The URL has another form.
    """
    scheme, colon, rest = url.partition(":")
    if scheme == "file" and colon:
        return Folder(base / _directory(url, rest))
    if scheme == "s3" and rest.startswith("//"):
        return _bucket(url, rest.removeprefix("//"))
    raise LakeError(f"lake url {url!r}: must be file:DIRECTORY or s3://BUCKET/PREFIX")


def _directory(url: str, rest: str) -> str:
    if rest.startswith("//"):
        rest = rest.removeprefix("//")
        if not rest.startswith("/"):
            raise LakeError(f"lake url {url!r}: a directory of another host cannot be used; write file:DIRECTORY")
    if not rest.strip("/") or "\0" in rest:
        raise LakeError(f"lake url {url!r}: names no directory")
    return rest


def _bucket(url: str, rest: str) -> Bucket:
    name, _, prefix = rest.partition("/")
    if not _BUCKET.fullmatch(name):
        raise LakeError(f"lake url {url!r}: {name!r} is no bucket name (3 to 63 of a-z, 0-9, '.' and '-')")
    prefix = prefix.strip("/")
    if prefix:
        check_key(prefix)
    return Bucket(name, prefix)
