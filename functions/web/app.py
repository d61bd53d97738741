"""The web API's entry point: routes and settings from the environment; what it does is in `tianlake.functions`.

TIANLAKE_LAKE        where nodes publish, `s3://tianlake-{code}`
TIANLAKE_NODE        code of the node at the root, `156000000`: its limits and terms hold
TIANLAKE_NODES       codes of further nodes that are served below their codes, separated by commas
TIANLAKE_ACCOUNTS    store of accounts, `dynamodb:PREFIX`
TIANLAKE_ISSUER_KEY  public key of the node that issues accounts, where it is another one
TIANLAKE_STRICT      1 where refusals are answered as Tianditu does today
TIANLAKE_URL         base URL as clients see it, where CloudFront stands in front
TIANLAKE_PROXIES     how many proxies of ours stand in front of API Gateway: 1 behind CloudFront; 0 where it is not set
TIANLAKE_ENDPOINT    base URL of AWS, for LocalStack; and AWS's own variables
"""  # noqa: INP001 - Chalice's root is no package

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from chalice.app import Response

from tianlake.functions.accounts.published import PublishedConditions
from tianlake.functions.accounts.snapshot_keys import SnapshotKeys
from tianlake.functions.accounts.stores import open_accounts
from tianlake.functions.admission.admit import Rules
from tianlake.functions.admission.door import Door
from tianlake.functions.admission.ports import EDGE, SUBNETS, Keys
from tianlake.functions.api.replies import ANY_TYPE, METHODS, AnyBinary, answering, sent_as_bytes
from tianlake.functions.api.web import Served, WebFunction, rules_of, web_routes
from tianlake.functions.web.start import open_web
from tianlake.lake.quotas import DEFAULT_POLICY
from tianlake.lake.store import S3Settings, open_store

app = AnyBinary("tianlake-web")


@cache
def function() -> WebFunction:
    """Return what answers, opened by the first call: packaging imports this module without settings."""
    aws = S3Settings(endpoint_url=os.environ.get("TIANLAKE_ENDPOINT"), region=os.environ.get("AWS_REGION"))
    lake, root = os.environ["TIANLAKE_LAKE"], os.environ["TIANLAKE_NODE"]
    codes = tuple(dict.fromkeys([root, *filter(None, os.environ.get("TIANLAKE_NODES", "").split(","))]))
    bucket = open_store(lake, root, aws, Path())
    accounts = open_accounts(os.environ["TIANLAKE_ACCOUNTS"], Path(), aws)
    issuer_key = os.environ.get("TIANLAKE_ISSUER_KEY")
    keys: Keys = SnapshotKeys(bucket, issuer_key) if issuer_key else accounts
    strict = os.environ.get("TIANLAKE_STRICT") == "1"
    conditions, begin = (
        PublishedConditions(bucket),
        Rules(DEFAULT_POLICY, strict=strict, edge_pass=accounts.secret(EDGE)),
    )

    def rules() -> Rules:
        return rules_of(conditions(), begin, asks_terms=not issuer_key)

    door = Door(keys, accounts, rules, accounts.secret(SUBNETS))
    proxies = int(os.environ.get("TIANLAKE_PROXIES") or 0)
    served = Served(codes, root, os.environ.get("TIANLAKE_URL", ""), strict, proxies)
    scratch = Path(tempfile.gettempdir())  # Lambda's own folders are read-only
    return WebFunction(open_web(lake, codes, aws, scratch, processes=1, copying=False), door, rules, served)


@answering(sent_as_bytes)
def answer(**_parts: str) -> Response:
    """Answer the current request as a call of the web API; the request holds the parts of its path."""
    request = app.current_request
    if request is None:
        raise RuntimeError("a view is called by Chalice alone, for a request")
    return sent_as_bytes(function().answer(request.to_original_event()))


for route in web_routes():
    app.route(route, methods=METHODS, content_types=ANY_TYPE)(answer)
