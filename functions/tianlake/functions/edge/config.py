"""What an edge function is told: a JSON file in its bundle, since Lambda@Edge has no environment variables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tianlake.lake.errors import LakeError, fault

NAME: Final = "config.json"


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a node's objects are."""

    name: str
    prefix: str = ""
    """In front of every key, with a final `/` where there is one. Nodes differ in it, be their buckets different or
    not: a cache knows an object by its path alone."""


@dataclass(frozen=True, slots=True)
class Config:
    """Which nodes are served, and where their objects and accounts are."""

    nodes: Mapping[str, Bucket]
    """Buckets by node code."""
    root: str
    """Code of the node at `/`, whose quotas and terms hold."""
    accounts: str
    """Prefix of the account tables' names in DynamoDB."""
    region: str
    """AWS region of buckets and tables: the edge has none of its own."""
    strict: bool = False
    """Whether refusals are answered as Tianditu does today."""
    endpoint_url: str | None = field(default=None)
    """Base URL of an AWS-compatible service other than AWS itself, for tests."""
    moved: Mapping[str, str] = field(default_factory=dict)
    """Code of a node that is served elsewhere → its base URL, without a final `/`."""


_NEEDED: Final = ("root", "accounts", "region")
_BASE: Final = re.compile(r"https?://[^/@?#\s]+(/[^@?#\s]*[^/@?#\s])?")


def config_of(text: str) -> Config:
    """Return what `config.json` says.

    Raises:
        LakeError: It is no JSON object, or lacks something.
    """
    try:
        found = json.loads(text)
    except ValueError:
        raise fault(NAME, "", "must be JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("nodes"), dict):
        raise fault(NAME, "nodes", "must map node codes to buckets")
    if missing := [name for name in _NEEDED if not isinstance(found.get(name), str) or not found[name]]:
        raise fault(NAME, missing[0], "must be text")
    if unknown := found.keys() - set(Config.__dataclass_fields__):
        raise fault(NAME, min(unknown), "is not known; see docs/front-door.md")
    nodes = {code: _bucket(code, bucket) for code, bucket in found["nodes"].items()}
    if found["root"] not in nodes:
        raise fault(NAME, "root", f"must be one of: {', '.join(nodes) or 'no nodes'}")
    prefixes = [bucket.prefix for bucket in nodes.values()]
    if twice := [code for code, bucket in nodes.items() if prefixes.count(bucket.prefix) > 1]:
        raise fault(
            NAME, f"nodes.{twice[1]}.prefix", "must be another than other nodes have: a cache knows paths alone"
        )
    moved = found.get("moved", {})
    if not isinstance(moved, dict) or not all(_BASE.fullmatch(str(url)) for url in moved.values()):
        raise fault(NAME, "moved", "must map node codes to base URLs without a final '/'")
    if both := moved.keys() & nodes.keys():
        raise fault(NAME, f"moved.{min(both)}", "is served here: it is in nodes, too")
    return Config(**{**found, "nodes": nodes})


def _bucket(code: str, found: Any) -> Bucket:  # noqa: ANN401 - a member of somebody's JSON
    if not isinstance(found, dict) or not isinstance(name := found.get("bucket"), str):
        raise _no_bucket(code)
    prefix = found.get("prefix", "")
    if not isinstance(prefix, str) or (prefix and not prefix.endswith("/")):
        raise fault(NAME, f"nodes.{code}.prefix", "must be text that ends in '/', or absent")
    return Bucket(name, prefix)


def _no_bucket(code: str) -> LakeError:
    return fault(NAME, f"nodes.{code}.bucket", "must be the name of a bucket")
