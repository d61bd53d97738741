"""What a check of `tianlake doctor` finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from tianlake.cli.session import Session
from tianlake.lake.errors import LakeError
from tianlake.lake.plain import Text

Level = Literal["wrong", "warning"]


@dataclass(frozen=True, slots=True)
class Ail:
    """Something that is not as it should be."""

    level: Level
    what: Text
    then: str
    """The command or act that comes next."""


Check = Callable[[Session, str], Iterator[Ail]]


def wrong(error: LakeError, then: str) -> Ail:
    """Return what an error tells of."""
    return Ail("wrong", Text(error.zh, str(error)), then)
