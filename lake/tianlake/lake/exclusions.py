"""What stays out of a product for good (article 18 of the Measures), in a form that does not repeat it.

`nodes/<code>/exclusions/<product>.toml` names ids and values by HMAC-SHA256 and areas by their ciphertext, under a key
of the node that lies in `signing/`: the file may be kept with the recipes, and tells nobody what was removed. Every
build obeys it, so that what was removed does not come back with the next import of the source.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from tianlake.lake.errors import LakeError, fault
from tianlake.lake.keyfiles import SIGNING, make_signing_key, signing_key
from tianlake.lake.records import STRICT, read_record
from tianlake.lake.words import ProductId

Mark = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""HMAC-SHA256 of an id or a value, under the node's key."""

_NONCE: Final = 12


@dataclass(frozen=True, slots=True)
class Value:
    """Features whose attribute has this value."""

    column: Annotated[str, Field(min_length=1, max_length=255)]
    value: Mark

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What every build of a product leaves out."""

    ids: tuple[Mark, ...] = ()
    """Of features or rows, by the attribute that names them."""
    values: tuple[Value, ...] = ()
    areas: tuple[Annotated[str, Field(max_length=1_000_000)], ...] = ()
    """WKT of areas in degrees of CGCS2000, encrypted; features that touch one are left out."""
    columns: tuple[Annotated[str, Field(min_length=1, max_length=255)], ...] = ()
    """Attributes that are empty in every feature."""
    whole: bool = False
    """Whether the product is not built at all."""

    __pydantic_config__ = STRICT

    def __bool__(self) -> bool:
        """Say whether anything is left out."""
        return self != Exclusions()


@dataclass(frozen=True, slots=True)
class Target:
    """What a case removes, in clear: it stands in the sealed part of the case alone."""

    product: ProductId
    ids: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    """Attribute and value."""
    areas: tuple[str, ...] = ()
    """WKT, degrees of CGCS2000."""
    columns: tuple[str, ...] = ()
    whole: bool = False

    __pydantic_config__ = STRICT


def key_name(code: str) -> str:
    """Return the name of the key of a node's exclusions in `signing/`."""
    return f"{code}.exclusions"


def exclusions_file(root: Path, code: str, product: str) -> Path:
    """Return where the exclusions of a product lie in a workspace."""
    return root / "nodes" / code / "exclusions" / f"{product}.toml"


def read_exclusions(root: Path, code: str, product: str) -> Exclusions | None:
    """Return what is left out of a product, or None where nothing is; raises `LakeError` where the file is wrong."""
    file = exclusions_file(root, code, product)
    shown = file.relative_to(root).as_posix()
    try:
        raw = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, OSError) as error:
        raise fault(shown, "", f"cannot be read: {error}; nothing is built without it") from None
    return read_record(Exclusions, raw, file=shown) or None


def exclusion_key(root: Path, code: str) -> bytes:
    """Return the key that a node's exclusions are written with.

    Raises:
        LakeError: It is not here: what must stay out could not be told, so nothing is built.
    """
    key = signing_key(root, key_name(code))
    if key is None:
        rule = "missing: what must stay out of the node's products cannot be told without it; restore it from a backup"
        raise fault(f"{SIGNING}/{key_name(code)}.key", "", rule)
    return key


def mark_of(key: bytes, text: str) -> str:
    """Return the mark of an id or a value: trimmed and in Unicode's NFC, so that another spelling is no other one."""
    return hmac.digest(key, b"value\0" + unicodedata.normalize("NFC", text.strip()).encode(), "sha256").hex()


def marked(key: bytes, marks: Iterable[str], texts: Iterable[str]) -> list[str]:
    """Return those of some texts that have one of the marks, as they are written."""
    wanted = frozenset(marks)
    return [text for text in texts if mark_of(key, text) in wanted]


def hidden_area(key: bytes, wkt: str) -> str:
    """Return the ciphertext of an area."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - recipes are read without it

    nonce = secrets.token_bytes(_NONCE)
    return base64.b64encode(nonce + AESGCM(_area_key(key)).encrypt(nonce, wkt.encode(), None)).decode()


def shown_area(key: bytes, hidden: str) -> str:
    """Return the WKT of an area; raises `LakeError` where it was hidden with another key, or changed."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    try:
        raw = base64.b64decode(hidden, validate=True)
        return AESGCM(_area_key(key)).decrypt(raw[:_NONCE], raw[_NONCE:], None).decode()
    except (InvalidTag, ValueError):
        raise LakeError("exclusions: areas: were hidden with another key; restore file and key of one time") from None


def _area_key(key: bytes) -> bytes:
    return hmac.digest(key, b"areas", "sha256")


def with_target(before: Exclusions | None, target: Target, key: bytes) -> Exclusions:
    """Return what is left out of a product once a target is, too; the same again where it was already."""
    held = before or Exclusions()
    ids = [mark_of(key, each) for each in target.ids]
    values = [Value(column, mark_of(key, value)) for column, value in target.values]
    shown = [shown_area(key, each) for each in held.areas]
    areas = [hidden_area(key, each) for each in target.areas if each not in shown]
    return replace(
        held,
        ids=tuple(sorted({*held.ids, *ids})),
        values=tuple(sorted({*held.values, *values}, key=lambda each: (each.column, each.value))),
        areas=(*held.areas, *areas),
        columns=tuple(sorted({*held.columns, *target.columns})),
        whole=held.whole or target.whole,
    )


def write_exclusions(root: Path, code: str, target: Target) -> Exclusions:
    """Write down that a target stays out of a product from now on; makes the node's key before the first of them.

    Raises:
        LakeError: The file that is there is wrong, or was written with a key that is not here.
    """
    before = read_exclusions(root, code, target.product)
    key = exclusion_key(root, code) if _has_any(root, code) else signing_key(root, key_name(code))
    key = key or make_signing_key(root, key_name(code))
    after = with_target(before, target, key)
    if after != before:
        file = exclusions_file(root, code, target.product)
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
        fresh.write_text(_toml(after), "utf-8")
        fresh.replace(file)
    return after


def _has_any(root: Path, code: str) -> bool:
    return any(exclusions_file(root, code, "x").parent.glob("*.toml"))


def _toml(exclusions: Exclusions) -> str:
    lines = [
        "# 依《办法》第十八条不再发布的内容；由 tianlake case apply 写入，每次构建都遵守，不要手工删改。",
        "# What stays out under article 18: written by `tianlake case apply`, obeyed by every build. Keep it.",
        f"whole = {'true' if exclusions.whole else 'false'}",
    ]
    for name in ("ids", "areas", "columns"):
        lines += [f"{name} = [", *(f"  {_quoted(each)}," for each in getattr(exclusions, name)), "]"]
    for each in exclusions.values:
        lines += ["[[values]]", f"column = {_quoted(each.column)}", f"value = {_quoted(each.value)}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a TOML basic string."""
    if not text.isprintable():
        raise LakeError(f"{text!r}: the name of an attribute must not hold control characters")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
