"""Accounts, keys and quotas in backups: of the node that issues them, beside its lake."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tianlake.cli.bureau import open_store
from tianlake.cli.desk import open_trail
from tianlake.cli.output import tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.functions.accounts.dump import Brought, Ended, bring_back, ended_by, is_empty, write_dump
from tianlake.functions.accounts.stores import open_accounts
from tianlake.lake.backup import Series, Snapshot, forget_accounts
from tianlake.lake.errors import LakeError
from tianlake.lake.trail.shown import Line, Wish, lines
from tianlake.lake.words import Instant


@dataclass(frozen=True, slots=True)
class Dumped:
    """Accounts in a file, which goes when the command ends."""

    file: Path
    count: int
    """Accounts."""


def keeps_accounts(session: Session, code: str) -> bool:
    """Say whether a node is the one with whose backups accounts go: the workspace's topmost, whose trail has them."""
    return code == session.codes()[0]


@contextmanager
def dumped(session: Session, code: str) -> Iterator[Dumped | None]:
    """Give the accounts of a node in a file, or None where it keeps none; raises `StoreError`."""
    if not keeps_accounts(session, code):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="tianlake-accounts-") as place:
        file = Path(place) / "accounts.jsonl"
        with open_store(session) as store:
            count = write_dump(store, file)
        yield None if is_empty(file) else Dumped(file, count)


def let_go(series: Series, taken: Snapshot, found: Dumped, seed: bytes) -> int:
    """Take accounts out of the snapshots of before somebody left; return how many snapshots that were."""
    left = ended_by(found.file).closed.values()
    saved = taken.head.accounts
    return forget_accounts(series, saved, max(left), seed).snapshots if left and saved else 0


@contextmanager
def saved_accounts(series: Series, snapshot: Snapshot) -> Iterator[Path | None]:
    """Give the accounts of a snapshot, opened and found to be those that were saved; None where it has none."""
    if snapshot.head.accounts is None:
        yield None
        return
    with series.place.read(snapshot.head.accounts, series.secret) as body:
        if isinstance(body, bytes):  # what is sealed is always given as a file
            raise LakeError("accounts of a backup: are not sealed; take another snapshot: --at TIME")
        yield body


def bring_accounts(session: Session, series: Series, snapshot: Snapshot) -> Brought | None:
    """Bring back the accounts that the store of the workspace has not; None where the snapshot has none.

    What ended since stays ended, as far as the trail of the lake or the newest snapshot tell.
    """
    with saved_accounts(series, snapshot) as file:
        if file is None:
            return None
        ended = _on_record(session, series.place.code, snapshot.head.at)
        newest = series.newest()
        if newest is not None and newest.head.at > snapshot.head.at:
            with saved_accounts(series, newest) as later:
                if later is not None:
                    ended.add(ended_by(later))
        with open_store(session) as store:
            found = bring_back(file, store, ended)
    zh = f"{found.accounts} 个用户、{found.keys} 个密钥已恢复，其中 {found.ended} 个此后已注销、撤销或停用，保持原状"
    en = f"{found.accounts} accounts and {found.keys} keys brought back, {found.ended} of them as ended since"
    code, kept = series.place.code, found.there
    tell(say(f"{code}：{zh}；已有的 {kept} 个未改动", f"{code}: {en}; {kept} were there, and stay as they are"))
    return found


def try_accounts(session: Session, series: Series, snapshot: Snapshot) -> tuple[int | None, bool]:
    """Load the accounts of a snapshot into an empty file, and compare all of it with what was saved.

    Returns:
        How many accounts there are, or None where the snapshot has none; and whether every byte came back.
    """
    with saved_accounts(series, snapshot) as file, tempfile.TemporaryDirectory(prefix="tianlake-drill-") as place:
        if file is None:
            return None, True
        empty = open_accounts(f"sqlite:{place}/accounts.sqlite", session.workspace.root)
        try:
            bring_back(file, empty, Ended())
            again = Path(place) / "again.jsonl"
            count = write_dump(empty, again)
        finally:
            empty.close()
        return count, again.read_bytes() == file.read_bytes()


def _on_record(session: Session, code: str, since: Instant) -> Ended:
    """Return what the trail of a node's lake tells to have ended since a time."""
    found = Ended()
    for line in lines(open_trail(session, code).entries(), Wish(since=since)):
        _note(found, line)
    return found


def _note(found: Ended, line: Line) -> None:
    if line.kind == "key.revoke" and not line.details.get("overlap_h"):
        found.revoked[line.subject] = line.at
    elif line.kind == "account.change":
        what = line.details.get("what")
        if what == "closed":
            found.closed[line.subject] = line.at
        elif what == "another management token":
            found.locked.add(line.subject)
        elif line.details.get("state") == "suspended":
            found.suspended.add(line.subject)
        elif line.details.get("state") == "active":
            found.suspended.discard(line.subject)
