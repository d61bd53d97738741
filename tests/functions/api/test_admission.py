"""The one table of requests, through a Chalice app with a metered route."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from admission_kit import KEYS, NODE, NOON, PRODUCTS, RULES, SECRET, SK, Accounts, door_of, policy_with
from admission_rows import STATUSES, TABLE, Row
from chalice.app import Chalice, Response
from chalice_kit import event

from tianlake.functions.accounts.calls import answer
from tianlake.functions.admission.answers import Refusal
from tianlake.functions.admission.demands import demand_of
from tianlake.functions.admission.door import Door
from tianlake.functions.admission.records import Demand
from tianlake.functions.admission.requests import asked_for
from tianlake.functions.api.admission import admitted, decide, refused
from tianlake.functions.api.events import request_of
from tianlake.functions.api.replies import ANY_TYPE, METHODS, always_answers, new_app, sent
from tianlake.functions.cors import ALWAYS
from tianlake.functions.gateway.places import locate


def metered_app(door: Door, *, strict: bool = False, demand: Demand | None = None) -> Chalice:
    """Give an app with one route that everything comes in by, as a route of the web API would be."""
    app = new_app("metered")

    @app.route("/{path}", methods=METHODS, content_types=ANY_TYPE)
    @always_answers
    def view(path: str) -> Response:
        assert app.current_request is not None
        request = request_of(app.current_request.to_original_event())
        wanted = demand or demand_of(locate(request.path.encode(), {NODE}))
        access = wanted.access or (PRODUCTS[wanted.product] if wanted.product else "open")
        decision = decide(door, asked_for(request, wanted, access), NOON)
        if isinstance(decision, Refusal):
            return sent(refused(decision, strict=strict, base="/"))
        return sent(admitted(answer({"account": decision.account}), decision))

    return app


def ask(app: Chalice, path: str, row: Row):
    made = app(
        event(row.method, "/{path}", path, row.query, dict(row.headers), client=row.client, parameters={"path": "x"}),
        None,
    )
    assert {name: made["headers"][name] for name in ALWAYS} == ALWAYS, "CORS on every answer"
    return made["statusCode"], made["headers"], json.loads(made["body"])


@pytest.mark.parametrize("strict", [False, True], ids=["", "strict"])
@pytest.mark.parametrize("row", TABLE, ids=str)
def test_a_function_behind_api_gateway_decides_as_every_other_adapter(row, strict):
    status, headers, body = ask(metered_app(door_of(Accounts()), strict=strict), row.path, row)
    if row.code is None:
        assert status == 200
        assert (body["account"] and body["account"].partition("-")[0]) == row.account
        assert ("ratelimit-remaining" in headers) == (row.account is not None)
        return
    wanted, today, today_code = STATUSES[row.code]
    assert status == (today if strict else wanted)
    assert body["code"] == (today_code if strict else row.code)
    assert not any(secret in json.dumps(body) for secret in (*KEYS.values(), SK, SECRET.hex()))


def test_a_route_of_its_own_is_metered_by_what_it_demands():
    rules = replace(RULES, policy=policy_with("search", per_second=1, burst=3))
    app = metered_app(door_of(Accounts(), rules), demand=Demand("search"))
    row = Row("", "", f"tk={KEYS['plain']}")
    statuses = [ask(app, "/search", row)[0] for _ in range(5)]
    assert (statuses[:3], set(statuses[3:])) == ([200] * 3, {429})
    status, headers, _body = ask(app, "/search", row)
    assert (status, int(headers["retry-after"]) >= 1) == (429, True)


def test_a_store_that_is_down_is_told_as_such():
    accounts = Accounts()
    accounts.down = True
    status, headers, body = ask(
        metered_app(door_of(accounts)), "/tiles/roads/0/0/0.mvt", Row("", "", f"tk={KEYS['plain']}")
    )
    assert (status, body["code"]) == (503, "store-unavailable")
    assert "retry-after" in headers
