"""Makes the bundle of the edge function: `python tools/package_edge.py config.json edge.zip`.

The same sources and configuration give the same bytes on every machine: files are stored, not compressed, in the
order of their names and with one date. What goes in is what the entry point imports of Tianlake, found by reading the
sources; boto3 is part of Lambda's own Python.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from package_zip import zipped

from tianlake.functions.edge.config import NAME, config_of

ENTRY: Final = Path(__file__).resolve().parents[1] / "functions/edge/viewer_request.py"

LARGEST: Final = 1_000_000
"""Bytes of a bundle ("Quotas on Lambda@Edge": 1 MB for viewer triggers)."""


def bundle(config: str) -> bytes:
    """Return the bundle, a ZIP archive whose handler is `viewer_request.handler`.

    Raises:
        LakeError: The configuration is wrong.
        ValueError: The bundle is larger than Lambda@Edge takes.
    """
    config_of(config)
    files = {NAME: config.encode(), ENTRY.name: ENTRY.read_bytes()}
    files |= {f"{name.replace('.', '/')}.py": path.read_bytes() for name, path in closure(ENTRY)}
    made = zipped(files)
    if len(made) >= LARGEST:
        raise ValueError(f"the bundle has {len(made)} bytes, {LARGEST} is what Lambda@Edge takes")
    return made


def closure(entry: Path) -> Iterator[tuple[str, Path]]:
    """Yield every module of Tianlake that `entry` imports, and those that they import, packages above included."""
    waiting, seen = list(_imports(entry)), set[str]()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        spec = importlib.util.find_spec(module)
        if spec is None or spec.origin is None:
            continue  # the namespace `tianlake`, which has no file
        path = Path(spec.origin)
        yield (f"{module}.__init__" if path.name == "__init__.py" else module), path
        waiting += [module.rpartition(".")[0], *_imports(path)]


def _imports(path: Path) -> Iterator[str]:
    """Yield the modules of Tianlake that a file imports when it runs: not those for type checkers alone."""
    for node in _running(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name.startswith("tianlake."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tianlake."):
            module = str(node.module)
            yield module
            below = (f"{module}.{each.name}" for each in node.names)
            yield from (each for each in below if _is_module(each))


def _running(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from _running(child)


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def main() -> None:
    """Write the bundle of the configuration and the file that are named."""
    source, target = (Path(each) for each in sys.argv[1:])
    made = bundle(source.read_text("utf-8"))
    target.write_bytes(made)
    print(f"{target}: {len(made):,} bytes")


if __name__ == "__main__":
    main()
