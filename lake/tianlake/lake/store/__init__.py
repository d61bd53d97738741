"""Object stores behind one protocol.

The S3 clients are imported when the first S3 store is opened: a command that needs none starts fast.
"""

from __future__ import annotations

from pathlib import Path

from tianlake.lake.store.directory import DirectoryReader, DirectoryStore
from tianlake.lake.store.locations import Folder, S3Settings, node_url, parse_location
from tianlake.lake.store.media import content_type, media_type_of
from tianlake.lake.store.protocol import ABSENT, Absent, Condition, Matches, ObjectInfo, Reader, Span, Store

__all__ = [
    "ABSENT",
    "Absent",
    "Condition",
    "DirectoryReader",
    "DirectoryStore",
    "Matches",
    "ObjectInfo",
    "Reader",
    "S3Settings",
    "Span",
    "Store",
    "content_type",
    "media_type_of",
    "node_url",
    "open_place",
    "open_reader",
    "open_store",
]


def open_store(url: str, code: str, settings: S3Settings | None, base: Path) -> Store:
    """Return the store of one node.

    Args:
        url: `[lake] url` of the workspace: `file:lake`, `file:/srv/lake` or `s3://bucket/prefix`, each with
            or without `{code}`.
        code: The node's code.
        settings: How to reach S3; boto3's own configuration where absent.
        base: The workspace, which relative directories start from.

    Raises:
        LakeError: The URL has another form.
    """
    return open_place(node_url(url, code), settings, base)


def open_place(url: str, settings: S3Settings | None, base: Path) -> Store:
    """Return the store of the objects at one place: `file:DIRECTORY` or `s3://BUCKET/PREFIX`, taken as it is.

    Raises:
        LakeError: The URL has another form.
    """
    place = parse_location(url, base)
    if isinstance(place, Folder):
        return DirectoryStore(place.root)
    from tianlake.lake.store.s3 import S3Store  # noqa: PLC0415 - see the module's docstring

    return S3Store(place.name, place.prefix, settings or S3Settings())


def open_reader(url: str, code: str, settings: S3Settings | None, base: Path) -> Reader:
    """Return the same objects for a server; arguments and errors as `open_store`."""
    place = parse_location(node_url(url, code), base)
    if isinstance(place, Folder):
        return DirectoryReader(place.root)
    from tianlake.lake.store.s3_reader import S3Reader  # noqa: PLC0415 - see the module's docstring

    return S3Reader(place.name, place.prefix, settings or S3Settings())
