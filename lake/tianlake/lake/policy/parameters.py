"""The parameters of rules, and for each which of two values is the stricter one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, Literal

Order = Literal["least", "most", "superset", "subset", "each", "places"]
"""When a value is at least as strict as another: not lower, not higher, holds all of it, is held by it, is not
lower for any key, holds each place at least as closely."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: how its values are ordered, and what it is."""

    order: Order
    meaning: str
    """With its unit."""


PARAMETERS: Final[dict[str, Parameter]] = {
    "allowed_classes": Parameter("subset", "security classes that may be published"),
    "authority_words": Parameter(
        "superset", "words in title, description or keywords that call for the nation's review"
    ),
    "border_words": Parameter("superset", "words that say that the national boundary is shown"),
    "claims": Parameter("superset", "words in title or keywords by which a product claims the whole nation"),
    "columns": Parameter("superset", "columns that are looked at; `*` is all"),
    "exceptions": Parameter("subset", "texts in which a word is no finding"),
    "extent_east": Parameter("least", "degrees east that the data must reach"),
    "extent_north": Parameter("least", "degrees north that the data must reach"),
    "extent_south": Parameter("most", "degrees north that the data must reach down to"),
    "extent_west": Parameter("most", "degrees east that the data must reach back to"),
    "finest_m": Parameter("least", "metres; data of this resolution or finer is limited in area"),
    "finest_scale": Parameter(
        "least", "denominator of a scale; data of larger scales (1:denominator) is limited in area"
    ),
    "forbidden": Parameter("superset", "words that must not occur"),
    "kept_days": Parameter("least", "days for which the access log is kept, and no longer"),
    "least_m": Parameter("least", "metres; anything finer is a finding"),
    "levels": Parameter("each", "reviewers one after the other, by class of product"),
    "map_kinds": Parameter("superset", "kinds of products that are maps"),
    "members": Parameter("superset", "names of columns and members that state the value"),
    "most_km2": Parameter("most", "square kilometres in one piece"),
    "most_level": Parameter("most", "deepest level of a tile pyramid of 256 pixels"),
    "most_months": Parameter("most", "months"),
    "most_years": Parameter("most", "years"),
    "places": Parameter("places", "places where something must be drawn"),
    "skipped_columns": Parameter("subset", "columns that are not looked at"),
    "tolerance_km": Parameter("most", "kilometres over the division's border"),
}
"""Every parameter by name; a name means the same in each check that has it."""


def problem(name: str, value: object) -> str | None:
    """Return what is wrong with a parameter's value; None where it is well-formed."""
    known = PARAMETERS.get(name)
    if known is None:
        return f"no such parameter; there are: {', '.join(PARAMETERS)}"
    rule, holds = _FORMS[known.order]
    return None if holds(value) else f"must be {rule}; got {value!r}"


def as_strict(name: str, upper: Any, lower: Any) -> bool:  # noqa: ANN401 - values of any order
    """Tell whether `lower` is at least as strict as `upper`; both well-formed."""
    return _AS_STRICT[PARAMETERS[name].order](upper, lower)


def strictest(name: str, first: Any, second: Any) -> Any:  # noqa: ANN401 - values of any order
    """Return the loosest value that is as strict as both."""
    return _JOIN[PARAMETERS[name].order](first, second)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_words(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str) and each.strip() for each in value)


def _is_levels(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(key, str) and isinstance(count, int) and not isinstance(count, bool) and count >= 0
        for key, count in value.items()
    )


_PLACE: Final = {"name", "lon", "lat", "within_km"}


def _is_places(value: object) -> bool:
    return isinstance(value, list | tuple) and all(
        isinstance(each, dict)
        and each.keys() == _PLACE
        and isinstance(each["name"], str)
        and all(_is_number(each[key]) for key in ("lon", "lat", "within_km"))
        and each["within_km"] >= 0
        for each in value
    )


_FORMS: Final[dict[Order, tuple[str, Callable[[object], bool]]]] = {
    "least": ("a number", _is_number),
    "most": ("a number", _is_number),
    "superset": ("a list of texts", _is_words),
    "subset": ("a list of texts", _is_words),
    "each": ("a table of whole numbers from 0", _is_levels),
    "places": ("a list of { name, lon, lat, within_km }", _is_places),
}


def _places_hold(upper: Any, lower: Any) -> bool:  # noqa: ANN401 - lists of places
    return all(
        any(_same_place(each, other) and other["within_km"] <= each["within_km"] for other in lower) for each in upper
    )


def _same_place(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one[key] == other[key] for key in ("name", "lon", "lat"))


def _closest_places(first: Any, second: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - lists of places
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    for each in (*first, *second):
        key = (each["name"], each["lon"], each["lat"])
        if key not in kept or each["within_km"] < kept[key]["within_km"]:
            kept[key] = each
    return list(kept.values())


_AS_STRICT: Final[dict[Order, Callable[[Any, Any], bool]]] = {
    "least": lambda upper, lower: lower >= upper,
    "most": lambda upper, lower: lower <= upper,
    "superset": lambda upper, lower: set(upper) <= set(lower),
    "subset": lambda upper, lower: set(lower) <= set(upper),
    "each": lambda upper, lower: all(lower.get(key, 0) >= count for key, count in upper.items()),
    "places": _places_hold,
}

_JOIN: Final[dict[Order, Callable[[Any, Any], Any]]] = {
    "least": max,
    "most": min,
    "superset": lambda first, second: list(dict.fromkeys((*first, *second))),
    "subset": lambda first, second: [each for each in first if each in second],
    "each": lambda first, second: {
        key: max(first.get(key, 0), second.get(key, 0)) for key in sorted({*first, *second})
    },
    "places": _closest_places,
}
