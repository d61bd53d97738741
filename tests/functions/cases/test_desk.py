"""The public form: what it takes in, how it tells of it, and what it keeps out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bureau_kit import NOW, header, told
from cases_kit import CODE, DETAILS, PEOPLE, SECRET
from trail_kit import seed_of

from tianlake.functions.calls import Call, Reply
from tianlake.functions.cases import desk as module
from tianlake.functions.cases.desk import CaseDesk, Intake
from tianlake.functions.gateway.alone import Alone
from tianlake.lake import keys
from tianlake.lake.cases.book import Act, CaseBook
from tianlake.lake.cases.receipts import case_of
from tianlake.lake.people import Signer
from tianlake.lake.quotas import DEFAULT_POLICY
from tianlake.lake.sealed import letter_box, unseal
from tianlake.lake.store import DirectoryStore

ASKED = {"wish": "remove", "ground": "privacy", "text": "请删除我家的位置", "contact": "某人 13900000000"}


class Window:
    """The desk of a node whose form is open."""

    def __init__(self, folder: Path) -> None:
        self.store = DirectoryStore(folder)
        box = json.dumps({"box": letter_box(SECRET)}).encode()
        self.store.put(keys.CASES_BOX, box, media_type="application/json")
        alone = Alone()
        self.desk = CaseDesk(Intake({CODE: self.store}, alone, alone.secret, lambda: DEFAULT_POLICY))

    def ask(self, method: str, path: str, form: object = None, client: str = "203.0.113.7", code: str = CODE) -> Reply:
        body = form if isinstance(form, bytes) else b"" if form is None else json.dumps(form).encode()
        return self.desk.answer(Call(method, path, {"content-type": "application/json"}, "", body, client), NOW, code)


@pytest.fixture
def window(tmp_path: Path) -> Window:
    return Window(tmp_path)


def test_a_request_is_sealed_and_its_receipt_tells_how_it_stands(window: Window, tmp_path: Path) -> None:
    reply = window.ask("POST", "/cases", ASKED)
    receipt = told(reply)["receipt"]
    assert (reply.status, header(reply, "location")) == (201, f"cases/{receipt}")
    assert header(reply, "cache-control") == "no-store"
    key = keys.case_filed(case_of(receipt))
    letter = json.loads(unseal(window.store.get(key)[1], SECRET, case_of(receipt), file=key))
    assert letter == ASKED | {
        "about": "",
        "name": "",
        "receipt": receipt,
        "received": "2026-11-27T02:00:00Z",
        "source": "public",
    }
    everything = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert not any(text.encode() in everything for text in (ASKED["text"], ASKED["contact"], receipt))
    status = told(window.ask("GET", f"/cases/{receipt}"))
    assert (status["state"], status["message"]["zh"]) == ("received", "已收到")


def test_the_receipt_follows_the_case_through_its_steps(window: Window) -> None:
    receipt = told(window.ask("POST", "/cases", ASKED))["receipt"]
    book = CaseBook(window.store, PEOPLE, lambda: NOW)
    seen = []
    for kind in ("open", "report", "decide", "apply.begin", "apply", "prove", "close"):
        book.take(case_of(receipt), Act(kind, DETAILS[kind]), Signer("officer-a", seed_of("officer-a")))
        seen.append(told(window.ask("GET", f"/cases/{receipt}"))["state"])
    assert seen == ["received", "reported", "granted", "granted", "applied", "proved", "closed"]


def test_a_case_that_cannot_be_read_is_answered_for_and_spoils_no_other(window: Window) -> None:
    receipt, other = (told(window.ask("POST", "/cases", ASKED))["receipt"] for _ in range(2))
    book = CaseBook(window.store, PEOPLE, lambda: NOW)
    for each in (receipt, other):
        book.take(case_of(each), Act("open", DETAILS["open"]), Signer("officer-a", seed_of("officer-a")))
    step = keys.case_step(case_of(receipt), 1)
    window.store.put(step, b"tianlake-case 1\n{}\nx\n", media_type="text/plain")
    reply = window.ask("GET", f"/cases/{receipt}")
    assert (reply.status, told(reply)["code"]) == (503, "case-unreadable")
    assert "name the receipt" in told(reply)["message"]["en"]
    assert told(window.ask("GET", f"/cases/{other}"))["state"] == "received"
    found, unread = book.all()
    assert [each.id for each in found] == [case_of(other)]
    assert list(unread) == [case_of(receipt)]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (ASKED | {"wish": "keep"}, "wish"),
        ({key: value for key, value in ASKED.items() if key != "ground"}, "ground"),
        (ASKED | {"text": "x"}, "text"),
        (ASKED | {"text": "字" * 4001}, "text"),
        (ASKED | {"contact": "a\u202eb"}, "contact"),
        (ASKED | {"phone": "139"}, "phone"),
    ],
)
def test_a_form_with_a_slip_is_told_which_field_it_is(window: Window, form: dict[str, Any], field: str) -> None:
    reply = window.ask("POST", "/cases", form)
    assert (reply.status, told(reply)["field"]) == (400, field)
    assert list(window.store.list(keys.CASES_FILED)) == []


def test_bodies_are_bounded(window: Window) -> None:
    assert window.ask("POST", "/cases", b"{" + b" " * 70_000 + b"}").status == 413
    assert window.ask("POST", "/cases", b"no json").status == 400


def test_one_network_files_a_few_requests_and_then_waits(window: Window) -> None:
    replies = [window.ask("POST", "/cases", ASKED) for _ in range(12)]
    assert replies[0].status == 201
    assert replies[-1].status == 429
    assert int(header(replies[-1], "retry-after") or 0) > 0
    assert window.ask("POST", "/cases", ASKED, client="198.51.100.9").status == 201


def test_who_guesses_receipts_waits(window: Window) -> None:
    statuses = [window.ask("GET", f"/cases/20261127-{'a' * 18}{n:02d}").status for n in range(22, 78)]
    statuses += [window.ask("GET", f"/cases/20261127-{'a' * 20}").status for _ in range(200)]
    assert statuses[0] == 404
    assert statuses[-1] == 429


def test_a_closed_form_and_an_unknown_node_take_in_nothing(window: Window) -> None:
    window.store.delete(keys.CASES_BOX)
    assert told(window.ask("POST", "/cases", ASKED))["code"] == "form-closed"
    assert window.ask("POST", "/cases", ASKED, code="156110000").status == 404


def test_the_form_is_full_when_nobody_opens_requests(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    statuses = [window.ask("POST", "/cases", ASKED, client=f"198.51.{n}.1").status for n in range(3)]
    assert statuses == [201, 201, 503]
    assert len(list(window.store.list(keys.CASES_FILED))) == 2


def test_other_methods_are_refused(window: Window) -> None:
    assert window.ask("GET", "/cases").status == 405
    assert window.ask("DELETE", "/cases/20261127-abcdefghijklmnopqrst").status == 405
    assert window.ask("GET", "/cases/a/b").status == 404
