"""What admission needs of DynamoDB: keys by digest, and leases. boto3 and Python's own library only."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from tianlake.functions.accounts.dynamodb_client import (
    ACCOUNT,
    CLIENT,
    KEY,
    Aws,
    Item,
    Lost,
    Tables,
    failures,
    make_client,
    text,
    texts,
)
from tianlake.functions.accounts.rows import KeyRow, Standing, record_of
from tianlake.functions.admission.leases import (
    Ask,
    Held,
    Lease,
    Spent,
    changes,
    grant,
    returned,
    window_end,
    window_of,
)
from tianlake.functions.admission.records import KeyRecord
from tianlake.lake.errors import StoreError
from tianlake.lake.quotas import METERS, Meter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TRIES: Final = 12
_FIRST_WAIT_S: Final = 0.01
_LONGEST_WAIT_S: Final = 0.5
"""Between tries of a write that others were faster with, up to twice as long each time, at random: 3 s in all."""

_CROWDED_S: Final = 5.0
"""From the first of these tries until the same may be asked again, seconds."""

_KEPT_S: Final = 86_400
"""How long the row of a day is kept after the day ended, seconds: see `leases.oldest_kept`."""

_REMEMBERED: Final = 100_000
"""Keys whose account is remembered: 30 MB at most."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where leases of one account, meter and day are held."""

    account: str
    meter: str
    day: int

    @property
    def name(self) -> str:
        """Return its sort key in the table."""
        return f"{self.meter}#{self.day:08}"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is held, and which write it is of: 0 where the day has no row yet."""

    held: Held
    version: int


class DynamoAdmission:
    """`Keys` and `Ledger` in tables of DynamoDB, for any number of workers and threads.

    `find` takes two reads, the second of key and account together; once a key was found, its account is remembered,
    and one read tells of both. All reads are strongly consistent.
    """

    def __init__(
        self,
        prefix: str,
        aws: Aws | None = None,
        session: boto3.Session | None = None,
        config: Config = CLIENT,
    ) -> None:
        """Use the tables `PREFIX-accounts` and so on, which exist; touches no network.

        Args:
            prefix: What the names of the tables begin with.
            aws: How to reach DynamoDB; boto3's own configuration where absent.
            session: Whose credentials are used; boto3's own chain where absent.
            config: How long to wait for an answer, for those who have less time.
        """
        self._tables = Tables(prefix)
        self._client: DynamoDBClient = make_client(aws, session, config)
        self._places: dict[str, tuple[str, str]] = {}

    def find(self, digest: str) -> KeyRecord | None:
        """Return the record of a key, or None where there is no such key."""
        place = self._places.get(digest)
        if place is None:
            found = self._get(self._tables.digests, texts(digest=digest))
            if found is None or not text(found, "item").startswith(KEY):
                return None
            place = text(found, "account"), text(found, "item")
            if len(self._places) >= _REMEMBERED:
                self._places.clear()
            self._places[digest] = place
        key, account = self._get_both(place)
        row = KeyRow(digest, place[0], place[1].removeprefix(KEY), text(key, "state"), text(key, "body"))
        return record_of(row, Standing(text(account, "tier"), text(account, "state"), text(account, "terms")))

    def take(self, ask: Ask, now: float) -> Lease | Spent:
        """Grant what is asked in one conditional write; see `Ledger.take`.

        Where other workers of the same account write first each time, that account asks too fast. It is no failure of
        the store, after which nobody would be let in.
        """
        slot = Slot(ask.account, ask.meter, window_of(now))
        for _ in self._tries():
            seen = self._seen(slot)
            after, answer = grant(ask, seen.held, now)
            if isinstance(answer, Spent) and not changes(seen.held, after):
                return answer
            try:
                self._hold(slot, after, seen.version, window_end(now))
            except Lost as lost:
                if lost.sent_again:  # the units that come back may have been counted already
                    ask = replace(ask, back=None)
                continue
            return answer
        return Spent("rate", now + _CROWDED_S, seen.held.granted, ask.limit.per_day)

    def give_back(self, lease: Lease, now: float) -> None:
        """Return the unspent units of a lease to its account's day; see `Ledger.give_back`."""
        slot = Slot(lease.account, lease.meter, lease.window)
        if not (lease.units or lease.kept) or window_of(now) > lease.window:
            return
        for _ in self._tries():
            seen = self._seen(slot)
            if seen.version == 0:
                return
            try:
                self._hold(slot, returned(seen.held, lease), seen.version, window_end(now))
            except Lost as lost:
                if lost.sent_again:
                    return
                continue
            return
        raise self._crowded()

    def used(self, account: str, now: float) -> dict[Meter, int]:
        """Return the units of the current day that an account's leases hold, by meter."""
        slots = [Slot(account, meter, window_of(now)).name for meter in METERS]
        found = {
            text(item, "slot"): int(item["granted"]["N"])
            for item in self._pages(
                self._client.get_paginator("query").paginate,
                TableName=self._tables.usage,
                KeyConditionExpression="account = :account",
                ExpressionAttributeValues={":account": {"S": account}},
                ConsistentRead=True,
            )
        }
        return {meter: found[slot] for meter, slot in zip(METERS, slots, strict=True) if slot in found}

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _seen(self, slot: Slot) -> _Seen:
        """Return what is held of a day, or of the newest day before it."""
        with self._failures():
            found = self._client.query(
                TableName=self._tables.usage,
                KeyConditionExpression="account = :account AND slot BETWEEN :first AND :last",
                ExpressionAttributeValues={
                    ":account": {"S": slot.account},
                    ":first": {"S": replace(slot, day=0).name},
                    ":last": {"S": slot.name},
                },
                ScanIndexForward=False,
                Limit=1,
                ConsistentRead=True,
            )["Items"]
        if not found:
            return _Seen(Held(), 0)
        day = int(text(found[0], "slot").rpartition("#")[2])
        granted, due, version = (found[0][name]["N"] for name in ("granted", "due", "version"))
        kept = found[0].get("kept", {"N": "0"})["N"]  # rows of earlier versions have none
        return _Seen(Held(day, int(granted), float(due), int(kept)), int(version) if day == slot.day else 0)

    def _hold(self, slot: Slot, held: Held, version: int, end: float) -> None:
        """Write what is held if no other write came between; raises `Lost`."""
        numbers = {
            "granted": str(held.granted),
            "due": repr(held.due),
            "kept": str(held.kept),
            "version": str(version + 1),
            "expires": str(int(end + _KEPT_S)),
        }
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(account)"}
        if version:
            condition = {
                "ConditionExpression": "version = :version",
                "ExpressionAttributeValues": {":version": {"N": str(version)}},
            }
        item = texts(account=slot.account, slot=slot.name) | {name: {"N": value} for name, value in numbers.items()}
        with self._failures():
            self._client.put_item(TableName=self._tables.usage, Item=item, **condition)

    def _get(self, table: str, key: Item) -> Item | None:
        with self._failures():
            return self._client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")

    def _get_both(self, place: tuple[str, str]) -> tuple[Item, Item]:
        """Return a key and its account, of which not what only the account service reads."""
        account, item = place
        wanted: Any = {
            self._tables.accounts: {
                "Keys": [texts(account=account, item=item), texts(account=account, item=ACCOUNT)],
                "ProjectionExpression": "#item, #state, tier, terms, body",
                "ExpressionAttributeNames": {"#item": "item", "#state": "state"},
                "ConsistentRead": True,
            }
        }
        found: dict[str, Item] = {}
        for _ in self._tries():
            with self._failures():
                answer = self._client.batch_get_item(RequestItems=wanted)
            found |= {text(each, "item"): each for each in answer["Responses"].get(self._tables.accounts, ())}
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                if found.keys() < {item, ACCOUNT}:
                    break
                return found[item], found[ACCOUNT]
        raise StoreError(f"accounts in DynamoDB tables {self._tables.prefix}-*: account {account!r} cannot be read")

    def _pages(self, paginate: Callable[..., Any], **request: Any) -> Iterator[Item]:  # noqa: ANN401 - as boto3 has it
        with self._failures():
            for page in paginate(**request):
                yield from page["Items"]

    def _tries(self) -> Iterator[int]:
        wait = _FIRST_WAIT_S
        for number in range(_TRIES):
            if number:
                time.sleep(random.uniform(0, wait))  # noqa: S311 - spreads workers out, hides nothing
                wait = min(2 * wait, _LONGEST_WAIT_S)
            yield number

    def _crowded(self) -> StoreError:
        return StoreError(
            f"accounts in DynamoDB tables {self._tables.prefix}-*: others wrote first {_TRIES} times; try again"
        )

    def _failures(self) -> Any:  # noqa: ANN401 - a context manager
        return failures(f"accounts in DynamoDB tables {self._tables.prefix}-*")
