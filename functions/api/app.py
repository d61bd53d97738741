"""The web API's entry point: routes and settings from the environment; what it does is in `tianlake.functions`.

TIANLAKE_ACCOUNTS    store of accounts, `dynamodb:PREFIX`
TIANLAKE_LAKE        where nodes publish, `s3://tianlake-{code}`: limits and terms are read there
TIANLAKE_NODE        code of this node, `156000000`
TIANLAKE_ISSUER      base URL of the node that issues accounts, where it is another one; with
TIANLAKE_ISSUER_KEY  its public key
TIANLAKE_PROXIES     how many proxies of ours stand in front of API Gateway: 1 behind CloudFront; 0 where it is not set
TIANLAKE_ENDPOINT    base URL of AWS, for LocalStack; and AWS's own variables
"""  # noqa: INP001 - Chalice's root is no package

from __future__ import annotations

import os
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

from chalice.app import Response

from tianlake.functions.accounts.desk import AccountDesk, own_accounts, taken_over
from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.published import PublishedConditions
from tianlake.functions.accounts.snapshot_keys import SnapshotKeys
from tianlake.functions.accounts.stores import open_accounts
from tianlake.functions.api.events import call_of
from tianlake.functions.api.replies import ANY_TYPE, METHODS, always_answers, new_app, sent
from tianlake.functions.cases.desk import CaseDesk, Intake
from tianlake.lake.store import S3Settings, Store, open_store
from tianlake.lake.trail.pending import Waiting

app = new_app("tianlake-api")


class Opened(NamedTuple):
    """What both desks work on."""

    code: str
    bucket: Store
    accounts: AccountStore
    conditions: PublishedConditions


@cache
def opened() -> Opened:
    """Return the stores, opened by the first call: packaging imports this module without settings."""
    aws = S3Settings(endpoint_url=os.environ.get("TIANLAKE_ENDPOINT"), region=os.environ.get("AWS_REGION"))
    code = os.environ["TIANLAKE_NODE"]
    bucket = open_store(os.environ["TIANLAKE_LAKE"], code, aws, Path())
    accounts = open_accounts(os.environ["TIANLAKE_ACCOUNTS"], Path(), aws)
    return Opened(code, bucket, accounts, PublishedConditions(bucket))


@cache
def desk() -> AccountDesk:
    """Return the desk of accounts."""
    code, bucket, accounts, conditions = opened()
    issuer_key = os.environ.get("TIANLAKE_ISSUER_KEY")
    if not issuer_key:
        return AccountDesk(own_accounts(accounts, conditions, code, Waiting(bucket, code)))
    snapshot = SnapshotKeys(bucket, issuer_key)
    return AccountDesk(taken_over(accounts, snapshot, conditions, code, os.environ.get("TIANLAKE_ISSUER")))


@cache
def case_desk() -> CaseDesk:
    """Return the desk that takes in requests to change or remove information."""
    code, bucket, accounts, conditions = opened()
    return CaseDesk(Intake({code: bucket}, accounts, accounts.secret, lambda: conditions().policy))


@always_answers
def answer_case() -> Response:
    """Answer the current request as a call about cases."""
    request = app.current_request
    if request is None:
        raise RuntimeError("a view is called by Chalice alone, for a request")
    call = call_of(request.to_original_event(), int(os.environ.get("TIANLAKE_PROXIES") or 0))
    return sent(case_desk().answer(call, time.time(), opened().code), call.headers.get("accept", ""))


@always_answers
def answer() -> Response:
    """Answer the current request as an account call."""
    request = app.current_request
    if request is None:
        raise RuntimeError("a view is called by Chalice alone, for a request")
    call = call_of(request.to_original_event(), int(os.environ.get("TIANLAKE_PROXIES") or 0))
    return sent(desk().answer(call, time.time()), call.headers.get("accept", ""))


@app.route("/accounts", methods=METHODS, content_types=ANY_TYPE)
def accounts() -> Response:
    """Register."""
    return answer()


@app.route("/accounts/me", methods=METHODS, content_types=ANY_TYPE)
def account() -> Response:
    """Show the account."""
    return answer()


@app.route("/accounts/me/{what}", methods=METHODS, content_types=ANY_TYPE)
def own(what: str) -> Response:  # noqa: ARG001 - the call holds it
    """See to terms, keys, token and links of the account."""
    return answer()


@app.route("/accounts/me/keys/{key_id}", methods=METHODS, content_types=ANY_TYPE)
def key(key_id: str) -> Response:  # noqa: ARG001
    """Revoke a key."""
    return answer()


@app.route("/accounts/me/keys/{key_id}/rotate", methods=METHODS, content_types=ANY_TYPE)
def rotation(key_id: str) -> Response:  # noqa: ARG001
    """Rotate a key."""
    return answer()


@app.route("/accounts/snapshot", methods=METHODS, content_types=ANY_TYPE)
def snapshot() -> Response:
    """Hand out the snapshot of keys."""
    return answer()


@app.route("/accounts/openapi.json", methods=METHODS, content_types=ANY_TYPE)
def description() -> Response:
    """Describe the calls."""
    return answer()


@app.route("/cases", methods=METHODS, content_types=ANY_TYPE)
def cases() -> Response:
    """Take in a request to change or remove information (article 18)."""
    return answer_case()


@app.route("/cases/{receipt}", methods=METHODS, content_types=ANY_TYPE)
def one_case(receipt: str) -> Response:  # noqa: ARG001 - the call holds it
    """Tell how a request stands."""
    return answer_case()


@app.route("/usage", methods=METHODS, content_types=ANY_TYPE)
def usage() -> Response:
    """Tell what was used."""
    return answer()
