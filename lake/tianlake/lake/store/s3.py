"""A bucket, or a prefix in one, as an object store, through boto3."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypedDict

import boto3

from tianlake.lake.errors import ConflictError, LakeError, NotFoundError, StoreError
from tianlake.lake.store._rules import check_key, check_prefix, check_span, is_key, open_body
from tianlake.lake.store._s3_client import answers, make_client
from tianlake.lake.store._s3_values import (
    REMOVED_MARK,
    WRITE_MARK,
    Write,
    abandoned,
    bare,
    info_of,
    refuse_removed,
    retention,
)
from tianlake.lake.store.locations import S3Settings
from tianlake.lake.store.media import DEFAULT, media_type_of
from tianlake.lake.store.protocol import Absent, Condition, Matches, ObjectInfo, Span

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, HeadObjectOutputTypeDef, ObjectTypeDef

_MOST_PARTS: Final = 10_000
"""S3 user guide, "Amazon S3 multipart upload limits"."""

_UPLOADS: Final = 4


class _Place(TypedDict):
    """Where an object is, as parameters of a request."""

    Bucket: str
    Key: str


class S3Store:
    """A `Store` of the objects in one bucket below `prefix`; needs a service with conditional writes.

    One store may be shared by threads. Uploads that a killed process leaves unfinished are never visible; the
    bucket's lifecycle rule `AbortIncompleteMultipartUpload` removes them.
    """

    def __init__(self, bucket: str, prefix: str, settings: S3Settings, session: boto3.Session | None = None) -> None:
        """Use `bucket`, which exists; touches no network. Credentials come from `session`, or boto3's own chain."""
        self._bucket = bucket
        self._base = f"{prefix}/" if prefix else ""
        self._settings = settings
        self._part_bytes = settings.part_bytes
        self._client = make_client(session or boto3.Session(), settings)

    def head(self, key: str) -> ObjectInfo:
        """Return what is known of an object; raises `NotFoundError`."""
        check_key(key)
        found = self._look(key)
        refuse_removed(key, found["Metadata"])
        return info_of(key, found, found["ContentLength"])

    def get(self, key: str, span: Span | None = None) -> tuple[ObjectInfo, bytes]:
        """Return an object, or a part of it, with the etag those bytes had; raises `NotFoundError`."""
        check_key(key)
        if span is not None:
            check_span(key, span, sys.maxsize)
            if span.length == 0:  # S3 has no way to ask for no bytes
                info = self.head(key)
                check_span(key, span, info.size)
                return info, b""
        wanted: dict[str, Any] = {} if span is None else {"Range": f"bytes={span.start}-{span.start + span.length - 1}"}
        with answers(key):
            found = self._client.get_object(**self._place(key), **wanted)
            body = found["Body"].read()
        refuse_removed(key, found["Metadata"])
        size = int(found["ContentRange"].rpartition("/")[2]) if "ContentRange" in found else len(body)
        if span is not None:
            check_span(key, span, size)
            if len(body) != span.length:
                raise StoreError(f"object {key!r}: S3 gave {len(body)} bytes where {span.length} were asked for")
        return info_of(key, found, size), body

    def put(self, key: str, body: bytes | Path, *, media_type: str, condition: Condition | None = None) -> ObjectInfo:
        """Write an object whole or not at all; files above `S3Settings.part_bytes` in parallel parts.

        Raises:
            ConflictError: `condition` did not hold; nothing was written.
        """
        check_key(key)
        kept = retention(self._settings, key)
        write = Write(key, media_type, condition, {WRITE_MARK: uuid.uuid4().hex}, kept)
        try:
            return self._write(write, body)
        except ConflictError:
            found = self._find(key)
            if isinstance(condition, Absent) and found is not None and abandoned(found):
                return self.put(key, body, media_type=media_type, condition=Matches(bare(found["ETag"])))
            raise

    def delete(self, key: str, *, condition: Matches | None = None) -> None:
        """Remove an object; one that is not there is no error without a condition.

        `If-Match` on DELETE is new in S3; some servers refuse it and others do not look at it, which would
        remove what another writer just wrote. Every server with conditional writes can do this instead: replace
        that version by an empty object marked as removed, which settles who won, then delete the mark. Until
        then the object counts as gone, and is neither read nor written by other stores. What a process leaves
        behind that dies in between is cleared by the next `delete`, or after ten minutes by the next `put`.

        Raises:
            ConflictError: `condition` did not hold; nothing was removed.
        """
        check_key(key)
        if condition is not None:
            marks = {WRITE_MARK: uuid.uuid4().hex, REMOVED_MARK: condition.etag}
            self._write(Write(key, DEFAULT, condition, marks), b"")
        with answers(key):
            self._client.delete_object(**self._place(key))

    def list(self, prefix: str = "", *, skip: Collection[str] = ()) -> Iterator[ObjectInfo]:
        """Yield every object whose key starts with `prefix`, sorted by key (UTF-8 bytes), but for folders to `skip`.

        Listings of S3 hold no media type: it follows from the ending of the key.
        """
        check_prefix(prefix)
        return self._list(prefix) if not skip else self._list_without(prefix, skip)

    def _list_without(self, prefix: str, skip: Collection[str]) -> Iterator[ObjectInfo]:
        """Yield objects folder by folder: S3 names the folders right below a prefix without what is in them."""
        pages = self._client.get_paginator("list_objects_v2")
        found: dict[str, ObjectTypeDef | None] = {}
        with answers(prefix):
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._base + prefix, Delimiter="/"):
                found |= {each["Key"].removeprefix(self._base): each for each in page.get("Contents", [])}
                found |= {each["Prefix"].removeprefix(self._base): None for each in page.get("CommonPrefixes", [])}
            for key in sorted(found.keys() - set(skip), key=str.encode):
                listed = found[key]
                if listed is None:
                    yield from self._list(key)
                elif (info := self._listed(listed)) is not None:
                    yield info

    def _list(self, prefix: str) -> Iterator[ObjectInfo]:
        pages = self._client.get_paginator("list_objects_v2")
        with answers(prefix):
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._base + prefix):
                yield from filter(None, map(self._listed, page.get("Contents", [])))

    def _listed(self, found: ObjectTypeDef) -> ObjectInfo | None:
        """Return what a listing tells of an object; None of what is none."""
        key = found["Key"].removeprefix(self._base)
        # Consoles leave "folder/" behind; an empty object may be a removal (see `delete`).
        if not is_key(key) or (found["Size"] == 0 and not self._exists(key)):
            return None
        return ObjectInfo(
            key=key,
            size=found["Size"],
            etag=bare(found["ETag"]),
            media_type=media_type_of(key),
            modified=found["LastModified"].timestamp(),
        )

    def _place(self, key: str) -> _Place:
        return {"Bucket": self._bucket, "Key": self._base + key}

    def _look(self, key: str) -> HeadObjectOutputTypeDef:
        with answers(key):
            return self._client.head_object(**self._place(key))

    def _exists(self, key: str) -> bool:
        found = self._find(key)
        return found is not None and REMOVED_MARK not in found["Metadata"]

    def _find(self, key: str) -> HeadObjectOutputTypeDef | None:
        try:
            return self._look(key)
        except NotFoundError:
            return None

    def _write(self, write: Write, body: bytes | Path) -> ObjectInfo:
        """Write once, however often the request had to be sent for it."""
        try:
            with open_body(body) as source:
                size = source.seek(0, os.SEEK_END)
                source.seek(0)
                if isinstance(body, Path) and size > self._part_bytes:
                    return self._write_parts(write, source, size)
                return self._write_whole(write, source, size)
        except ConflictError:
            # A first try that went through, with its answer lost on the way, makes the second one fail.
            found = self._find(write.key)
            if found is None or found["Metadata"].get(WRITE_MARK) != write.marks[WRITE_MARK]:
                raise
            return info_of(write.key, found, found["ContentLength"])

    def _write_whole(self, write: Write, body: BinaryIO, size: int) -> ObjectInfo:
        with answers(write.key, conditional=write.condition is not None):
            done = self._client.put_object(**self._place(write.key), Body=body, **write.attributes, **write.conditions)
        return write.done(done["ETag"], size, done["ResponseMetadata"])

    def _write_parts(self, write: Write, source: BinaryIO, size: int) -> ObjectInfo:
        place = self._place(write.key)
        with answers(write.key):
            upload = self._client.create_multipart_upload(**place, **write.attributes)["UploadId"]
        try:
            parts = self._send_parts(write.key, upload, source, size)
            with answers(write.key, conditional=write.condition is not None):
                done = self._client.complete_multipart_upload(
                    **place, UploadId=upload, MultipartUpload={"Parts": parts}, **write.conditions
                )
        except BaseException:
            with suppress(LakeError), answers(write.key):
                self._client.abort_multipart_upload(**place, UploadId=upload)
            raise
        return write.done(done["ETag"], size, done["ResponseMetadata"])

    def _send_parts(self, key: str, upload: str, source: BinaryIO, size: int) -> Sequence[CompletedPartTypeDef]:
        step = max(self._part_bytes, -(-size // _MOST_PARTS))

        def send(number: int) -> CompletedPartTypeDef:
            part = os.pread(source.fileno(), step, (number - 1) * step)
            with answers(key):
                sent = self._client.upload_part(**self._place(key), UploadId=upload, PartNumber=number, Body=part)
            return {"PartNumber": number, "ETag": sent["ETag"]}

        with ThreadPoolExecutor(_UPLOADS) as pool:
            return tuple(pool.map(send, range(1, -(-size // step) + 1)))
