"""What a distribution does with a path: the behaviours and policies that Terraform writes, read from their one file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes

_UNRESERVED: Final = re.compile(r"%(2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])")
"""Percent-encodings of characters that need none (RFC 3986 §2.3)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which fields or parameters count, by name in lower case (parameters: as they are)."""

    behavior: str
    """`none`, `whitelist`, `all`, `allExcept` or `allViewer`."""
    names: frozenset[str]

    def takes(self, name: str) -> bool:
        """Say whether one counts."""
        match self.behavior:
            case "none":
                return False
            case "whitelist":
                return name in self.names
            case "allExcept":
                return name not in self.names
            case _:
                return True


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """How long answers are kept, and what tells one from another beside the path. Times in seconds."""

    min_ttl: float
    default_ttl: float
    max_ttl: float
    query: Choice
    headers: tuple[str, ...]
    compressed: bool
    """Whether encodings are kept apart."""

    @property
    def keeps(self) -> bool:
        """Say whether anything is ever kept."""
        return self.max_ttl > 0


@dataclass(frozen=True, slots=True)
class ResponsePolicy:
    """What is added to answers that do not say it themselves."""

    headers: Mapping[str, str]
    cors: Mapping[str, str]
    """Added where the request says which page it comes from."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What is done with a class of paths."""

    paths: tuple[re.Pattern[str], ...]
    origin: str
    methods: frozenset[str]
    cache: CachePolicy
    sent: Choice | None
    """Fields of the viewer's that go to the origin; None: none."""
    query: Choice | None
    response: ResponsePolicy | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """The behaviours of a distribution with an edge function, in their order."""

    behaviours: tuple[Behaviour, ...]
    default: Behaviour
    below: re.Pattern[str]
    """The root of a node that lies below the one at `/`."""

    def find(self, path: str) -> tuple[Behaviour, str | None]:
        """Return what is done with a path as it was sent, and the code of the node below `/` that it is of.

        A path is matched in its one spelling (RFC 3986 §6.2.2); what goes on is the one that was sent.
        """
        plain = normal(path)
        found = self.below.match(plain)
        code = found[1] if found else None
        rest = plain[found.end() :] or "/" if found else plain
        for each in self.behaviours:
            if any(pattern.fullmatch(rest) for pattern in each.paths):
                return each, code
        return self.default, code


def normal(path: str) -> str:
    """Return a path with no needless percent-encoding and no dot segments (RFC 3986 §5.2.4, §6.2.2)."""
    decoded = _UNRESERVED.sub(lambda found: unquote_to_bytes(found[0]).decode(), path)
    parts: list[str] = []
    for part in decoded.split("/")[1:]:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    if decoded.endswith(("/.", "/..")):
        parts.append("")
    return "/" + "/".join(parts)


def read_distribution(file: Path) -> Distribution:
    """Return the distribution that a file of behaviours describes, that with an edge function."""
    found = json.loads(file.read_text("utf-8"))
    caches = {name: _cache(each) for name, each in found["cache_policies"].items()}
    requests = {
        name: (_choice(each["headers"]), _choice(each["query"])) for name, each in _named(found, "origin_request")
    }
    answers = {name: _response(each, found["cors"]) for name, each in _named(found, "response_headers")}

    def behaviour(each: Mapping[str, Any]) -> Behaviour:
        sent, query = requests.get(each["origin_request_policy"], (None, None))
        return Behaviour(
            tuple(_pattern(path) for path in each["paths"]),
            each["origin"],
            frozenset(found["methods"][each["methods"]]),
            caches[each["cache_policy"]],
            sent,
            query,
            answers.get(each["response_headers_policy"]),
        )

    own = found["with_edge"]
    below = re.compile(f"/({_text(found['below'].removeprefix('/'))})(?=/|$)")
    return Distribution(tuple(behaviour(each) for each in own["behaviours"]), behaviour(own["default"]), below)


def _named(found: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Any]]:
    yield from found[f"{kind}_policies"].items()


def _cache(each: Mapping[str, Any]) -> CachePolicy:
    least, default, most = (float(each[f"{name}_ttl_s"]) for name in ("min", "default", "max"))
    return CachePolicy(least, default, most, _choice(each["query"]), tuple(each["headers"]), each["compressed"])


def _choice(each: Mapping[str, Any]) -> Choice:
    names: Sequence[str] = each["names"]
    return Choice(each["behavior"], frozenset(names))


def _response(each: Mapping[str, Any], cors: Mapping[str, Any]) -> ResponsePolicy:
    headers = {"x-content-type-options": "nosniff", **each["headers"]}
    if each["content_security_policy"]:
        headers["content-security-policy"] = each["content_security_policy"]
    told = {
        "access-control-allow-origin": ", ".join(cors["allow_origins"]),
        "access-control-expose-headers": ", ".join(cors["expose_headers"]),
    }
    return ResponsePolicy(headers, told if each["cors"] else {})


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(_text(path), re.DOTALL)


def _text(path: str) -> str:
    """Return a path pattern as a regular expression: `*` is any text, `?` one character."""
    return "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in path)
