"""A child's side of what is handed down: looks at its parent's list, and takes documents by their hash."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tianlake.lake import keys
from tianlake.lake.divisions import parse_divisions
from tianlake.lake.errors import LakeError, NotFoundError, StoreError
from tianlake.lake.handed import (
    BASEMAP,
    DIVISIONS,
    ISSUER,
    LARGEST_DOCUMENT,
    LARGEST_LIST,
    POLICY,
    QUOTAS,
    TERMS,
    HandedDown,
    Handing,
    Pin,
    Pins,
    is_of,
    notices,
    read_handing,
)
from tianlake.lake.naming import node_name
from tianlake.lake.policy.values import Policy
from tianlake.lake.quotas import policy_of
from tianlake.lake.records import read_record
from tianlake.lake.terms import terms_of
from tianlake.lake.toml_files import parse_toml
from tianlake.stac.federation.hrefs import scheme_of
from tianlake.stac.federation.records import Registered
from tianlake.stac.federation.sources import Source

_SHOWN: Final = 8
_NEVER: Final = "1970-01-01T00:00:00Z"
"""When the list of a node was made that has none."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a parent's list found."""

    pins: Pins
    """With the notices of now."""
    handing: Handing


def look(source: Source, parent: Registered, pins: Pins) -> Seen:
    """Return what a parent hands down now, compared with what is pinned; takes nothing.

    A parent that has no list hands nothing down, unless something of it is pinned.

    Raises:
        StoreError: The parent does not answer: go on with what is pinned.
        LakeError: What it says is refused, and why.
    """
    try:
        data = source.read(keys.DOWN, LARGEST_LIST)
    except NotFoundError:
        if pins.pins:
            raise StoreError(f"node {parent.code} hands nothing down any more ({keys.DOWN} is not there)") from None
        return Seen(replace(pins, notices=()), Handing(1, parent.code, pins.made or _NEVER, ()))
    handing = read_handing(data, parent.keys, name=keys.DOWN)
    return Seen(replace(pins, made=handing.made, notices=notices(pins, handing)), handing)


def taken(
    seen: Seen, read: Callable[[HandedDown], bytes], now: str, url: str, names: Collection[str] = ()
) -> tuple[Pins, dict[str, bytes]]:
    """Return the pins with what is new or newer taken, and the bytes that were taken by name of the document.

    What is no longer handed down is let go of. What changed under its old version is not taken.

    Args:
        seen: What a look found.
        read: Gives a document's bytes, checked (`read_document`).
        now: UTC, RFC 3339.
        url: Of the parent.
        names: Of the documents to take or let go of; all where empty.

    Raises:
        LakeError: A document is refused, or there is none of a name.
    """
    wanted = {each.name: each for each in seen.pins.notices if not names or each.name in names}
    if unknown := sorted(set(names) - {each.name for each in seen.handing.documents} - set(wanted)):
        raise LakeError(f"{unknown[0]}: no document of that name is handed down")
    pins = {each.document.name: each for each in seen.pins.pins}
    bodies: dict[str, bytes] = {}
    for name, notice in wanted.items():
        document = seen.handing.find(name)
        if document is None:
            pins.pop(name)
        elif notice.change != "changed":
            bodies[name] = read(document)
            source = f"{url}/{keys.down_file(document.sha256, document.file)}"
            pins[name] = Pin(document, now, source)
    after = replace(seen.pins, pins=tuple(pins[name] for name in sorted(pins)))
    return replace(after, notices=notices(after, seen.handing)), bodies


def read_document(source: Source, document: HandedDown, code: str) -> bytes:
    """Return a document's bytes: those that the list names, and of use to node `code`.

    Raises:
        StoreError: The parent does not answer, or has other bytes there than its list says.
        LakeError: The document is damaged.
    """
    try:
        body = source.read(keys.down_file(document.sha256, document.file), LARGEST_DOCUMENT)
    except NotFoundError:
        raise StoreError(f"{document.name}: is not there; its node may just be publishing: look again") from None
    if not is_of(body, document):
        raise StoreError(f"{document.name}: other bytes than the list says; nothing was taken")
    check_document(document, body, code)
    return body


def check_document(document: HandedDown, body: bytes, code: str) -> None:
    """Refuse a document that a node could make no use of: it would fail later, and elsewhere.

    Raises:
        LakeError: One line.
    """
    name = document.name
    if document.kind == DIVISIONS:
        node_name(code, parse_divisions(body, name=name))  # a list without the node's own division is of no use to it
    elif document.kind == POLICY:
        policy = read_record(Policy, parse_toml(body, name), file=name)
        if policy.node != document.origin or policy.demo:
            raise LakeError(f"{name}: a policy that is handed down is of its own node, and for no demonstration")
    elif check := _CHECKS.get(document.kind):
        try:
            check(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            what = error if isinstance(error, KeyError) else f"({type(error).__name__})"
            raise LakeError(f"{name}: is no document of kind {document.kind!r} that can be used: {what}") from None


def _check_style(style: Mapping[str, Any]) -> None:
    """Refuse a style that a server or browser would be led astray by; raises `ValueError`."""
    if style["version"] != 8 or not style["layers"] or not style["sources"]:  # noqa: PLR2004 - of the specification
        msg = "no style"
        raise ValueError(msg)
    for source in style["sources"].values():
        addresses = source["tiles"] if "tiles" in source else [source["url"]]
        if not addresses or not all(scheme_of(each.replace("{", "").replace("}", "")) in _WEB for each in addresses):
            msg = "sources"
            raise ValueError(msg)
    for layer in style["layers"]:
        if layer["type"] != "background" and layer["source"] not in style["sources"]:
            msg = "layers"
            raise ValueError(msg)


def _check_issuer(document: Mapping[str, Any]) -> None:
    if not str(document["issuer_key"]).startswith("ed25519:"):
        msg = "issuer_key"
        raise ValueError(msg)


_WEB: Final = ("http", "https")
_CHECKS: Final[dict[str, Callable[[Any], object]]] = {
    BASEMAP: _check_style,
    ISSUER: _check_issuer,
    QUOTAS: policy_of,
    TERMS: terms_of,
}


def differences(kind: str, old: bytes, new: bytes) -> str:
    """Return in a few words what another state of a document changes: members of JSON, units of a list. Pure."""
    if kind == DIVISIONS:
        before, after = (parse_divisions(each, name=kind).units for each in (old, new))
        added, removed = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
        changed = sum(before[code] != after[code] for code in before.keys() & after.keys())
        return f"+{len(added)} -{len(removed)} ~{changed}"
    try:
        before, after = json.loads(old), json.loads(new)
    except ValueError:
        return f"{len(old)} → {len(new)} B"
    if not isinstance(before, dict) or not isinstance(after, dict):
        return f"{len(old)} → {len(new)} B"
    names = sorted(each for each in before.keys() | after.keys() if before.get(each) != after.get(each))
    return ", ".join(names[:_SHOWN]) + (f", … ({len(names)})" if len(names) > _SHOWN else "")
