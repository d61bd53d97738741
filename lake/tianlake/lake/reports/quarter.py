"""Quarters of a year, in days of China."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Self

from tianlake.lake.errors import LakeError
from tianlake.lake.logs.window import Window
from tianlake.lake.words import Text

_NAME: Final = re.compile(r"([12][0-9]{3})Q([1-4])")
_MONTHS: Final = 3
_ORDINALS: Final = (("一", "First"), ("二", "Second"), ("三", "Third"), ("四", "Fourth"))


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of a year."""

    year: int
    number: int
    """1 to 4."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2026Q4`.

        Raises:
            LakeError: It is none.
        """
        found = _NAME.fullmatch(text)
        if found is None:
            raise LakeError(f"quarter {text!r}: must look like 2026Q4", zh=f"季度 {text!r}：须写作 2026Q4")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        """Return `2026Q4`."""
        return f"{self.year:04d}Q{self.number}"

    @property
    def window(self) -> Window:
        """Its days in China."""
        first = date(self.year, self.number * _MONTHS - 2, 1)
        after = date(self.year + 1, 1, 1) if self.number == 4 else date(self.year, self.number * _MONTHS + 1, 1)  # noqa: PLR2004
        return Window(first, after - timedelta(days=1))

    @property
    def title(self) -> Text:
        """What people call it."""
        zh, en = _ORDINALS[self.number - 1]
        return Text(f"{self.year} 年第{zh}季度", f"{en} quarter of {self.year}")

    def holds(self, at: str) -> bool:
        """Say whether a moment, RFC 3339 with an offset, is in it."""
        first, after = self.window.bounds
        return first <= datetime.fromisoformat(at) < after
