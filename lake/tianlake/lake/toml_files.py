"""TOML files that people write."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from tianlake.lake.errors import fault


def read_toml(file: Path, shown: str) -> dict[str, Any]:
    """Return what a TOML file says; raises `LakeError`, which calls it `shown`."""
    try:
        return parse_toml(file.read_bytes(), shown)
    except OSError as error:
        raise fault(shown, "", f"cannot be read: {error.strerror}") from None


def parse_toml(raw: bytes, shown: str) -> dict[str, Any]:
    """Return what the bytes of a TOML file say; raises `LakeError`, which calls it `shown`."""
    try:
        return tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise fault(shown, f"byte {error.start}", "a TOML file is written in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise fault(shown, "", f"not TOML: {error}") from None
