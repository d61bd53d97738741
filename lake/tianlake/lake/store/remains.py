"""What a store keeps of objects that were replaced or removed: older versions in a bucket, leftovers in a folder.

A reader never sees them; a removal (article 18) is not done while they are there.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from tianlake.lake.errors import NotFoundError, StoreError
from tianlake.lake.store._rules import SCRATCH
from tianlake.lake.store.locations import Folder, S3Settings, node_url, parse_location

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_BATCH: Final = 1000
"""S3 API reference, DeleteObjects: keys of one request."""


@dataclass(frozen=True, slots=True)
class Remain:
    """One of them."""

    key: str
    version: str
    """As the store names it; empty where it has no name."""
    size: int
    """Bytes."""


class Remains(Protocol):
    """What is left of objects below a prefix. Raises `StoreError` where the store fails."""

    def list(self, prefix: str = "") -> Iterator[Remain]:
        """Yield what can still be read, sorted by key."""

    def read(self, remain: Remain) -> bytes:
        """Return the bytes; raises `NotFoundError`."""

    def erase(self, prefix: str) -> int:
        """Delete what is left of objects whose key starts with `prefix`; return how many."""


class FolderRemains:
    """Of a directory: files of writes that a killed process left in `.tmp/`. They have no keys yet."""

    def __init__(self, root: Path) -> None:
        """Look below `root`."""
        self._folder = root / SCRATCH

    def list(self, prefix: str = "") -> Iterator[Remain]:
        """Yield unfinished writes, whatever the prefix: nobody knows of which object they are."""
        del prefix
        for path in sorted(self._folder.glob("*")) if self._folder.is_dir() else ():
            if path.is_file() and (size := path.stat().st_size):
                yield Remain(f"{SCRATCH}/{path.name}", "", size)

    def read(self, remain: Remain) -> bytes:
        """Return the bytes; raises `NotFoundError` where its writer has finished."""
        try:
            return (self._folder / Path(remain.key).name).read_bytes()
        except FileNotFoundError:
            raise NotFoundError(f"{remain.key}: is not there any more") from None

    def erase(self, prefix: str) -> int:
        """Delete the files that no writer holds any more."""
        gone = 0
        for remain in self.list(prefix):
            path = self._folder / Path(remain.key).name
            with suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
                gone += 1
        return gone


class BucketRemains:
    """Of a bucket with versioning: versions that are not the newest, marks of deletion, unfinished uploads."""

    def __init__(self, bucket: str, prefix: str, settings: S3Settings, session: boto3.Session | None = None) -> None:
        """Look in `bucket` below `prefix`; touches no network. Credentials are found as of `S3Store`."""
        import boto3 as client_library  # noqa: PLC0415 - slow, and needed for buckets alone

        from tianlake.lake.store._s3_client import make_client  # noqa: PLC0415

        self._bucket = bucket
        self._base = f"{prefix}/" if prefix else ""
        self._client: S3Client = make_client(session or client_library.Session(), settings)

    def list(self, prefix: str = "") -> Iterator[Remain]:
        """Yield every version that is not the newest of its key; one that a mark of deletion hides is among them."""
        for page in self._pages(prefix):
            for each in page.get("Versions", []):
                if not each["IsLatest"]:
                    yield Remain(each["Key"].removeprefix(self._base), each["VersionId"], each["Size"])

    def read(self, remain: Remain) -> bytes:
        """Return the bytes of a version."""
        from tianlake.lake.store._s3_client import answers  # noqa: PLC0415

        with answers(remain.key):
            found = self._client.get_object(Bucket=self._bucket, Key=self._base + remain.key, VersionId=remain.version)
            return found["Body"].read()

    def erase(self, prefix: str) -> int:
        """Delete these versions and all marks of deletion below the prefix, and break off uploads to it.

        Marks go last, and only where every version is gone: a mark hides the versions of its key, and the newest that a
        lock keeps would be what readers see without it.
        """
        from tianlake.lake.store._s3_client import answers  # noqa: PLC0415

        versions: list[ObjectIdentifierTypeDef] = []
        marks: list[ObjectIdentifierTypeDef] = []
        for page in self._pages(prefix):
            versions += [_named(each) for each in page.get("Versions", []) if not each["IsLatest"]]
            marks += [_named(each) for each in page.get("DeleteMarkers", [])]
        with answers(prefix):
            for found in (versions, marks):
                for start in range(0, len(found), _BATCH):
                    self._delete(found[start : start + _BATCH])
            for page in self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket, Prefix=self._base + prefix
            ):
                for upload in page.get("Uploads", []):
                    self._client.abort_multipart_upload(
                        Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
        return len(versions) + len(marks)

    def _pages(self, prefix: str) -> Iterator[Any]:
        from tianlake.lake.store._s3_client import answers  # noqa: PLC0415

        with answers(prefix):
            paginator = self._client.get_paginator("list_object_versions")
            yield from paginator.paginate(Bucket=self._bucket, Prefix=self._base + prefix)

    def _delete(self, found: Sequence[ObjectIdentifierTypeDef]) -> None:
        """Delete versions; raises `StoreError` where one was not: a lock or a right that is missing keeps it."""
        answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": found, "Quiet": True})
        for first in answer.get("Errors", [])[:1]:
            rule = f"its old version was not deleted: {first.get('Code')}; is there a lock, or is a right missing?"
            raise StoreError(f"{str(first.get('Key', '')).removeprefix(self._base)}: {rule}")


def _named(version: Any) -> ObjectIdentifierTypeDef:  # noqa: ANN401 - of a page, as of boto3
    return {"Key": version["Key"], "VersionId": version["VersionId"]}


def open_remains(url: str, code: str, settings: S3Settings | None, base: Path) -> Remains:
    """Return what is left in one node's store; arguments and errors as `open_store`."""
    return remains_at(node_url(url, code), settings, base)


def remains_at(url: str, settings: S3Settings | None, base: Path) -> Remains:
    """Return what is left at one place: `file:DIRECTORY` or `s3://BUCKET/PREFIX`."""
    place = parse_location(url, base)
    if isinstance(place, Folder):
        return FolderRemains(place.root)
    return BucketRemains(place.name, place.prefix, settings or S3Settings())
