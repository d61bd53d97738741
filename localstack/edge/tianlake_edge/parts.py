"""From a whole answer to the one that was asked for: conditions (RFC 9110 §13) and one range of bytes (§14). Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from tianlake_edge.messages import Asked, Said, seconds

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)", re.IGNORECASE)

CONDITIONS: Final = frozenset(
    {"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"}
)
"""Fields that are answered from the whole object."""

_OF_304: Final = ("cache-control", "content-location", "date", "etag", "expires", "vary", "last-modified")


def part_of(whole: Said, asked: Asked) -> Said:
    """Return the answer to a request for something whose whole answer is at hand."""
    if whole.status != 200:  # noqa: PLR2004 - OK: what conditions and ranges are about
        return whole
    if not _holds(asked, whole):
        return Said(412, {"etag": whole.fields.get("etag", "")})
    if _is_known(asked, whole):
        return Said(304, {name: whole.fields[name] for name in _OF_304 if name in whole.fields})
    wanted = asked.fields.get("range")
    if wanted is None or asked.method != "GET" or not _applies(asked, whole):
        return whole
    found = _RANGE.fullmatch(wanted.strip())
    if found is None or found[0].endswith("=-"):
        return whole  # several ranges, or another unit: a server may answer with all of it
    return _cut(whole, found[1], found[2])


def _cut(whole: Said, first: str, last: str) -> Said:
    size = len(whole.body)
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if (first and last and int(last) < int(first)) or (not first and not size and int(last)):
        return whole  # no range at all (RFC 9110 §14.1.1), or the last bytes of nothing
    if start >= size or (not first and int(last) == 0):
        return Said(416, {"content-range": f"bytes */{size}"})
    fields = {**whole.fields, "content-range": f"bytes {start}-{end}/{size}", "content-length": str(end - start + 1)}
    return replace(whole, status=206, fields=fields, body=whole.body[start : end + 1])


def _holds(asked: Asked, whole: Said) -> bool:
    """Say whether what the request presumes is so."""
    match, etag = asked.fields.get("if-match"), whole.fields.get("etag", "")
    if match is not None:
        return match.strip() == "*" or (etag in _tags(match) and not etag.startswith("W/"))
    since, changed = seconds(asked.fields.get("if-unmodified-since")), seconds(whole.fields.get("last-modified"))
    return since is None or changed is None or changed <= since


def _is_known(asked: Asked, whole: Said) -> bool:
    """Say whether the client has it already."""
    none, etag = asked.fields.get("if-none-match"), whole.fields.get("etag", "")
    if none is not None:
        weak = {each.removeprefix("W/") for each in _tags(none)}
        return none.strip() == "*" or etag.removeprefix("W/") in weak
    since, changed = seconds(asked.fields.get("if-modified-since")), seconds(whole.fields.get("last-modified"))
    return since is not None and changed is not None and changed <= since


def _applies(asked: Asked, whole: Said) -> bool:
    """Say whether a range is of what the client has the rest of."""
    if_range = asked.fields.get("if-range")
    return if_range is None or if_range.strip() in {whole.fields.get("etag"), whole.fields.get("last-modified")}


def _tags(text: str) -> set[str]:
    return {each.strip() for each in text.split(",")}
