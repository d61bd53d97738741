"""Every sentence of `tianlake.functions.accounts.ports`, held against each kind of store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from accounts_kit import NOON, Kind, a_key, an_account, an_ask

from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.records import Acceptance, Account
from tianlake.functions.admission.records import digest
from tianlake.lake.errors import ConflictError, NotFoundError

DAY_S = 86_400
WORKERS = 4


def add(store: AccountStore, account: Account, keys: int = 0) -> None:
    store.add_account(account)
    for number in range(1, keys + 1):
        store.add_key(a_key(account, number))


# --- accounts -----------------------------------------------------------------------------------------------------


def test_where_nothing_was_written_nothing_is_found(store: AccountStore):
    assert store.find(digest("no key")) is None
    assert store.account_by_token(digest("no token")) is None
    assert list(store.accounts()) == []
    assert list(store.keys()) == []
    assert store.used("a1", NOON) == {}
    assert store.purge(NOON) == 0
    with pytest.raises(NotFoundError, match="no account 'a1'"):
        store.account("a1")


def test_an_account_reads_back_as_it_was_added(kind: Kind):
    account = an_account()
    kind.store().add_account(account)
    assert kind.store().account(account.id) == account
    assert kind.store().account_by_token(account.token) == account


def test_an_id_and_a_token_belong_to_one_account(store: AccountStore):
    add(store, an_account(1))
    with pytest.raises(ConflictError):
        store.add_account(replace(an_account(1), token=digest("another")))
    with pytest.raises(ConflictError):
        store.add_account(replace(an_account(2), token=an_account(1).token))
    assert list(store.accounts()) == [an_account(1)]
    assert store.account_by_token(digest("another")) is None
    store.add_account(an_account(2))


def test_accounts_are_listed_by_id(store: AccountStore):
    for number in (2, 11, 3, 1):
        add(store, an_account(number), keys=1)
    assert list(store.accounts()) == [an_account(number) for number in (1, 2, 3, 11)]


def test_an_account_is_replaced_only_where_it_is_still_the_old_one(store: AccountStore):
    old = an_account()
    again = replace(old, terms=(*old.terms, Acceptance("2027-01-01", "1" * 64, "2027-01-02T00:00:00Z")))
    add(store, old)
    store.replace_account(old, again)
    assert store.account(old.id) == again
    with pytest.raises(ConflictError, match="changed by somebody else"):
        store.replace_account(old, replace(old, tier="personal"))
    assert store.account(old.id) == again
    with pytest.raises(ConflictError):
        store.replace_account(an_account(9), an_account(9))
    assert list(store.accounts()) == [again]


def test_a_new_token_takes_the_place_of_the_old_one(store: AccountStore):
    old, other = an_account(1), an_account(2)
    new = replace(old, token=digest("new token"))
    add(store, old)
    add(store, other)
    store.replace_account(old, new)
    assert store.account_by_token(new.token) == new
    assert store.account_by_token(old.token) is None
    with pytest.raises(ConflictError):
        store.replace_account(new, replace(new, token=other.token))
    assert store.account_by_token(other.token) == other
    assert store.account(new.id) == new


# --- keys ---------------------------------------------------------------------------------------------------------


def test_a_key_is_found_by_its_digest_from_every_worker(kind: Kind):
    account = an_account()
    key = a_key(account, networks=("192.0.2.0/24", "2001:db8::/32"), expires=NOON + 0.5, companion=digest("sk"))
    other = kind.store()
    assert other.find(key.record.digest) is None
    add(kind.store(), account)
    kind.store().add_key(key)
    assert other.find(key.record.digest) == key.record
    assert other.find(key.record.digest) == key.record  # nor does what was remembered differ
    assert other.find(key.record.digest[:-1]) is None
    assert list(kind.store().keys()) == [key]


def test_a_key_needs_an_account_and_a_digest_and_id_of_its_own(store: AccountStore):
    one, two = an_account(1), an_account(2)
    with pytest.raises(NotFoundError, match="no account"):
        store.add_key(a_key(one))
    assert store.find(a_key(one).record.digest) is None
    add(store, one, keys=1)
    add(store, two)
    with pytest.raises(ConflictError):
        store.add_key(a_key(two, 1, digest=a_key(one).record.digest))
    with pytest.raises(ConflictError):
        store.add_key(a_key(one, 1, digest=digest("another")))
    store.add_key(a_key(two, 1))
    assert list(store.keys()) == [a_key(one, 1), a_key(two, 1)]
    assert store.find(digest("another")) is None


def test_keys_are_listed_by_account_and_id(store: AccountStore):
    for number in (2, 1, 3):
        add(store, an_account(number), keys=12)
    ids = [f"k{number:03}" for number in range(1, 13)]
    assert [key.record.id for key in store.keys(an_account(2).id)] == ids
    assert {key.record.account for key in store.keys(an_account(2).id)} == {an_account(2).id}
    sorted_keys = list(store.keys())
    assert [(key.record.account, key.record.id) for key in sorted_keys] == [
        (an_account(number).id, key) for number in (1, 2, 3) for key in ids
    ]
    assert list(store.keys(an_account(9).id)) == []


def test_what_an_account_is_holds_for_all_its_keys_at_once(kind: Kind):
    worker, service = kind.store(), kind.store()
    account = an_account()
    add(service, account, keys=120)
    service.replace_key(a_key(account, 7), replace(a_key(account, 7, state="revoked"), revoked="2026-11-28T00:00:00Z"))
    assert worker.find(a_key(account, 7).record.digest) == a_key(account, 7, state="revoked").record
    changed = replace(account, state="suspended", tier="personal", terms=())
    service.replace_account(account, changed)
    states = {key.record.id: key.record.state for key in service.keys(account.id)}
    assert states.pop("k007") == "revoked"
    assert set(states.values()) == {"suspended"}
    for number in (1, 120):
        assert worker.find(a_key(account, number).record.digest) == a_key(changed, number, state="suspended").record
    service.replace_account(changed, replace(changed, state="active"))
    assert worker.find(a_key(account, 1).record.digest) == a_key(changed, 1).record
    assert {key.record.state for key in service.keys(account.id)} == {"active", "revoked"}


def test_a_key_has_its_standing_from_its_account_and_not_from_what_is_written_with_it(store: AccountStore):
    account = an_account(tier="personal", state="suspended")
    add(store, account)
    store.add_key(a_key(account, tier="professional", terms="2099-01-01"))
    read = a_key(account, state="suspended")
    assert store.find(read.record.digest) == read.record
    store.replace_key(read, replace(read, label="another"))
    store.replace_account(account, replace(account, state="active"))
    assert list(store.keys()) == [replace(a_key(account), label="another")]


def test_a_key_is_replaced_only_where_it_is_still_the_old_one(store: AccountStore):
    account = an_account()
    add(store, account, keys=2)
    old = a_key(account)
    new = replace(old, replaced_by="k002", record=replace(old.record, state="revoked", expires=NOON))
    store.replace_key(old, new)
    assert store.find(old.record.digest) == new.record
    with pytest.raises(ConflictError, match="changed by somebody else"):
        store.replace_key(old, replace(old, label="late"))
    with pytest.raises(ConflictError):
        store.replace_key(a_key(account, 9), a_key(account, 9))
    assert list(store.keys()) == [new, a_key(account, 2)]


def test_one_of_many_writers_wins(kind: Kind):
    old = an_account()
    add(kind.store(), old)
    gate = Barrier(WORKERS)

    def change(number: int) -> bool:
        store = kind.store()
        gate.wait()
        try:
            store.replace_account(old, replace(old, name=str(number)))
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(WORKERS) as pool:
        won = list(pool.map(change, range(WORKERS)))
    assert won.count(True) == 1
    assert kind.store().account(old.id).name == str(won.index(True))


# --- secrets, and days that are over ------------------------------------------------------------------------------


def test_a_secret_is_the_same_for_every_worker(kind: Kind):
    gate = Barrier(WORKERS)

    def ask(_number: int) -> bytes:
        store = kind.store()
        gate.wait()
        return store.secret("links")

    with ThreadPoolExecutor(WORKERS) as pool:
        found = set(pool.map(ask, range(WORKERS)))
    assert len(found) == 1
    assert len(found.pop()) == 32
    assert kind.store().secret("other") != kind.store().secret("links")


def test_days_before_yesterday_are_purged(store: AccountStore):
    for day in (3, 2, 1, 0):  # backwards, so that no row of a new day takes an old one with it
        store.take(replace(an_ask(), account=f"b{day}"), NOON + day * DAY_S)
    assert store.purge(NOON + 3 * DAY_S) == 2
    assert store.purge(NOON + 3 * DAY_S) == 0
    assert [store.used(f"b{day}", NOON + day * DAY_S) for day in range(4)] == [{}, {}, {"tile": 100}, {"tile": 100}]
