"""The STAC API's entry point: settings from the environment; what it does is in `tianlake.functions`.

TIANLAKE_LAKE        where nodes publish, `s3://tianlake-{code}`
TIANLAKE_NODE        code of the node at the root, `156000000`: its limits and terms hold
TIANLAKE_NODES       codes of further nodes that are served below their codes, separated by commas
TIANLAKE_ACCOUNTS    store of accounts, `dynamodb:PREFIX`
TIANLAKE_ISSUER_KEY  public key of the node that issues accounts, where it is another one
TIANLAKE_URL         base URL as clients see it, where a CDN stands in front
TIANLAKE_PROXIES     how many proxies of ours stand in front: 1 behind CloudFront; 0 where it is not set
TIANLAKE_ENDPOINT    base URL of AWS, for LocalStack; and AWS's own variables
"""  # noqa: INP001 - the root of a function is no package

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from mangum import Mangum

from tianlake.functions.accounts.published import PublishedConditions
from tianlake.functions.accounts.snapshot_keys import SnapshotKeys
from tianlake.functions.accounts.stores import open_accounts
from tianlake.functions.admission.admit import Rules
from tianlake.functions.admission.door import Door
from tianlake.functions.admission.ports import EDGE, SUBNETS, Keys
from tianlake.functions.api.asgi import AsgiFunction
from tianlake.functions.api.web import Served, WebFunction, rules_of
from tianlake.functions.web.stac.start import open_stac_desk
from tianlake.lake.quotas import DEFAULT_POLICY
from tianlake.lake.store import S3Settings, open_store

_TEXT: Final = ["text/", "application/"]
"""Every answer is JSON: none has to be sent as base64."""


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
    conditions, begin = PublishedConditions(bucket), Rules(DEFAULT_POLICY, edge_pass=accounts.secret(EDGE))

    def rules() -> Rules:
        return rules_of(conditions(), begin, asks_terms=not issuer_key)

    door = Door(keys, accounts, rules, accounts.secret(SUBNETS))
    served = Served(
        codes, root, os.environ.get("TIANLAKE_URL", ""), proxies=int(os.environ.get("TIANLAKE_PROXIES") or 0)
    )
    folder = Path(tempfile.gettempdir()) / "tianlake-stac"
    return WebFunction(open_stac_desk(lake, codes, aws, Path(), folder), door, rules, served)


app = Mangum(AsgiFunction(function), lifespan="off", text_mime_types=_TEXT)
"""What Lambda calls: `app.app`."""
