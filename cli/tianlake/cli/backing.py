"""Backups as commands meet them: where they lie, who signs them, whose key opens what is private."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from tianlake.cli.copies import opener, remains_opener
from tianlake.cli.desk import node_seed
from tianlake.cli.output import tell
from tianlake.cli.session import Session
from tianlake.cli.stack.saved import FRESH
from tianlake.cli.words import say
from tianlake.lake.backup import Place, Series, fresh, known_places, results
from tianlake.lake.backup.place import OBJECTS, content_key
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.keyfiles import SIGNING, make_signing_key, read_seed, signing_key
from tianlake.lake.patrol import SourceOf
from tianlake.lake.replicas import known_copies
from tianlake.lake.sealed import letter_box
from tianlake.lake.signed import public_key
from tianlake.lake.store import S3Settings, Store, node_url, open_place
from tianlake.lake.store.locations import Folder, parse_location
from tianlake.lake.store.remains import remains_at
from tianlake.lake.trail.trail import KEY_KINDS
from tianlake.lake.trail.verify import Wanted, verify_trail
from tianlake.lake.verified import read_right

_BROKEN = frozenset({"form", "previous", "signature", "begin", "key", "missing", "end", "extra", "node"})


@dataclass(frozen=True, slots=True)
class Where:
    """Where an operator keeps backups."""

    url: str
    """`file:DIRECTORY` or `s3://BUCKET/PREFIX`, with or without `{code}`."""
    endpoint: str | None = None
    """Base URL of an S3 service other than that of `[aws]`."""


def key_name(code: str) -> str:
    """Return the name of the key that opens a node's backups, in `signing/`."""
    return f"{code}.backup"


def open_backup(session: Session, code: str, where: Where) -> Place:
    """Return the place of a node's backups; opens no connection by itself. Raises `LakeError` where it names none."""
    settings, root = _settings(session, where), session.workspace.root
    url = node_url(where.url, code)
    return Place(url, code, open_place(url, settings, root), remains_at(url, settings, root))


def refuse_inside(session: Session, code: str, where: Where) -> None:
    """Refuse a place for backups inside the node's lake, or around it: each would save the other, again and again."""
    root, settings = session.workspace.root, session.workspace.settings
    lake, place = _path(node_url(settings.lake.url, code), root), _path(node_url(where.url, code), root)
    shorter = min(len(lake), len(place))
    own = settings.aws.endpoint_url if settings.aws else None
    if lake[:shorter] == place[:shorter] and (lake[0] == "file" or (where.endpoint or own) == own):
        raise LakeError(
            f"backup {where.url}: lies in the lake that it is to save, or around it; name a place outside",
            zh=f"备份 {where.url}：与要备份的湖互相包含；请指明湖外的位置",
        )


def _path(url: str, base: Path) -> tuple[str, ...]:
    found = parse_location(url, base)
    if isinstance(found, Folder):
        return ("file", *found.root.resolve().parts)
    return ("s3", found.name, *filter(None, found.prefix.split("/")))


def open_series(
    session: Session, code: str, where: Where, *, trusted: tuple[str, ...] = (), key: Path | None = None
) -> Series:
    """Return the snapshots of a place.

    Args:
        session: The run of the command.
        code: Of the node.
        where: The place.
        trusted: Public keys of the node beside those that its trail tells of.
        key: File with the operator's private key, in the place of `signing/<code>.backup.key`.
    """
    secret = read_seed(key, str(key)) if key else signing_key(session.workspace.root, key_name(code))
    known = frozenset(trusted) | _keys_of(session, code)
    return Series(open_backup(session, code, where), known, secret)


def own_seed(session: Session, code: str) -> bytes:
    """Return the node's key; raises `LakeError` where it is not here: snapshots are signed with it."""
    seed = node_seed(session, code)
    if seed is None:
        raise LakeError(
            f"{SIGNING}/{code}.key: missing: snapshots are signed with it; it must be kept elsewhere, too",
            zh=f"{SIGNING}/{code}.key：缺失：备份由它签名；该密钥须另行保管",
        )
    return seed


def box_of(session: Session, code: str, named: str | None) -> str:
    """Return the public key that private objects are sealed for: the one that was named, else that of the workspace.

    Without either a key is made, and the operator is told to keep it elsewhere.
    """
    if named is not None:
        return named
    root, name = session.workspace.root, key_name(code)
    secret = signing_key(root, name)
    if secret is None:
        secret = make_signing_key(root, name)
        file = f"{SIGNING}/{name}.key"
        zh = f"{code}：备份的私有部分只有 {file} 能打开：请另存一份到别处，不要只放在本机"
        tell(say(zh, f"{code}: only {file} opens what is private in its backups: keep a copy of it elsewhere"))
    return letter_box(secret)


def names_secret(seed: bytes) -> bytes:
    """Return what names of sealed objects are made with: another value than the key that signs."""
    return hmac.new(seed, b"tianlake names of sealed objects", hashlib.sha256).digest()


def known_backups(session: Session, code: str) -> list[Where]:
    """Return the places that hold backups of a node, by what it noted of them."""
    return [Where(place, endpoint) for place, endpoint in known_places(results(session.store(code)))]


def saved_releases(session: Session, code: str, now: datetime) -> frozenset[str]:
    """Return the releases (`<product>/<release>`) of backups that were read whole, and right, within `FRESH`.

    Each is looked up where it lies: the newest such snapshot must be there, signed, with every content it names.
    """
    found: set[str] = set()
    for result in fresh(results(session.store(code)), now, FRESH):
        try:
            series = open_series(session, code, Where(result.place, result.endpoint))
            snapshot = series.at(result.snapshot)
            there = {info.key for info in series.place.store.list(OBJECTS)}
        except LakeError as error:
            tell(say(f"{code}：{error.zh}", f"{code}: {error}"))
            continue
        if {content_key(each.sha256) for each in snapshot.public} <= there:
            found |= {f"{product}/{release}" for product, release in snapshot.releases()}
    return frozenset(found)


def sources(session: Session, code: str) -> dict[str, SourceOf]:
    """Return where a node's objects may be had beside its own store: its copies, then its backups."""
    lake, found = session.store(code), dict[str, SourceOf]()
    for copy in known_copies(lake, code, opener(session), remains_opener(session)):
        if copy.store is not None:
            found[f"replica {copy.id}"] = partial(read_right, copy.store)
    for where in known_backups(session, code):
        place = open_backup(session, code, where)
        found[f"backup {place.url}"] = partial(_from_backup, place.store)
    return found


@contextmanager
def _from_backup(store: Store, _key: str, sha256: str) -> Iterator[bytes | Path]:
    """Give bytes that lie in a backup under their own hash."""
    with read_right(store, content_key(sha256), sha256) as body:
        yield body


def _settings(session: Session, where: Where) -> S3Settings:
    settings = session.workspace.settings.aws or S3Settings()
    return settings if where.endpoint is None else replace(settings, endpoint_url=where.endpoint)


def _keys_of(session: Session, code: str) -> frozenset[str]:
    """Return the node's public keys: its own of today, and those of before, where its trail is whole up to that."""
    seed = signing_key(session.workspace.root, code)
    own = public_key(seed) if seed else None
    named: set[str] = set()
    with suppress(StoreError):  # a lake that is lost tells of no key
        verdict = verify_trail(
            session.store(code),
            Wanted(code, own),
            time.time(),
            told=lambda entry: named.add(str(entry.details["key"])) if entry.kind in KEY_KINDS else None,
        )
        if any(each.rule in _BROKEN for each in verdict.findings):
            named.clear()
    return frozenset(named | ({own} if own else set()))
