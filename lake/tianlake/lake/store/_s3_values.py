"""What goes into and comes out of S3 requests: conditions, marks, times and etags."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from tianlake.lake import keys
from tianlake.lake.errors import NotFoundError
from tianlake.lake.store.locations import S3Settings
from tianlake.lake.store.media import content_type, without_charset
from tianlake.lake.store.protocol import Absent, Condition, Matches, ObjectInfo

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import (
        GetObjectOutputTypeDef,
        HeadObjectOutputTypeDef,
        ResponseMetadataTypeDef,
    )

WRITE_MARK: Final = "tianlake-write"
"""Metadata: which call wrote the object. Tells a lost answer from a lost race."""

REMOVED_MARK: Final = "tianlake-removed"
"""Metadata: the object is being removed and counts as gone; the value is the etag of what it was."""

_REMOVAL_S: Final = 600
"""A removal that is older than this was left in the middle by a process that died: no request lasts as long."""


@dataclass(frozen=True, slots=True)
class Write:
    """One write of an object, however many requests it takes."""

    key: str
    media_type: str
    condition: Condition | None
    marks: dict[str, str]
    retention: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of S3 Object Lock; none of most objects."""

    @property
    def conditions(self) -> dict[str, Any]:
        """The parameters of a request that carry the condition."""
        match self.condition:
            case Absent():
                return {"IfNoneMatch": "*"}
            case Matches(etag):
                return {"IfMatch": f'"{etag}"'}
            case None:
                return {}

    @property
    def attributes(self) -> dict[str, Any]:
        """The parameters of a request that are stored with the object."""
        return {"ContentType": content_type(self.media_type), "Metadata": self.marks, **self.retention}

    def done(self, etag: str, size: int, answer: ResponseMetadataTypeDef) -> ObjectInfo:
        """Return what is known of the object now that it is written."""
        return ObjectInfo(self.key, size, bare(etag), self.media_type, answered(answer))


def retention(settings: S3Settings, key: str) -> dict[str, Any]:
    """Return how long an object that is put now is to be kept: what is never replaced, where settings ask for it."""
    if settings.lock_days is None or not keys.is_step(key):
        return {}
    until = datetime.now(UTC) + timedelta(days=settings.lock_days)
    return {"ObjectLockMode": settings.lock_mode, "ObjectLockRetainUntilDate": until}


def info_of(key: str, found: HeadObjectOutputTypeDef | GetObjectOutputTypeDef, size: int) -> ObjectInfo:
    """Return what an answer says of an object of `size` bytes."""
    return ObjectInfo(
        key=key,
        size=size,
        etag=bare(found["ETag"]),
        media_type=without_charset(found["ContentType"]),
        modified=found["LastModified"].timestamp(),
    )


def refuse_removed(key: str, metadata: Mapping[str, object]) -> None:
    """Raise `NotFoundError` for an object whose metadata says that it is being removed."""
    if REMOVED_MARK in metadata:
        raise NotFoundError(f"object {key!r} does not exist")


def bare(etag: str) -> str:
    """Return an etag without its quotes."""
    return etag.strip('"')


def abandoned(found: HeadObjectOutputTypeDef) -> bool:
    """Return whether an object is a removal whose process died in the middle, by the server's own clock."""
    age_s = answered(found["ResponseMetadata"]) - found["LastModified"].timestamp()
    return REMOVED_MARK in found["Metadata"] and age_s > _REMOVAL_S


def answered(answer: ResponseMetadataTypeDef) -> float:
    """Return when the server answered, seconds since the epoch."""
    stamp = answer["HTTPHeaders"].get("date")
    return parsedate_to_datetime(stamp).timestamp() if stamp else time.time()
