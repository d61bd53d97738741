"""Where backups of a node lie: a store of its own, in which content has the name of its hash, once for all snapshots.

backup.json                          whose backups these are
objects/<2 hex>/<sha256>             bytes of objects that may be public
sealed/<2 hex>/<name>-<4 digits>     parts of private objects, sealed for the operator's key; names tell nothing
snapshots/<time>.txt                 signed: which objects there were at that time, written last
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from tianlake.lake.backup.snapshot import Object
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.records import dump_json
from tianlake.lake.releases import JSON
from tianlake.lake.sealed import MEDIA_TYPE, seal, unseal
from tianlake.lake.store import ABSENT, Store
from tianlake.lake.store.remains import Remains
from tianlake.lake.verified import STEP_BYTES, ChangedError, read_right, read_whole

CLAIM: Final = "backup.json"
OBJECTS: Final = "objects/"
SEALED: Final = "sealed/"
SNAPSHOTS: Final = "snapshots/"
FORM: Final = "tianlake-backup 1"

_PIECE: Final = re.compile(rf"{SEALED}[0-9a-f]{{2}}/[0-9a-f]{{64}}-\d{{4}}")


@dataclass(frozen=True, slots=True)
class Place:
    """The backups of one node at one place."""

    url: str
    """As the operator names it: `file:DIRECTORY` or `s3://BUCKET/PREFIX`."""
    code: str
    """Of the node."""
    store: Store
    remains: Remains
    """What the place keeps of objects that were replaced or deleted there."""

    def claim(self) -> None:
        """See that these are the node's backups, or that the place is empty; then mark it.

        Raises:
            LakeError: It holds something else.
        """
        if self.is_claimed():
            return
        if next(iter(self.store.list()), None) is not None:
            raise LakeError(
                f"backup {self.url}: holds other objects; name an empty place",
                zh=f"备份 {self.url}：已有别的内容；请指明空的位置",
            )
        self.store.put(CLAIM, dump_json({"form": FORM, "node": self.code}), media_type=JSON, condition=ABSENT)

    def is_claimed(self) -> bool:
        """Say whether backups of the node lie here; raises `LakeError` where they are another node's."""
        try:
            raw = json.loads(self.store.get(CLAIM)[1])
        except NotFoundError:
            return False
        except ValueError:
            raw = None
        found = (raw.get("form"), raw.get("node")) if isinstance(raw, dict) else (None, None)
        if found != (FORM, self.code):
            rule = f"is no backup of node {self.code} in a form that is known here, but {found[0]!r} of {found[1]!r}"
            raise LakeError(f"backup {self.url}: {CLAIM}: {rule}", zh=f"备份 {self.url}：不是节点 {self.code} 的备份")
        return True

    @contextmanager
    def read(self, wanted: Object, secret: bytes | None) -> Iterator[bytes | Path]:
        """Give the bytes of an object, opened, and found to be those that were saved.

        Args:
            wanted: Of a snapshot.
            secret: Private key of the operator, 32 bytes, for what is sealed.

        Raises:
            ChangedError: They are others.
            LakeError: It is sealed, and the key is not here or another one.
            NotFoundError: It is gone.
        """
        if not wanted.pieces:
            with read_right(self.store, content_key(wanted.sha256), wanted.sha256) as body:
                yield body
            return
        if secret is None:
            raise LakeError(f"{wanted.key}: is sealed in the backup, and the operator's key is not here")
        with NamedTemporaryFile(prefix="tianlake-") as file:
            digest = hashlib.sha256()
            for piece in wanted.pieces:
                text = self.open_piece(piece, secret)
                digest.update(text)
                file.write(text)
            file.flush()
            if digest.hexdigest() != wanted.sha256:
                raise ChangedError(f"{wanted.key}: sha256: is not what was saved in {self.url}")
            yield Path(file.name)

    def open_piece(self, piece: str, secret: bytes) -> bytes:
        """Return what a sealed part says; raises `ChangedError` where it was changed, or is for another key."""
        letter = self.store.get(piece)[1]
        try:
            return unseal(letter, secret, piece, file=piece)
        except LakeError as error:
            raise ChangedError(str(error)) from None


@dataclass(frozen=True, slots=True)
class Box:
    """What private objects are sealed with."""

    public: str
    """The operator's public key, `x25519:…`: nothing here can open what was sealed for it."""
    secret: bytes
    """Of names alone: with it equal content gets equal names, and without it a name tells nothing of content."""

    def pieces(self, sha256: str, size: int) -> tuple[str, ...]:
        """Return the keys of the parts of a private object."""
        name = hmac.new(self.secret, f"{self.public} {sha256}".encode(), hashlib.sha256).hexdigest()
        count = max(1, -(-size // STEP_BYTES))
        return tuple(f"{SEALED}{name[:2]}/{name}-{number:04d}" for number in range(count))


def put_content(store: Store, body: bytes | Path, sha256: str) -> None:
    """Put bytes that may be public under their hash, in the place of anything that is there, and read them back.

    Raises:
        ChangedError: What arrived is something else.
    """
    key = content_key(sha256)
    store.put(key, body, media_type=MEDIA_TYPE)
    with read_whole(store, store.head(key)) as (_, found):
        _require(key, found, sha256)


def put_sealed(store: Store, body: bytes | Path, pieces: tuple[str, ...], box: str) -> dict[str, str]:
    """Put private bytes in sealed parts, and read those back; return the SHA-256 of each as it lies there.

    Raises:
        ChangedError: What arrived is something else.
    """
    seals: dict[str, str] = {}
    for number, piece in enumerate(pieces):
        letter = seal(_part(body, number), box, piece)
        seals[piece] = hashlib.sha256(letter).hexdigest()
        store.put(piece, letter, media_type=MEDIA_TYPE)
        _require(piece, hashlib.sha256(store.get(piece)[1]).hexdigest(), seals[piece])
    return seals


def content_key(sha256: str) -> str:
    """Return where bytes that may be public lie in a backup."""
    return f"{OBJECTS}{sha256[:2]}/{sha256}"


def is_piece(key: str) -> bool:
    """Say whether an object of a backup is a sealed part."""
    return _PIECE.fullmatch(key) is not None


def _part(body: bytes | Path, number: int) -> bytes:
    start = number * STEP_BYTES
    if isinstance(body, bytes):
        return body[start : start + STEP_BYTES]
    with body.open("rb") as file:
        file.seek(start)
        return file.read(STEP_BYTES)


def _require(key: str, found: str, wanted: str) -> None:
    if found != wanted:
        raise ChangedError(f"{key}: did not arrive as it was sent; look at the backup's disk, and run it again")
