"""What `tianlake init` writes: settings, a node each, and a small example product that builds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from string import Template
from uuid import uuid4

from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.nodes import NodeName
from tianlake.lake.workspace import check_lake_url


def starter_files(names: Sequence[NodeName], lake_url: str) -> dict[str, str]:
    """Return the text of every file of a new workspace by its path."""
    check_lake_url(lake_url)
    written = {
        "tianlake.toml": _template("tianlake.toml").substitute(lake_url=json.dumps(lake_url, ensure_ascii=False))
    }
    for name in names:
        base = f"nodes/{name.code}"
        words = {"code": name.code, "name": name.name, "short_name": name.short_name, "division": name.division}
        written[f"{base}/node.toml"] = _template("node.toml").substitute(words)
        written[f"{base}/products/places.toml"] = _template("places.toml").substitute(words)
        written[f"sources/{name.code}/places.csv"] = _template("places.csv").substitute(words)
    return written


def write_workspace(folder: Path, written: Mapping[str, str]) -> None:
    """Write a new workspace in one rename, so that a failure leaves nothing behind.

    Raises:
        LakeError: The folder exists and holds something.
        StoreError: The disk refused.
    """
    if folder.exists() and any(folder.iterdir()):
        raise LakeError(f"{folder}: the folder is not empty; name a new or empty one")
    part = folder.parent / f".{folder.name}.{uuid4().hex[:8]}"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for name, text in written.items():
            file = part / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        part.replace(folder)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _template(name: str) -> Template:
    return Template((files("tianlake.cli") / "templates" / name).read_text("utf-8"))
