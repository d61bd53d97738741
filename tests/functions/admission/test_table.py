"""The one table of requests, decided by the pure core and by the door."""

from __future__ import annotations

import json

import pytest
from admission_kit import KEYS, NODE, NOON, PRODUCTS, RECORDS, RULES, SECRET, SK, Accounts, decided, door_of
from admission_rows import STATUSES, TABLE, Row

from tianlake.functions.admission.admit import admit
from tianlake.functions.admission.answers import Admission, Refusal
from tianlake.functions.admission.demands import demand_of
from tianlake.functions.admission.leases import Lease, window_of
from tianlake.functions.admission.records import Asked, digest
from tianlake.functions.admission.refusals import CATALOG
from tianlake.functions.admission.requests import Request, asked_for
from tianlake.functions.gateway.places import locate


def ask(row: Row) -> Asked:
    demand = demand_of(locate(row.path.encode(), {NODE}))
    access = demand.access or (PRODUCTS[demand.product] if demand.product else "open")
    return asked_for(Request(row.path, row.query, row.headers, row.client), demand, access)


def check(row: Row, answer: Admission | Refusal) -> None:
    if row.code is None:
        assert isinstance(answer, Admission), answer
        account = answer.account
        assert (account and account.partition("-")[0]) == row.account
        return
    assert isinstance(answer, Refusal), answer
    status, today_status, today_code = STATUSES[row.code]
    assert (answer.code, answer.status, answer.status_code(strict=True)) == (row.code, status, today_status)
    assert json.loads(answer.body(strict=True))["code"] == today_code
    for body in (answer.body(), answer.body(strict=True)):
        assert not any(secret in body.decode() for secret in (*KEYS.values(), SK, SECRET.hex()))


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_the_door_decides(row):
    check(row, decided(door_of(Accounts()), ask(row)))


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_the_pure_core_decides(row):
    asked = ask(row)
    named = asked.link.key if asked.link else digest(asked.credential or "")
    key = {each.digest: each for each in RECORDS}.get(named)
    account = key.account if key else "anonymous"
    lease = Lease(account, asked.demand.meter or "tile", window_of(NOON), 10, NOON - 1, 100, NOON + 60, 10, 10_000)
    check(row, admit(asked, key, lease, NOON, RULES))


def test_every_refusal_is_in_the_table_of_statuses():
    assert {reason.code for reason in CATALOG} == STATUSES.keys()


def test_every_check_has_a_row():
    of_the_quota = {"too-fast", "day-used-up", "too-many-guesses", "store-unavailable", "internal"}
    assert {row.code for row in TABLE if row.code} == STATUSES.keys() - of_the_quota
