"""What the web API behind API Gateway lets in, and what it hands to the desk."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from admission_kit import KEYS, NODE, NOON, PRODUCTS, RULES, SECRET, SK, Accounts, door_of
from admission_rows import STATUSES, TABLE, Row
from chalice_kit import sent_to

from tianlake.functions.api.web import Served, WebFunction
from tianlake.functions.calls import Call, Reply
from tianlake.functions.gateway.places import locate
from tianlake.functions.gateway.web_requests import WebCall
from tianlake.functions.web.desk import Came, WebDesk
from tianlake.lake.errors import NotFoundError


class Noting:
    """Stands for the desk: notes what it is handed, and answers with what it was handed."""

    def __init__(self) -> None:
        self.calls: list[tuple[Call, Came]] = []
        self.releases = self

    def find(self, code: str, product: str) -> Any:
        if code != NODE or product not in PRODUCTS:
            raise NotFoundError(product)
        return SimpleNamespace(card=SimpleNamespace(access=PRODUCTS[product]))

    def answer(self, call: Call, came: Came) -> Reply:
        self.calls.append((call, came))
        return Reply(200, (("content-type", "application/json"), ("cache-control", "public, max-age=60")), b"{}")


def noting(url: str = "", *, strict: bool = False) -> tuple[Noting, WebFunction, Accounts]:
    desk, store = Noting(), Accounts()
    served = Served((NODE,), NODE, url, strict)
    return desk, WebFunction(cast("WebDesk", desk), door_of(store), lambda: RULES, served, lambda: NOON), store


def _is_here(row: Row) -> bool:
    """Say whether a row is of the web API; the STAC API is a function of its own (web/stac/test_function.py)."""
    target = locate(row.path.encode(), {NODE}).target
    return isinstance(target, WebCall) and not target.path.startswith("/stac")


WEB_ROWS = [row for row in TABLE if _is_here(row)]


@pytest.mark.parametrize("strict", [False, True], ids=["", "strict"])
@pytest.mark.parametrize("row", WEB_ROWS, ids=str)
def test_it_decides_as_every_other_adapter(row: Row, strict):
    desk, function, store = noting(strict=strict)
    reply = function.answer(sent_to(row.path, row.query, row.method, headers=dict(row.headers), client=row.client))
    counted = {each.account.partition("-")[0] for each in store.asks}
    if row.code is None:
        assert (reply.status, len(desk.calls)) == (200, 1)
        assert counted == ({row.account} if row.account else set())
        open_to_all = row.account is None or "places" in row.path
        assert ("public" in dict(reply.headers)["cache-control"]) == open_to_all
        return
    status, today, today_code = STATUSES[row.code]
    assert (reply.status, desk.calls) == ((today if strict else status), [])
    assert json.loads(reply.body)["code"] == (today_code if strict else row.code)
    assert not any(secret.encode() in reply.body for secret in (*KEYS.values(), SK, SECRET.hex()))


def test_the_desk_is_handed_the_question_and_where_its_answer_is_read():
    desk, function, _store = noting()
    body = base64.b64encode("{'sql': '选择'}".encode()).decode()
    function.answer(sent_to(f"/{NODE}/sql", f"tk={KEYS['pro']}&f=%E5%9B%BE", "POST", body=body, isBase64Encoded=True))
    ((call, came),) = desk.calls
    assert (call.method, call.path, call.body.decode()) == ("POST", "/sql", "{'sql': '选择'}")
    assert call.query == f"tk={KEYS['pro']}&f=%E5%9B%BE"
    assert (came.code, came.carried) == (NODE, f"tk={KEYS['pro']}")
    assert came.base == f"https://abc.execute-api.test/api/{NODE}/"


@pytest.mark.parametrize(
    ("url", "path", "base"),
    [
        ("", "/ogc", "https://abc.execute-api.test/api/"),
        ("https://map.example.org/", "/ogc", "https://map.example.org/"),
        ("https://map.example.org", f"/{NODE}/ogc", f"https://map.example.org/{NODE}/"),
    ],
)
def test_links_start_where_clients_see_the_function(url, path, base):
    desk, function, _store = noting(url)
    function.answer(sent_to(path))
    assert desk.calls[0][1].base == base


def test_while_the_account_store_is_down_that_is_said():
    _desk, function, store = noting()
    store.down = True
    reply = function.answer(sent_to("/v2/search", f"tk={KEYS['plain']}"))
    assert (reply.status, dict(reply.headers)["retry-after"]) == (503, "2")
