"""What `tianlake doctor` looks at that time runs out for: cases, incidents, keys of another node."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from tianlake.cli.ails import Ail, wrong
from tianlake.cli.casework import Bench
from tianlake.cli.commands.case_list import UNREADABLE, case_rows
from tianlake.cli.session import Session
from tianlake.functions.accounts.snapshot import read_snapshot
from tianlake.functions.accounts.snapshot_keys import EXPIRED_S, OLD_S
from tianlake.lake import keys
from tianlake.lake.cases.incidents import Incident, IncidentBook
from tianlake.lake.errors import LakeError, NotFoundError, StoreError
from tianlake.lake.plain import Text

SOON: Final = timedelta(days=1)
"""How long before its deadline an incident is told."""


def check_cases(session: Session, code: str) -> Iterator[Ail]:
    """Tell cases (article 18) that are overdue or cannot be read."""
    for row in case_rows(Bench(session, code), every=False):
        if row["overdue"] or row["state"] == UNREADABLE:
            what = Text(f"诉求 {row['case']}：逾期或无法读取", f"case {row['case']}: is overdue, or cannot be read")
            yield Ail("wrong", what, f"tianlake case show {row['case']} --node {code}")


def check_incidents(session: Session, code: str) -> Iterator[Ail]:
    """Tell security incidents and risk reports (article 18) that are due within a day or overdue."""
    now = datetime.now(UTC)
    book = IncidentBook(session.store(code), session.workspace.people(code))
    for name in book.ids():
        try:
            found = book.find(name)
        except StoreError:
            raise
        except LakeError as error:
            yield wrong(error, f"tianlake restore, or tianlake incident list --node {code}")
            continue
        due = found.due(session.workspace.settings.cases)
        if due is not None and (left := datetime.fromisoformat(due) - now) < SOON:
            yield _due(found, due, code, late=left < timedelta(0))


def _due(found: Incident, due: str, code: str, *, late: bool) -> Ail:
    zh, en = ("已逾期", "was due") if late else ("即将到期", "is due")
    unreported = found.sort == "incident" and found.reported is None
    then = f"tianlake incident {'update' if unreported else 'close'} {found.id} --node {code}"
    what = Text(f"事件 {found.id}：{zh}，时限 {due}", f"incident {found.id}: {en} {due}")
    return Ail("wrong" if late else "warning", what, then + " --reported" * unreported)


def check_snapshot(session: Session, code: str) -> Iterator[Ail]:
    """Tell how old the snapshot of keys is, where another node issues them."""
    issuer_key = session.workspace.settings.accounts.issuer_key
    if issuer_key is None:
        return
    then, name = f"tianlake keys sync --node {code}", f"{code}/{keys.KEYS_SNAPSHOT}"
    try:
        found = read_snapshot(session.store(code).get(keys.KEYS_SNAPSHOT)[1], issuer_key, name=name)
    except NotFoundError:
        en = f"{name}: there is none: no key is known here"
        yield Ail("wrong", Text(f"{name}：没有密钥快照，任何密钥都无效", en), then)
    except StoreError:
        raise
    except LakeError as error:
        yield wrong(error, then)
    else:
        age = time.time() - found.issued
        if age >= OLD_S:
            zh = f"{name}：签发于 {age / 3600:.0f} 小时前，之后撤销的密钥在此仍有效"
            en = f"{name}: is {age / 3600:.0f} hours old: keys that were revoked since still work here"
            yield Ail("wrong" if age >= EXPIRED_S else "warning", Text(zh, en), then)
