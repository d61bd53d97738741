"""Takes one child's offer: fetched, checked, compared, and laid down as an immutable snapshot."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError, StoreError
from tianlake.lake.records import dump_json, parse_record
from tianlake.lake.releases import JSON, PARQUET
from tianlake.lake.signed import take_apart
from tianlake.lake.store import ABSENT, Store
from tianlake.lake.words import Instant
from tianlake.stac.federation import items, rows
from tianlake.stac.federation.anchors import keep_anchor
from tianlake.stac.federation.bounded import bounded, turn
from tianlake.stac.federation.checks import LARGEST_CARD, Area, check_card, check_offer
from tianlake.stac.federation.compare import Outcome, Same, Taken, compare, stones
from tianlake.stac.federation.local import copy_object
from tianlake.stac.federation.offers import MAGIC, MEDIA_TYPE, read_offer, signed_with
from tianlake.stac.federation.records import Child, File, Offer, Registered, read_harvest
from tianlake.stac.federation.sources import Source
from tianlake.stac.federation.watch import Watch

_log = logging.getLogger(__name__)

OFFER_FILE: Final = "offer.txt"
CARD_FILE: Final = "node.json"
SPARE_S: Final = 60
"""How much longer than reading its files may take what is then done with a child, seconds."""
TIMES_FILE: Final = "taken.json"
"""When each record was taken as it is: so a copy changes only with its record."""
ATTEMPTS: Final = 3
"""How often an offer is read anew when its files go away meanwhile: its node is just publishing."""

AHEAD_S: Final = 3600
"""How far ahead of our clock an offer may be dated, seconds: one from next year would keep out all that follow."""

_LARGEST: Final = {CARD_FILE: LARGEST_CARD, rows.NAME: rows.LARGEST_FILE, items.NAME: items.LARGEST_FILE}


@dataclass(frozen=True, slots=True)
class Terms:
    """By what a parent takes from any of its children."""

    area: Area
    now: str
    watch: Watch
    check_s: float
    """How long the files of one child may take to be read, seconds."""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Taking:
    """What is needed to take from one child."""

    store: Store
    """The parent's bucket."""
    child: Registered
    source: Source
    held: Child | None
    under: Terms


def take(at: Taking) -> Outcome:
    """Return what became of a child's offer: the same as before, or taken.

    Raises:
        StoreError: The child does not answer, or its files keep changing.
        LakeError: What it offers is refused, and why.
    """
    etag = at.held.etag if at.held is not None and _is_trusted(at) else ""
    answer = at.source.offer(etag)
    if answer is None:
        return Same(at.child.code)
    for attempt in range(ATTEMPTS):
        if attempt:
            answer = at.source.offer()
        if answer is None:
            raise StoreError("answered with 304 to a request without a condition")
        offer = _read(at, answer.body)
        with suppress(_Moved):
            return _taken(at, offer, answer.body, answer.etag)
        _log.info("%s: the files of its offer changed meanwhile, attempt %d", at.child.code, attempt + 1)
    raise StoreError("its offer names files that are not there, or are others")


class SupersededError(ConflictError):
    """What was held of the child was replaced by another harvest meanwhile: read the pointer again."""


class _Moved(Exception):  # noqa: N818 - no error: look again
    """A file of the offer is not there, or is another one by now."""


def _is_trusted(at: Taking) -> bool:
    """Say whether what is held of a child would be taken today: its key may have been replaced since."""
    if at.held is None or at.held.snapshot is None:
        return False
    try:
        prefix = keys.taken_prefix(at.child.code, at.held.snapshot)
        check_offer(read_offer(at.store.get(f"{prefix}{OFFER_FILE}")[1], at.child.keys, name=OFFER_FILE), at.child)
    except StoreError:
        raise
    except LakeError:
        return False
    return True


def _read(at: Taking, data: bytes) -> Offer:
    offer = read_offer(data, at.child.keys, name=keys.OFFER)
    check_offer(offer, at.child)
    ahead = (datetime.fromisoformat(at.under.now) + timedelta(seconds=AHEAD_S)).strftime("%Y-%m-%dT%H:%M:%SZ")
    if offer.made > ahead:
        raise LakeError(
            f"{keys.OFFER}: made {offer.made}, ahead of the clock here ({at.under.now}); set one of the clocks"
        )
    made = at.held.made if at.held is not None else None
    if made is not None and offer.made < made:
        raise LakeError(f"{keys.OFFER}: made {offer.made}, older than the one taken before, of {made}")
    return offer


def _taken(at: Taking, offer: Offer, data: bytes, etag: str) -> Taken:
    snapshot = hashlib.sha256(data).hexdigest()[:16]
    prefix = keys.taken_prefix(at.child.code, snapshot)
    from tianlake.stac.federation.reading import Files, read_files  # noqa: PLC0415 - Arrow is slow to import

    with tempfile.TemporaryDirectory() as folder:
        files = {name: _file(at, prefix, name, file, Path(folder)) for name, file in _files(offer).items()}
        check_card(files[CARD_FILE].read_bytes(), at.child.code)
        areas = {code: at.under.area(code) for code in (offer.node, *(each.code for each in offer.below))}
        given = Files(offer, files[rows.NAME], files.get(items.NAME), areas)
        at.under.watch.stop(at.child.code)
        with turn():
            at.under.watch.start(at.child.code, at.under.check_s + SPARE_S)
            found = bounded(read_files, given, seconds=at.under.check_s)
        try:
            before, times = held_rows(at.store, at.held), held_times(at.store, at.held)
        except NotFoundError:
            if read_harvest(at.store)[0].find(at.child.code) != at.held:
                raise SupersededError(at.child.code) from None
            before, times = [], {}  # a snapshot was lost; it is laid down anew
        held = rows.digests(before)
        changes = compare(held, rows.digests(found))
        if not at.under.dry_run:
            known = {row.id: times.get(row.id, at.under.now) for row in found if held.get(row.id) == row.digest}
            taken = {row.id: known.get(row.id, at.under.now) for row in found}
            _lay_down(at.store, prefix, {**files, TIMES_FILE: dump_json(taken)}, data)
            keep_anchor(at.store, at.child.code, offer, signed_with(data, at.child.keys))
    gone = stones(changes.deleted, {row.id for row in found}, at.held.gone if at.held else (), at.under.now)
    child = Child(
        at.child.code,
        "fresh",
        at.child.url,
        snapshot,
        etag,
        offer.made,
        at.under.now,
        collections=offer.collection_count,
        last=changes.counts,
        below=offer.below,
        gone=gone,
        withdrawn=offer.withdrawn,
        purged=_purged(at, offer),
    )
    return Taken(child, changes)


def _purged(at: Taking, offer: Offer) -> str | None:
    """Return when, by our clock, it was last learned that something was withdrawn at the child or below it."""
    before = at.held
    if offer.withdrawn is None or before is None or before.withdrawn == offer.withdrawn:
        return before.purged if before is not None else None
    return at.under.now


def _files(offer: Offer) -> dict[str, File]:
    """Return the files of an offer by the name they get in a snapshot."""
    named = {CARD_FILE: offer.card, rows.NAME: offer.collections}
    return named | ({items.NAME: offer.items} if offer.items else {})


def _file(at: Taking, prefix: str, name: str, wanted: File, folder: Path) -> Path:
    """Return a file of an offer: from a snapshot, this one or the one before, where it is there already; else fetched.

    Raises:
        _Moved: It is not there, or is another one.
    """
    target = folder / name
    held = [prefix, *([keys.taken_prefix(at.child.code, at.held.snapshot)] if at.held and at.held.snapshot else [])]
    for place in held:
        with suppress(NotFoundError):
            copy_object(at.store, f"{place}{name}", target)
            if _is(target, wanted):
                return target
    largest = _LARGEST[name]
    if wanted.size > largest:
        raise LakeError(f"{wanted.key[:200]}: {wanted.size} bytes, more than the {largest} it may have")
    try:
        at.source.copy(wanted.key, largest, target)
    except NotFoundError:
        raise _Moved from None
    if not _is(target, wanted):
        raise _Moved
    if not at.under.dry_run:
        _put(at.store, f"{prefix}{name}", target)
    return target


def _is(path: Path, wanted: File) -> bool:
    if path.stat().st_size != wanted.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == wanted.sha256


def _lay_down(store: Store, prefix: str, files: Mapping[str, bytes | Path], offer: bytes) -> None:
    """Put what is missing of a snapshot, the offer last."""
    store.delete(keys.replaced(prefix))
    for name, body in files.items():
        _put(store, f"{prefix}{name}", body)
    _put(store, f"{prefix}{OFFER_FILE}", offer)


def _put(store: Store, key: str, body: bytes | Path) -> None:
    media_type = PARQUET if key.endswith(".parquet") else JSON if key.endswith(".json") else MEDIA_TYPE
    with suppress(ConflictError):  # there already: its name is made of its bytes
        store.put(key, body, media_type=media_type, condition=ABSENT)


def held_rows(store: Store, child: Child | None) -> list[rows.Row]:
    """Return the records that are held of a child; none where there is no snapshot.

    Raises:
        NotFoundError: The snapshot was replaced meanwhile.
    """
    if child is None or child.snapshot is None:
        return []
    key = f"{keys.taken_prefix(child.code, child.snapshot)}{rows.NAME}"
    return rows.read_rows(store.get(key)[1], name=key)


def held_times(store: Store, child: Child | None) -> dict[str, Instant]:
    """Return when each record that is held of a child was taken as it is; of what is not known, nothing."""
    if child is None or child.snapshot is None:
        return {}
    key = f"{keys.taken_prefix(child.code, child.snapshot)}{TIMES_FILE}"
    try:
        return parse_record(dict[str, Instant], store.get(key)[1], file=key)
    except NotFoundError:
        return {}


def held_offer(store: Store, child: Child) -> Offer:
    """Return the offer that is held of a child, whose signature was checked when it was taken.

    Raises:
        NotFoundError: The snapshot was replaced meanwhile.
    """
    key = f"{keys.taken_prefix(child.code, child.snapshot)}{OFFER_FILE}"
    signed = take_apart(store.get(key)[1], MAGIC)
    if signed is None:
        raise LakeError(f"{key}: is damaged; restore it from a backup")
    return parse_record(Offer, signed.header, file=key)
