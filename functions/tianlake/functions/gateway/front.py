"""Accounts behind the gateway: who is let in, and where people see to their keys. One store serves both."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from tianlake.functions.accounts.conditions import Conditions
from tianlake.functions.accounts.desk import AccountDesk, Backing, own_accounts, taken_over
from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.snapshot_keys import SnapshotKeys
from tianlake.functions.admission.admit import Rules
from tianlake.functions.admission.door import Door
from tianlake.functions.admission.ports import SUBNETS, Keys, Ledger
from tianlake.functions.cases.desk import CaseDesk, Intake
from tianlake.functions.gateway.admission import Entry, FrontDoor
from tianlake.functions.gateway.alone import Alone, Spared
from tianlake.functions.gateway.desk_calls import DeskCalls
from tianlake.functions.gateway.lease_counts import Counted, LeaseCounts
from tianlake.functions.gateway.node import Node
from tianlake.functions.gateway.places import Place
from tianlake.functions.gateway.rules import RulesOfNode
from tianlake.lake.errors import StoreError
from tianlake.lake.quotas import DEFAULT_POLICY
from tianlake.lake.store import Store
from tianlake.lake.trail import Journal

_log = logging.getLogger(__name__)

ACCOUNT_THREADS: Final = 4
"""Account calls that are answered at a time, per worker: people look after keys now and then, maps ask all the time."""
CASE_THREADS: Final = 2
"""Calls about cases that are answered at a time, per worker."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who has a key, and where use is counted."""

    store: AccountStore | None = None
    """None where there is none: what is open is open to anybody, and the rest to nobody."""
    snapshot: SnapshotKeys | None = None
    """Keys that another node issues; `store` only counts their use then."""
    issuer: str | None = None
    """Base URL of that node."""
    strict: bool = False
    """Whether refusals are answered as today's Tianditu does."""
    journal: Journal | None = None
    """Takes down what is done to accounts and keys."""
    leases: LeaseCounts | None = None
    """Where leases are counted; None: they are not."""


NOBODY: Final = Accounts()


class Entrance(Protocol):
    """Lets requests in: `FrontDoor`, or what somebody put around it."""

    async def enter(self, request: Request, place: Place, node: Node) -> Entry | Response:
        """Return who was let in, or the answer that says why not."""

    async def leave(self, request: Request, place: Place, entry: Entry, response: Response) -> Response:
        """Charge an answer, or return what goes out instead."""

    async def close(self) -> None:
        """Give back what is leased."""


@dataclass(frozen=True, slots=True)
class Front:
    """What stands in front of a lake."""

    door: Entrance
    calls: DeskCalls
    cases: DeskCalls
    store: AccountStore | None = None
    snapshot: SnapshotKeys | None = None

    async def close(self) -> None:
        """Give back what is leased, and let go of the store. What fails is logged: the server stops anyway."""
        await self.door.close()
        await self.calls.close()
        await self.cases.close()
        if self.store is not None:
            await anyio.to_thread.run_sync(self.store.close)


def front_of(
    root: Node,
    accounts: Accounts,
    *,
    trust_forwarded: bool,
    stores: Mapping[str, Store] | None = None,
    clock: Callable[[], float] = time.time,
) -> Front:
    """Return what stands in front of all nodes, where the quotas and terms of the node `root` hold.

    Asks the account store for a secret of its own. One that does not answer costs no more than that anonymous use is
    counted by this process alone until it starts again.

    Args:
        root: The node at `/`.
        accounts: Who has a key.
        trust_forwarded: Whether the last entry of `X-Forwarded-For` is the client's address.
        stores: Node code → store that requests of the public are put into; without one a node takes in none.
        clock: Seconds since the epoch.
    """
    store, alone = accounts.store, Alone()
    salt = secrets.token_bytes(32)
    try:
        salt = store.secret(SUBNETS) if store else salt
    except StoreError as error:
        _log.warning("anonymous use is counted by each worker alone: %s", error)
    begin = Rules(DEFAULT_POLICY, None, accounts.strict)
    rules = RulesOfNode(root, begin, store, clock, asks_terms=accounts.snapshot is None)
    keys: Keys = accounts.snapshot or store or alone
    counts = accounts.leases
    told: Ledger = store or alone
    told = Counted(told, counts) if counts is not None else told
    ledger: Ledger = Spared(told) if store else told
    door = FrontDoor(Door(keys, ledger, rules, salt, clock), rules, trust_forwarded=trust_forwarded, clock=clock)
    backing = _backing(accounts, alone, lambda: Conditions(rules().policy, rules.terms), root.code)
    desk, intake = AccountDesk(backing), Intake(stores or {}, ledger, backing.secret, lambda: rules().policy)
    calls, cases = (
        DeskCalls(each, rules, threads=threads, trust_forwarded=trust_forwarded, clock=clock)
        for each, threads in ((desk, ACCOUNT_THREADS), (CaseDesk(intake), CASE_THREADS))
    )
    return Front(door, calls, cases, store, accounts.snapshot)


def _backing(accounts: Accounts, alone: Alone, conditions: Callable[[], Conditions], code: str) -> Backing:
    store, snapshot = accounts.store, accounts.snapshot
    if store is None:
        return Backing(alone, alone, alone.secret, conditions, code)
    if snapshot is None:
        return own_accounts(store, conditions, code, accounts.journal)
    return taken_over(store, snapshot, conditions, code, accounts.issuer)
