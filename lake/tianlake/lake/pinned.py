"""Where a workspace keeps what its nodes have pinned: `nodes/<code>/pins.toml`, and the bytes beside it.

```toml
parent = "156000000"

[[pins]]
name = "156000000/terms"
version = "2026-12-01"
sha256 = "…"
```
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from tianlake.lake.divisions import use_divisions
from tianlake.lake.errors import StoreError, fault
from tianlake.lake.handed import DIVISIONS, HandedDown, Notice, Pin, Pins, is_of
from tianlake.lake.records import read_record

LOCK: Final = "pins.toml"
FOLDER: Final = "pins"

_DOCUMENT: Final = tuple(each.name for each in fields(HandedDown))
_HEAD: Final = (
    "# 本节点采用的上级文件，按哈希锁定 · What this node uses of what its parent hands down: tianlake node pins"
)


def read_pins(workspace: Path, code: str) -> Pins | None:
    """Return what a node has pinned, or None where it has no such file.

    Raises:
        LakeError: The file is wrong.
    """
    file = workspace / "nodes" / code / LOCK
    shown = file.relative_to(workspace).as_posix()
    try:
        raw = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise fault(shown, "", f"not TOML in UTF-8: {error}") from None
    except OSError as error:
        raise fault(shown, "", f"cannot be read: {error.strerror}") from None
    pins = raw.get("pins")
    if isinstance(pins, list):
        raw["pins"] = [_nested(each) if isinstance(each, dict) else each for each in pins]
    return read_record(Pins, raw, file=shown)


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in flat.items() if name not in _DOCUMENT}
    return {"document": {name: value for name, value in flat.items() if name in _DOCUMENT}, **rest}


def write_pins(workspace: Path, code: str, pins: Pins, bodies: Mapping[str, bytes]) -> None:
    """Write down what a node has pinned: bytes first, then the file that names them; then let go of what none names.

    Args:
        workspace: Its folder.
        code: The node.
        pins: What it has pinned now.
        bodies: Bytes of what was taken, by name of the document.

    Raises:
        StoreError: The disk refused.
    """
    folder = workspace / "nodes" / code
    try:
        for pin in pins.pins:
            body = bodies.get(pin.document.name)
            if body is not None:
                _replace(_file(workspace, code, pin.document), body)
        _replace(folder / LOCK, _text(pins).encode())
        kept = {_file(workspace, code, pin.document) for pin in pins.pins}
        for file in sorted((folder / FOLDER).glob("*/*")):
            if file not in kept:
                file.unlink()
                if not any(file.parent.iterdir()):
                    file.parent.rmdir()
    except OSError as error:
        raise StoreError(f"nodes/{code}/{LOCK}: cannot be written: {error.strerror}") from None


def pinned_body(workspace: Path, code: str, pin: Pin) -> bytes:
    """Return the bytes of a pin.

    Raises:
        LakeError: They are missing, or were changed since: nothing goes by bytes that nobody vouches for.
    """
    file = _file(workspace, code, pin.document)
    shown = file.relative_to(workspace).as_posix()
    try:
        body = file.read_bytes()
    except OSError:
        raise fault(shown, "", "cannot be read; take it again: delete its [[pins]], run tianlake node pins") from None
    if not is_of(body, pin.document):
        rule = f"is not what nodes/{code}/{LOCK} has pinned (sha256 {pin.document.sha256[:12]}…)"
        raise fault(shown, "", f"{rule}; restore it, or delete it with its [[pins]] and take it again")
    return body


def nearest_body(workspace: Path, code: str, kind: str) -> bytes | None:
    """Return the pinned document of a kind of which a node uses one, or None; raises as `pinned_body`."""
    pins = read_pins(workspace, code)
    pin = pins.nearest(kind) if pins else None
    return pinned_body(workspace, code, pin) if pin else None


def adopt_divisions(workspace: Path, codes: Iterable[str]) -> None:
    """Let this process go by the list of divisions that the first of some nodes has pinned, where one has."""
    for code in codes:
        if (body := nearest_body(workspace, code, DIVISIONS)) is not None:
            use_divisions(body)
            return


def _file(workspace: Path, code: str, document: HandedDown) -> Path:
    return workspace / "nodes" / code / FOLDER / document.sha256[:16] / document.file


def _replace(file: Path, body: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    fresh.write_bytes(body)
    fresh.replace(file)


def _text(pins: Pins) -> str:
    lines = [_HEAD, f"parent = {_quoted(pins.parent)}"]
    if pins.made is not None:
        lines.append(f"made = {_quoted(pins.made)}  # 上次所见上级清单的时间 · of the newest list that was seen")
    for pin in pins.pins:
        lines += ["", "[[pins]]", *map(_member, _members(pin.document)), *map(_member, _taken(pin))]
    for notice in pins.notices:
        lines += ["", "[[notices]]", *map(_member, _told(notice))]
    return "\n".join(lines) + "\n"


def _members(document: HandedDown) -> list[tuple[str, Any]]:
    return [(name, getattr(document, name)) for name in _DOCUMENT]


def _taken(pin: Pin) -> list[tuple[str, Any]]:
    return [("taken", pin.taken), ("source", pin.source)]


def _told(notice: Notice) -> list[tuple[str, Any]]:
    found = [(each.name, getattr(notice, each.name)) for each in fields(Notice)]
    return [(name, value) for name, value in found if value is not None]


def _member(pair: tuple[str, Any]) -> str:
    name, value = pair
    if name == "title":
        return f"title = {{ zh = {_quoted(value.zh)}, en = {_quoted(value.en)} }}"
    return f"{name} = {value}" if isinstance(value, int) else f"{name} = {_quoted(value)}"


def _quoted(text: str) -> str:
    """Return a basic string of TOML 1.0, whose escapes are JSON's; DEL is escaped in it too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
