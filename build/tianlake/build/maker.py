"""What makes products here: our own code, and the tools that decide what comes out."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from tianlake.build.builders import tool_versions
from tianlake.lake.recipes import Kind
from tianlake.lake.records import dump_json


@cache
def maker(kind: Kind) -> str:
    """Return the sha256 over what makes a kind of product here: our code and the versions of tools."""
    said = {"builder": code_digest(__package__), "tools": tool_versions(kind) | {"tianlake": version("tianlake")}}
    return hashlib.sha256(dump_json(said)).hexdigest()


@cache
def code_digest(package: str) -> str:
    """Return the sha256 over our own code: what a checkout builds changes between versions too."""
    root = Path(str(files(package)))
    modules = (file for file in root.rglob("*") if file.suffix in {".py", ".css", ".jinja"})
    ordered = sorted(modules, key=lambda module: module.relative_to(root).as_posix())
    return hashlib.sha256(b"\0".join(module.read_bytes() for module in ordered)).hexdigest()
