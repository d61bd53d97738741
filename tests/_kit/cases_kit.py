"""An office that works on cases: an officer with a key, a node's box, and a clock that a test sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from trail_kit import seed_of

from tianlake.lake.cases.book import Act, CaseBook
from tianlake.lake.cases.receipts import case_of
from tianlake.lake.cases.steps import Standing, StepKind
from tianlake.lake.people import People, Person, PersonKey, Role, Signer
from tianlake.lake.sealed import letter_box
from tianlake.lake.signed import public_key
from tianlake.lake.store import Store

CODE = "156131000"
RECEIPT = "20261127-abcdefghijklmnopqrst"
CASE = case_of(RECEIPT)
SECRET = seed_of("the box of cases")
NOW = 1_795_744_800.0
"""2026-11-27T02:00:00Z."""


def person(name: str, *roles: Role, until: str | None = None) -> Person:
    key = PersonKey(public_key(seed_of(name)), "2026-01-01T00:00:00Z", until)
    return Person(name, "经办人", "运行单位", roles, (key,))


PEOPLE = People(CODE, (person("officer-a", "officer"), person("author-b", "author")))
DETAILS: dict[StepKind, dict[str, Any]] = {
    "open": {"wish": "remove", "ground": "privacy", "received": "2026-11-27T02:00:00Z", "source": "public"},
    "report": {"authority": "主管部门", "number": "1"},
    "decide": {"decision": "grant", "basis": "《办法》第十八条", "targets": [{"product": "places"}]},
    "apply.begin": {"targets": [], "features": 1, "releases": 2},
    "apply": {"products": []},
    "prove": {"clean": True, "found": 0},
    "close": {"erase_after": "2027-05-26T02:00:00Z"},
    "erase": {"objects": 3},
}


@dataclass
class Office:
    """The officer's desk of one node."""

    store: Store
    now: float = NOW
    people: People = PEOPLE
    book: CaseBook = field(init=False)

    def __post_init__(self) -> None:
        self.book = CaseBook(self.store, self.people, lambda: self.now)

    def take(self, kind: StepKind, told: dict[str, Any] | None = None, by: str = "officer-a", **other: Any) -> Standing:
        """Take a step as it usually is, but for `other` details."""
        act = Act(kind, DETAILS[kind] | other, told)
        return self.book.take(CASE, act, Signer(by, seed_of(by)), letter_box(SECRET))
