"""What the public form took in, as an officer opens it: whoever broke into the server may have written it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from tianlake.lake.cases.receipts import case_of
from tianlake.lake.cases.steps import Ground, Wish
from tianlake.lake.errors import fault
from tianlake.lake.records import STRICT, parse_record
from tianlake.lake.sealed import unseal
from tianlake.lake.words import Instant


def _shown(text: str) -> str:
    if not text.isprintable():
        msg = "holds characters that cannot be shown"
        raise ValueError(msg)
    return text


def _real(instant: str) -> str:
    datetime.fromisoformat(instant)
    return instant


Line = Annotated[str, Field(max_length=4000), AfterValidator(_shown)]


@dataclass(frozen=True, slots=True)
class Letter:
    """A request to change or remove information."""

    wish: Wish
    ground: Ground
    text: Line
    about: Line
    name: Line
    contact: Line
    receipt: Line
    received: Annotated[Instant, AfterValidator(_real)]
    source: Literal["public"]

    __pydantic_config__ = STRICT


def read_letter(sealed: bytes, secret: bytes, case: str, *, file: str) -> dict[str, Any]:
    """Return what a request says.

    Raises:
        LakeError: It is sealed for another key or case, is none, or its receipt is of another case.
    """
    letter = parse_record(Letter, unseal(sealed, secret, case, file=file), file=file)
    if case_of(letter.receipt) != case:
        raise fault(file, "receipt", "is of another case; nothing that the form took in: delete it")
    return asdict(letter)
