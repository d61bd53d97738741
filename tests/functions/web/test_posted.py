"""Pseudo-JSON in addresses: what clients of today's services send is read, and nothing hostile gets further."""

from __future__ import annotations

import time

import pytest

from tianlake.functions.web.posted import (
    MOST_CHARACTERS,
    PostedError,
    needed,
    number,
    posted,
    text,
    whole,
)

READ = [
    ('{"keyWord":"北京市"}', {"keyword": "北京市"}),
    ("{'lon':116.37304,'lat':39.92594,'ver':1}", {"lon": 116.37304, "lat": 39.92594, "ver": 1}),  # the official sample
    ("{lon:'116.37304',lat:\"39.92594\",}", {"lon": "116.37304", "lat": "39.92594"}),
    ("{'keyWord':\"it's\", 'level':'12'}", {"keyword": "it's", "level": "12"}),
    (r"{'keyWord':'it\'s [{'}", {"keyword": "it's [{"}),
    ('{"KEYWORD":"一","keyWord":"二","x":null}', {"keyword": "二"}),
    ("{'show': true}", {"show": True}),
    (" {} ", {}),
]

REFUSED = [
    "",
    "{",
    "[1]",
    "5",
    '"text"',
    "{'a':[1]}",
    "{'a':{'b':1}}",
    "{a:1}{b:2}",
    "{'a'}",
    "{'a':'",
    "{a:}",
    "{'a':1e}",
    "{" * 4000,
    "[" * 4000,
    "{a:" * 1000 + "1" + "}" * 1000,
    "{/*'*/a:" + "[" * 600 + "]" * 600 + ",b:''}",  # a quote in a comment hides brackets
    "{/*'*/a:[[]],b:''}",
    '{"a":"' + "x" * MOST_CHARACTERS + '"}',
    "{'a':'" + "x" * (MOST_CHARACTERS - 100) + "'}",
    "{'a':__import__('os')}",
]


@pytest.mark.parametrize(("sent", "fields"), READ)
def test_what_clients_send_is_read(sent: str, fields: dict[str, object]) -> None:
    assert posted(sent) == fields


@pytest.mark.parametrize("sent", REFUSED, ids=lambda each: each[:24])
def test_anything_else_is_refused_soon(sent: str) -> None:
    begun = time.process_time()
    with pytest.raises(PostedError) as refused:
        posted(sent)
    assert refused.value.kind == "format"
    assert time.process_time() - begun < 1


def test_numbers_may_be_text_and_are_finite() -> None:
    fields = posted("{'a':'116.5','b':-3,'c':'+.5','d':' 7 ','e':1e2,'f':'','g':'1E1'}")
    assert [number(fields, name) for name in "abcdefgh"] == [116.5, -3, 0.5, 7, 100, None, 10, None]
    assert [whole(fields, name, least=-5, most=100) for name in "bdefh"] == [-3, 7, 100, None, None]
    bad = posted("{'a':NaN,'b':'1e999','c':'0x10','d':true,'e':'１','f':'1_0','g':1e999,'h':'inf','i':'1.5'}")
    for name in "abcdefgh":
        with pytest.raises(PostedError) as refused:
            number(bad, name)
        assert (refused.value.kind, refused.value.field) == ("wrong", name)
    for name in "abcdefghi":
        with pytest.raises(PostedError):
            whole(bad, name, least=0, most=9)


def test_a_number_out_of_its_range_is_refused() -> None:
    fields = posted('{"lon":180.1,"level":19,"lat":"90"}')
    assert number(fields, "lat", least=-90, most=90) == 90
    with pytest.raises(PostedError, match="between -180 and 180"):
        number(fields, "lon", least=-180, most=180)
    with pytest.raises(PostedError, match="between 1 and 18"):
        whole(fields, "level", least=1, most=18)
    with pytest.raises(PostedError):
        whole(posted('{"n":' + "9" * 4000 + "}"), "n", least=0, most=9)


def test_text_is_trimmed_bounded_and_printable() -> None:
    fields = posted('{"a":"  廊坊站 ","b":12,"c":" ","d":"x\\u0000","e":"\\ud800","f":"一二三"}')
    assert [text(fields, name) for name in ("A", "b", "c", "z")] == ["廊坊站", "12", None, None]
    for name in "de":
        with pytest.raises(PostedError, match="control characters"):
            text(fields, name)
    with pytest.raises(PostedError, match="at most 2 characters"):
        text(fields, "f", most=2)


def test_what_is_needed_is_named_as_the_service_names_it() -> None:
    assert needed(0.0, "lon") == 0.0
    with pytest.raises(PostedError, match="keyWord is missing") as missing:
        needed(text({}, "keyWord"), "keyWord")
    assert missing.value.kind == "missing"
    assert missing.value.rule.zh == "缺少参数：keyWord"
