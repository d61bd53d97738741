"""`[cases]` of a workspace: how long each step may take, how long a record is kept, which copies and caches there are.

The Measures say "in time" (及时, article 18) and name no days. The defaults are Tianlake's own, not the law's: whoever
runs a node sets those of its authority.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from tianlake.lake.errors import LakeError
from tianlake.lake.records import STRICT
from tianlake.lake.store.locations import parse_location

Days = Annotated[int, Field(ge=0, le=3650)]

_GATEWAY: Final = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~%-]+)*")
_DISTRIBUTION: Final = re.compile(r"[A-Z0-9]{5,32}")


def _place(value: str) -> str:
    try:
        parse_location(value, Path())
    except LakeError as error:
        raise ValueError(str(error)) from None
    return value


def _gateway(value: str) -> str:
    if not _GATEWAY.fullmatch(value):
        msg = "a gateway is http(s)://HOST[:PORT][/PATH] without a final '/'"
        raise ValueError(msg)
    return value


def _distribution(value: str) -> str:
    if not _DISTRIBUTION.fullmatch(value):
        msg = "a CloudFront distribution is named by its id, such as E1A2B3C4D5E6F7"
        raise ValueError(msg)
    return value


@dataclass(frozen=True, slots=True)
class CaseSettings:
    """Deadlines in whole days, and where what was removed may still lie."""

    report_days: Days = 1
    """From receipt to the report to the authority."""
    decide_days: Days = 15
    """From receipt to the decision."""
    apply_days: Days = 3
    """From the decision to the removal."""
    prove_days: Days = 1
    """From the removal to the proof that nothing is left."""
    close_days: Days = 5
    """From the proof, or the refusal, to the closing."""
    retention_days: Days = 180
    """From the closing until what was written is erased."""
    incident_report_hours: Annotated[int, Field(ge=0, le=8760)] = 24
    """From learning of an incident to the report to the authority."""
    incident_close_days: Days = 30
    copies: tuple[Annotated[str, AfterValidator(_place)], ...] = ()
    """Known copies of the lake beside those that are filed: `file:DIRECTORY`, `s3://BUCKET/PREFIX`, where `{code}` is
    the node's."""
    gateways: tuple[Annotated[str, AfterValidator(_gateway)], ...] = ()
    """Base URLs under which nodes are served, `{base}/<code>/…`: their caches are asked."""
    distribution: Annotated[str, AfterValidator(_distribution)] | None = None
    """Id of the CloudFront distribution in front of the lake."""

    __pydantic_config__ = STRICT
