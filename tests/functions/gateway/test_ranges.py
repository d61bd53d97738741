"""Byte ranges (RFC 9110 §14), against plain slices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianlake.functions.gateway.ranges import UNSATISFIABLE, content_range, parse_range
from tianlake.lake.store.protocol import Span

WHOLE = None


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-0", Span(0, 1)),
        ("bytes=0-499", Span(0, 500)),
        ("bytes=500-", Span(500, 500)),
        ("bytes=500-2000", Span(500, 500)),
        ("bytes=-1", Span(999, 1)),
        ("bytes=-5000", Span(0, 1000)),
        ("Bytes=1-2", Span(1, 2)),
        ("bytes = 1-2", Span(1, 2)),
        ("bytes= 1-2 ", Span(1, 2)),
        ("bytes=,1-2,", Span(1, 2)),
        ("bytes=007-0009", Span(7, 3)),
        ("bytes=0-99999999999999999999999999", Span(0, 1000)),
        ("bytes=1000-", UNSATISFIABLE),
        ("bytes=1000-2000", UNSATISFIABLE),
        ("bytes=99999999999999999999999999-", UNSATISFIABLE),
        ("bytes=-0", UNSATISFIABLE),
        ("bytes=2-1", WHOLE),
        ("bytes=0-0,5-9", WHOLE),
        ("bytes=-", WHOLE),
        ("bytes=", WHOLE),
        ("bytes=a-b", WHOLE),
        ("bytes=1-2-3", WHOLE),
        ("bytes=--5", WHOLE),
        ("bytes=1 - 2", WHOLE),
        ("bytes=+1-2", WHOLE),
        ("bytes=١-٢", WHOLE),
        ("bytes", WHOLE),
        ("items=0-5", WHOLE),
        ("", WHOLE),
    ],
)
def test_a_range_of_a_thousand_bytes(header, wanted):
    assert parse_range(header, 1000) == wanted


@pytest.mark.parametrize(
    ("header", "wanted"), [("bytes=0-", UNSATISFIABLE), ("bytes=-5", WHOLE), ("bytes=-0", UNSATISFIABLE)]
)
def test_a_range_of_an_empty_object(header, wanted):
    assert parse_range(header, 0) == wanted


@given(st.binary(min_size=1, max_size=64), st.integers(0, 80), st.integers(0, 80))
def test_first_and_last_position_select_the_slice_between_them(body, first, last):
    span = parse_range(f"bytes={first}-{last}", len(body))
    if last < first:
        assert span is None
    elif first >= len(body):
        assert span is UNSATISFIABLE
    else:
        assert isinstance(span, Span)
        assert body[span.start : span.start + span.length] == body[first : last + 1]
        assert content_range(span, len(body)) == f"bytes {first}-{min(last, len(body) - 1)}/{len(body)}"


@given(st.binary(min_size=1, max_size=64), st.integers(1, 80))
def test_a_suffix_selects_the_last_bytes(body, length):
    span = parse_range(f"bytes=-{length}", len(body))
    assert isinstance(span, Span)
    assert body[span.start : span.start + span.length] == body[-length:]


@given(st.text(max_size=30), st.integers(0, 1000))
def test_whatever_the_header_the_answer_lies_within_the_object(header, size):
    for form in (header, f"bytes={header}"):
        span = parse_range(form, size)
        if isinstance(span, Span):
            assert span.length > 0
            assert 0 <= span.start < span.start + span.length <= size
