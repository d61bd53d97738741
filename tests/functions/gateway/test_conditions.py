"""Conditional requests (RFC 9110 §13)."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from tianlake.functions.gateway.conditions import Outcome, Validators, evaluate, range_applies

CURRENT = Validators("abc", 1_790_000_000.9)
AT = "Mon, 21 Sep 2026 14:13:20 GMT"
BEFORE = "Mon, 21 Sep 2026 14:13:19 GMT"
AFTER = "Mon, 21 Sep 2026 14:13:21 GMT"
SEND, SAME, FAILED = Outcome.SEND, Outcome.NOT_MODIFIED, Outcome.FAILED


def test_the_date_is_the_one_the_tables_below_are_about():
    assert CURRENT.headers() == {"etag": '"abc"', "last-modified": AT}


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, SEND),
        # §13.1.1 If-Match: strong comparison
        ({"if-match": '"abc"'}, SEND),
        ({"if-match": '"x", "abc"'}, SEND),
        ({"if-match": "*"}, SEND),
        ({"if-match": '"x"'}, FAILED),
        ({"if-match": 'W/"abc"'}, FAILED),
        ({"if-match": ""}, FAILED),
        ({"if-match": "abc"}, FAILED),
        # §13.1.2 If-None-Match: weak comparison
        ({"if-none-match": '"abc"'}, SAME),
        ({"if-none-match": 'W/"abc"'}, SAME),
        ({"if-none-match": '"x" , W/"y","abc"'}, SAME),
        ({"if-none-match": '"a,b", "abc"'}, SAME),
        ({"if-none-match": "*"}, SAME),
        ({"if-none-match": '"x"'}, SEND),
        ({"if-none-match": '"ABC"'}, SEND),
        ({"if-none-match": '"xabc"'}, SEND),
        ({"if-none-match": "abc"}, SEND),
        # §13.1.3 If-Modified-Since
        ({"if-modified-since": AT}, SAME),
        ({"if-modified-since": AFTER}, SAME),
        ({"if-modified-since": BEFORE}, SEND),
        ({"if-modified-since": "Monday, 21-Sep-26 14:13:20 GMT"}, SAME),
        ({"if-modified-since": "yesterday"}, SEND),
        ({"if-modified-since": "Mon, 99 Sep 2026 14:13:20 GMT"}, SEND),
        # §13.1.4 If-Unmodified-Since
        ({"if-unmodified-since": AT}, SEND),
        ({"if-unmodified-since": BEFORE}, FAILED),
        ({"if-unmodified-since": "never"}, SEND),
        # §13.2.2 precedence
        ({"if-match": '"abc"', "if-unmodified-since": BEFORE}, SEND),
        ({"if-match": '"x"', "if-none-match": '"abc"'}, FAILED),
        ({"if-match": '"abc"', "if-none-match": '"abc"'}, SAME),
        ({"if-none-match": '"x"', "if-modified-since": AFTER}, SEND),
        ({"if-none-match": '"abc"', "if-modified-since": BEFORE}, SAME),
        ({"if-unmodified-since": AT, "if-modified-since": AT}, SAME),
    ],
)
def test_conditions_are_evaluated_in_their_order(fields, wanted):
    assert evaluate(Headers(fields), CURRENT) is wanted


@pytest.mark.parametrize(
    ("if_range", "now", "wanted"),
    [
        (None, 0, True),
        ('"abc"', 0, True),
        ('W/"abc"', 0, False),
        ('"x"', 0, False),
        (AT, 1_790_000_002, True),
        (AT, 1_790_000_000.5, False),  # changed within this second: the date is no strong validator (§8.8.2.2)
        (AFTER, 1_790_000_009, False),  # an exact match is wanted, not an order
        (BEFORE, 1_790_000_009, False),
        ("nonsense", 1_790_000_009, False),
    ],
)
def test_if_range_lets_the_range_count_only_for_the_same_version(if_range, now, wanted):
    assert range_applies(Headers({"if-range": if_range} if if_range else {}), CURRENT, now) is wanted
