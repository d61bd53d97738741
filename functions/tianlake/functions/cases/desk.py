"""The desk that takes in requests to change or remove information, and tells by a receipt how they stand.

It holds no private key: what is written to it is sealed for the node's officers (docs/cases.md tells the JSON).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, get_args

from tianlake.functions.accounts import answers
from tianlake.functions.accounts.calls import Handler, answer, form_of, route
from tianlake.functions.accounts.forms import Form, chosen, known, text
from tianlake.functions.accounts.throttle import Throttle
from tianlake.functions.admission.door import anonymous
from tianlake.functions.admission.ports import Ledger
from tianlake.functions.calls import Call, CallError, Reply
from tianlake.functions.problems import Problem
from tianlake.lake import keys
from tianlake.lake.cases.receipts import RECEIPT, case_of, new_receipt
from tianlake.lake.cases.steps import MAGIC, STATES, Ground, State, Step, Wish, standing
from tianlake.lake.chain import Chain
from tianlake.lake.errors import LakeError, NotFoundError, StoreError
from tianlake.lake.plain import Text
from tianlake.lake.quotas import QuotaPolicy
from tianlake.lake.records import read_record
from tianlake.lake.sealed import MEDIA_TYPE, seal
from tianlake.lake.store import ABSENT, Store

_log = logging.getLogger(__name__)

MOST_WAITING: Final = 1000
"""Requests that wait to be opened by an officer; then the form takes in no more until some are."""

COST: Final = 20
"""Units of `policy.guesses` that a request costs: it leaves an object, a wrong receipt does not."""

_SALT: Final = "guesses"
_WISHES: Final = get_args(Wish)
_GROUNDS: Final = get_args(Ground)

CLOSED: Final = Problem(
    404,
    "form-closed",
    Text(
        "本节点未开放在线提交，请与其运行维护单位联系。",
        "This node takes in no requests online; write to its operator.",
    ),
)
FULL: Final = Problem(
    503,
    "form-full",
    Text(
        "待受理的诉求过多，请稍后再来，或与运行维护单位联系。",
        "Too many requests wait; come back later, or write to the operator.",
    ),
)
UNKNOWN: Final = Problem(404, "receipt-unknown", Text("没有这个回执编号。", "There is no such receipt."))
UNREADABLE: Final = Problem(
    503,
    "case-unreadable",
    Text(
        "诉求已收到，但其记录目前无法读取；请与运行维护单位联系，并告知回执编号。",
        "The request was received, and its record cannot be read now; write to the operator, and name the receipt.",
    ),
)

PROBLEMS: Final = (CLOSED, FULL, UNKNOWN, UNREADABLE)


@dataclass(frozen=True, slots=True)
class Intake:
    """What the desk of one server needs."""

    stores: Mapping[str, Store]
    """Node code → its store; requests are put, and steps of cases are read, below `private/cases/` alone."""
    ledger: Ledger
    """Counts requests of a subnet."""
    secret: Callable[[str], bytes]
    policy: Callable[[], QuotaPolicy]


class CaseDesk:
    """Answers `POST /cases` and `GET /cases/<receipt>`. Blocks as long as a store takes; safe to use from threads."""

    def __init__(self, intake: Intake) -> None:
        """Open the desk; no store is asked before a call comes."""
        self._intake = intake
        self._throttle = Throttle(intake.ledger)
        self._salt = cache(lambda: intake.secret(_SALT))

    def answer(self, call: Call, now: float, code: str) -> Reply:
        """Answer a call about the node with this code, at a time (seconds since the epoch)."""
        routes: Mapping[str, Mapping[str, Handler]] = {
            "/cases": {"POST": lambda call, now: self._file(call, now, code)},
            "/cases/*": {"GET": lambda call, now: self._status(call, now, code)},
        }
        return route(routes, call, now)

    def close(self, now: float) -> None:
        """Give back what is leased; raises `StoreError`."""
        self._throttle.close(now)

    def _file(self, call: Call, now: float, code: str) -> Reply:
        told = request_of(form_of(call))
        store = self._store(code)
        box = _box(store)
        guesses = self._intake.policy().guesses
        self._throttle.charge(self._subnet(call, now), guesses, now, min(COST, guesses.burst))
        if sum(1 for _ in store.list(keys.CASES_FILED)) >= MOST_WAITING:
            raise CallError(FULL, headers={"retry-after": "86400"})
        moment = datetime.fromtimestamp(now, UTC)
        receipt, received = new_receipt(moment), f"{moment:%Y-%m-%dT%H:%M:%SZ}"
        case = case_of(receipt)
        letter = {**told, "receipt": receipt, "received": received, "source": "public"}
        body = seal(json.dumps(letter, ensure_ascii=False).encode(), box, case)
        store.put(keys.case_filed(case), body, media_type=MEDIA_TYPE, condition=ABSENT)
        _log.info("%s: request %s was filed", code, case)
        return answer(_document(receipt, "received", received, received), 201, location=f"cases/{receipt}")

    def _status(self, call: Call, now: float, code: str) -> Reply:
        receipt = call.path.split("/")[2]
        subnet = self._subnet(call, now)
        self._throttle.check(subnet, now)
        found = self._told(code, receipt) if RECEIPT.fullmatch(receipt) else None
        if found is None:
            self._throttle.charge(subnet, self._intake.policy().guesses, now)
            raise CallError(UNKNOWN)
        return answer(found)

    def _told(self, code: str, receipt: str) -> dict[str, Any] | None:
        """Return how the case of a receipt stands; one that is damaged is answered for, and logged for its officers."""
        try:
            return _found(self._store(code), receipt)
        except StoreError:
            raise
        except LakeError as error:
            _log.error("%s: case %s cannot be read, restore it from a backup: %s", code, case_of(receipt), error)
            raise CallError(UNREADABLE) from None

    def _store(self, code: str) -> Store:
        store = self._intake.stores.get(code)
        if store is None:
            raise CallError(answers.NOT_FOUND)
        return store

    def _subnet(self, call: Call, now: float) -> str:
        """Return the name under which a subnet's tries are counted today: no address."""
        return f"guesses-{anonymous(self._salt(), call.client, now, self._intake.policy())}"


def request_of(form: Form) -> dict[str, str]:
    """Return what a form asks for, checked; raises `CallError` for the first field that is wrong."""
    known(form, ("wish", "ground", "text", "about", "name", "contact"))
    return {
        "wish": chosen(form, "wish", _WISHES),
        "ground": chosen(form, "ground", _GROUNDS),
        "text": text(form, "text", 4000, least=4),
        "about": text(form, "about", 500, least=0),
        "name": text(form, "name", 100, least=0),
        "contact": text(form, "contact", 200, least=0),
    }


def _box(store: Store) -> str:
    """Return the public key that letters are sealed for; raises `CallError` where the form is closed."""
    try:
        return str(json.loads(store.get(keys.CASES_BOX)[1])["box"])
    except NotFoundError:
        raise CallError(CLOSED) from None
    except (ValueError, KeyError, TypeError):
        raise LakeError(f"{keys.CASES_BOX}: holds no public key; open the form again: tianlake case form") from None


def _found(store: Store, receipt: str) -> dict[str, Any] | None:
    """Return how the case of a receipt stands, or None where there is none."""
    case = case_of(receipt)
    chain = Chain(store, lambda seq: keys.case_step(case, seq), MAGIC)
    steps = [read_record(Step, dict(link.header), file=link.key) for link in chain.links()]
    found = standing(steps, file=f"{keys.CASES}{case}/")
    if found is not None:
        return _document(receipt, found.state, found.received, found.since)
    try:
        modified = store.head(keys.case_filed(case)).modified
    except NotFoundError:
        return None
    filed = f"{datetime.fromtimestamp(modified, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return _document(receipt, "received", filed, filed)


_SHOWN: Final[dict[State, State]] = {"applying": "granted", "erased": "closed"}
"""What citizens are told of states that are about how we work."""


def _document(receipt: str, state: State, received: str, since: str) -> dict[str, Any]:
    shown = _SHOWN.get(state, state)
    words = STATES[shown]
    told = {"zh": words.zh, "en": words.en}
    return {"receipt": receipt, "state": shown, "message": told, "received": received, "since": since}
