"""What a row of the table of targets is, and what it says once it was measured."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Round = Mapping[str, Mapping[str, float]]
"""What one turn measured: side → name of a figure → value. The sides of a turn follow one another."""

Size = Mapping[str, int]
"""How much is measured: what → how many."""


Turns = Generator[Round, None, None]

Measure = Callable[[Size, Path], Turns]
"""Makes what is needed in a folder, then measures turn after turn for as long as it is asked."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a row: of one side, or what it is to another side."""

    name: str
    of: str
    """The side."""
    to: str = ""
    """The side that it is divided by; empty: the number itself."""
    target: float | None = None
    unit: str = ""
    least: bool = False
    """Whether the target is the least that is wanted, not the most."""
    label: str = ""

    def value(self, rounds: Sequence[Round]) -> float:
        """Return the median over all turns."""
        return median(
            each[self.of][self.name] / (each[self.to][self.name] if self.to else 1.0)
            for each in rounds
            if self.of in each and (not self.to or self.to in each)
        )

    def met(self, value: float) -> bool | None:
        """Return whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return value >= self.target if self.least else value <= self.target

    def text(self, rounds: Sequence[Round]) -> str:
        """Return it as a reader sees it: with its target, and whether that is met."""
        value = self.value(rounds)
        unit = f" {self.unit}" if self.unit else ""
        said = f"{self.label or self.name} {_number(value)}{' ×' if self.to else unit}"
        if self.target is None:
            return said
        sign, mark = "≥" if self.least else "≤", "✓" if self.met(value) else "✗"
        return f"{said} ({sign} {_number(self.target)}) {mark}"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    name: str
    """By which it is asked for."""
    step: str
    beside: str
    """What it is measured beside, or on."""
    figures: tuple[Figure, ...]
    measure: Measure
    size: Size
    """At which its targets hold."""
    quick: Size
    """A size that tells whether it runs at all."""
    rounds: int = 5

    def missed(self, rounds: Sequence[Round]) -> list[str]:
        """Return the figures that miss their targets."""
        return [each.text(rounds) for each in self.figures if each.met(each.value(rounds)) is False]


def _number(value: float) -> str:
    """Return three digits of a number, or all of a larger one."""
    if value == 0:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits
