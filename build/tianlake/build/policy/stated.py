"""What columns and members state of the data: its class of secrecy, its accuracy."""

from __future__ import annotations

from collections.abc import Iterator

from tianlake.build.policy.findings import Finding, finding
from tianlake.lake.policy import EffectivePolicy, Rule
from tianlake.lake.words import Text


class Stated:
    """The rules on stated values."""

    def __init__(self, policy: EffectivePolicy, *, catalog: bool = False) -> None:
        """Take the rules of a policy; a catalog tells the classes of what others hold, and has none of it."""
        self.classes = () if catalog else policy.of("security")
        self.accuracies = policy.of("accuracy")

    def look(self, file: str, place: str, name: str, value: object) -> Iterator[Finding]:
        """Yield what one value of a column or member of this name states that it may not."""
        for rule in self.classes:
            if named(rule, name) and is_secret(rule, value):
                text = Text(f"密级为“{value}”，不是公开", f"security class {value!r} is not public")
                yield finding(rule, file, place, text)
        for rule in self.accuracies:
            least = rule.parameters["least_m"]
            if named(rule, name) and (metres := number(value)) is not None and 0 < metres < least:
                text = Text(
                    f"位置精度 {metres:g} 米，优于 {least:g} 米", f"accuracy {metres:g} m is better than {least:g} m"
                )
                yield finding(rule, file, place, text)


def named(rule: Rule, name: str) -> bool:
    """Tell whether a column or member has one of the names of a rule; a prefix such as `proj:` does not matter."""
    return name.rpartition(":")[2].casefold() in {each.casefold() for each in rule.parameters["members"]}


def is_secret(rule: Rule, value: object) -> bool:
    """Tell whether a class of secrecy is none that may be published; nothing stated is none."""
    allowed = {each.casefold() for each in rule.parameters["allowed_classes"]}
    return isinstance(value, str) and bool(value.strip()) and value.strip().casefold() not in allowed


def number(value: object) -> float | None:
    """Return a value as a number: 0.5, "0.5", "1:2000" gives 2000; None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value.strip().replace("：", ":").removeprefix("1:").replace(",", ""))
        except ValueError:
            return None
    return None
