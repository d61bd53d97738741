"""What an edge does by the rules alone: behaviours of paths, how long answers are fresh, ranges, conditions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from edge_stack import BEHAVIOURS
from hypothesis import given
from hypothesis import strategies as st

from tianlake.functions.gateway.ranges import Unsatisfiable, parse_range
from tianlake_edge.freshness import ttl_of
from tianlake_edge.messages import Asked, Said
from tianlake_edge.parts import part_of
from tianlake_edge.policies import CachePolicy, Choice, normal, read_distribution

DISTRIBUTION = read_distribution(BEHAVIOURS)
NODE, CITY = "156130000", "156131000"
NOW = 1_795_744_800.0
FILE = "/data/places/places.parquet"


@pytest.mark.parametrize(
    ("path", "origin", "keeps"),
    [
        (FILE, "bucket", True),
        (f"/{CITY}{FILE}", "bucket", True),
        ("/releases/places/r/places.parquet", "bucket", True),
        ("/tiles/places.pmtiles", "bucket", True),
        ("/tiles/places/1/2/3.mvt", "gateway", True),
        ("/vec_w/wmts", "gateway", True),
        ("/DataServer", "gateway", True),
        ("/accounts/me", "api", False),
        ("/v2/search", "web", False),
        ("/stac/search", "stac", False),
        ("/catalog.json", "bucket", True),
        ("/", "bucket", True),
        (f"/{CITY}", "bucket", True),
        ("/x/%2e%2e/accounts", "api", False),
        ("/private/%2E%2E/sql", "web", False),
    ],
)
def test_a_path_has_the_behaviour_that_terraform_gives_it(path: str, origin: str, *, keeps: bool) -> None:
    behaviour, code = DISTRIBUTION.find(path)
    assert (behaviour.origin, behaviour.cache.keeps) == (origin, keeps)
    assert code == (CITY if path.startswith(f"/{CITY}") else None)


@pytest.mark.parametrize(
    ("path", "plain"),
    [("/a/./b/../c", "/a/c"), ("/../../a", "/a"), ("/%61%2fb", "/a%2fb"), ("/a/..", "/"), ("/a//b", "/a//b")],
)
def test_paths_are_matched_in_their_one_spelling(path: str, plain: str) -> None:
    assert normal(path) == plain


DAY = CachePolicy(0, 86_400, 31_536_000, Choice("none", frozenset()), (), compressed=False)


@pytest.mark.parametrize(
    ("fields", "policy", "ttl"),
    [
        ({}, DAY, 86_400),
        ({"cache-control": "public, max-age=60"}, DAY, 60),
        ({"cache-control": "max-age=60, s-maxage=5"}, DAY, 5),
        ({"cache-control": "max-age=99999999"}, DAY, 31_536_000),
        ({"cache-control": "max-age=0, must-revalidate"}, DAY, 0),
        ({"cache-control": "private, max-age=60"}, DAY, None),
        ({"cache-control": "no-store"}, DAY, None),
        ({"cache-control": "private, max-age=9"}, replace(DAY, min_ttl=60), 60),
        ({"cache-control": "max-age=9"}, replace(DAY, min_ttl=60), 60),
        ({"expires": "Thu, 26 Nov 2026 02:00:30 GMT", "date": "Thu, 26 Nov 2026 02:00:00 GMT"}, DAY, 30),
        ({}, replace(DAY, default_ttl=0), 0),
        ({"cache-control": "max-age=60"}, replace(DAY, max_ttl=0), None),
    ],
)
def test_an_answer_is_fresh_as_long_as_the_guide_says(
    fields: dict[str, str], policy: CachePolicy, ttl: float | None
) -> None:
    assert ttl_of(Said(200, fields), policy, NOW) == ttl
    assert ttl_of(Said(403, fields), policy, NOW) is None, "errors are not kept"


@given(st.binary(max_size=40), st.from_regex(r"bytes=[0-9]{0,3}-[0-9]{0,3}", fullmatch=True))
def test_a_range_is_the_one_that_the_gateway_cuts(body: bytes, wanted: str) -> None:
    whole = Said(200, {"etag": '"e"'}, body)
    said, span = part_of(whole, Asked("GET", "/", "", {"range": wanted}, "")), parse_range(wanted, len(body))
    match span:
        case None:
            assert (said.status, said.body) == (200, body)
        case Unsatisfiable():
            assert (said.status, said.fields["content-range"]) == (416, f"bytes */{len(body)}")
        case _:
            assert (said.status, said.body) == (206, body[span.start : span.start + span.length])
            last = span.start + span.length - 1
            assert said.fields["content-range"] == f"bytes {span.start}-{last}/{len(body)}"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"if-none-match": '"e"'}, 304),
        ({"if-none-match": 'W/"e"'}, 304),
        ({"if-none-match": '"other", "e"'}, 304),
        ({"if-none-match": '"other"'}, 200),
        ({"if-match": '"other"'}, 412),
        ({"if-match": '"e"', "range": "bytes=0-0"}, 206),
        ({"if-range": '"other"', "range": "bytes=0-0"}, 200),
        ({"if-range": '"e"', "range": "bytes=0-0"}, 206),
        ({"if-modified-since": "Thu, 26 Nov 2026 02:00:00 GMT"}, 304),
        ({"if-unmodified-since": "Wed, 25 Nov 2026 02:00:00 GMT"}, 412),
    ],
)
def test_conditions_are_answered_from_what_is_kept(fields: dict[str, str], status: int) -> None:
    whole = Said(200, {"etag": '"e"', "last-modified": "Thu, 26 Nov 2026 02:00:00 GMT"}, b"abc")
    assert part_of(whole, Asked("GET", "/", "", fields, "")).status == status
