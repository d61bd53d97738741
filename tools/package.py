"""Makes what Lambda runs: `python tools/package.py --out dist [--edge-config FILE]`.

`packages.json` in the folder says of each archive its file, the SHA-256 of it in base64 as Terraform's
`source_code_hash` wants it, and of a function its handler, runtime, architecture and layers. The same sources
and requirement files give the same bytes.

Wheels are those of `requirements/lambda-*.txt`, with the hashes there. They are kept in a folder and fetched once:
`--fetch` does nothing else.
"""

from __future__ import annotations

import argparse
import json
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zlib import ZLIB_RUNTIME_VERSION

import package_edge
from package_wheels import MACHINE, fetch, pinned
from package_zip import zipped

from tianlake.lake.errors import LakeError
from tianlake.lake.records import dump_json

REPO: Final = Path(__file__).resolve().parents[1]

PYTHON: Final = "3.12"
"""Lambda's Python: the first on Amazon Linux 2023, whose glibc the wheels of DuckDB and cryptography need."""

LARGEST: Final = 50_000_000
"""Bytes of an archive that is sent to Lambda ("Lambda quotas": 50 MB zipped)."""

LARGEST_UNPACKED: Final = 250_000_000
"""Bytes of a function with its layers (there: 250 MB unzipped)."""

_TREES: Final = ("functions", "lake")
"""Slices of Tianlake that every function holds whole, data files included; of others what it imports."""

_LAYERS: Final = {
    "layer-duckdb": ("duckdb", "duckdb_extension_httpfs"),
    "layer-spatial": ("duckdb_extension_spatial",),
}
"""Distributions by layer: together they are more than may be sent at once."""


@dataclass(frozen=True, slots=True)
class Root:
    """A function: an entry point below `functions/`, and the requirements of its extras."""

    name: str
    layers: tuple[str, ...] = ()
    """What its distributions are taken from, where not from its own archive."""

    @property
    def entry(self) -> Path:
        """Its entry point."""
        return REPO / "functions" / self.name / "app.py"

    @property
    def requirements(self) -> Path:
        """What it needs, pinned."""
        return REPO / f"requirements/lambda-{self.name}.txt"


ROOTS: Final = (Root("api"), Root("web", tuple(_LAYERS)), Root("stac", tuple(_LAYERS)))


def package(
    out: Path,
    wheels: Path,
    python: str = PYTHON,
    edge_config: Path | None = None,
    roots: Sequence[Root] = (),
) -> dict[str, Any]:
    """Write every archive and `packages.json` into a folder; return what that says.

    Args:
        out: The folder.
        wheels: Where the wheels are.
        python: Lambda's Python.
        edge_config: What an edge function is told (`tianlake.functions.edge.config`); without it none is made.
        roots: Functions, all where none is named.

    Raises:
        LakeError: A wheel is missing, the configuration is wrong, or an archive is larger than Lambda takes.
    """
    out.mkdir(parents=True, exist_ok=True)
    made: dict[str, Any] = {}
    layers: dict[str, dict[str, bytes]] = {}
    runs = {"runtime": f"python{python}", "architecture": MACHINE}
    for root in roots or ROOTS:
        distributions = pinned(root.requirements, python, wheels)
        files = _own(root.entry)
        for name, own in distributions.items():
            layer = next((each for each in root.layers if name in _LAYERS[each]), None)
            if layer is None:
                files |= own
            else:
                layers.setdefault(layer, {}).update({f"python/{path}": data for path, data in own.items()})
        _check_unpacked(root.name, files, *(layers[each] for each in root.layers))
        how = {**runs, "handler": "app.app", "layers": list(root.layers)}
        made[root.name] = _write(out / f"{root.name}.zip", zipped(files, smaller=True)) | how
    for name, files in layers.items():
        made[name] = _write(out / f"{name}.zip", zipped(files, smaller=True)) | runs
    if edge_config is not None:
        bundle = package_edge.bundle(edge_config.read_text("utf-8"))
        made["edge"] = _write(out / "edge.zip", bundle) | runs | {"handler": f"{package_edge.ENTRY.stem}.handler"}
    (out / "packages.json").write_bytes(dump_json(made))
    return made


def up_to_date(out: Path, wheels: Path, python: str = PYTHON, edge_config: Path | None = None) -> dict[str, Any]:
    """Write what `package` does, unless the folder holds what was made from just these sources; return what it says."""
    digest = _inputs(python, edge_config)
    stamp, listed = out / "inputs.sha256", out / "packages.json"
    if stamp.is_file() and stamp.read_text() == digest:
        found: dict[str, Any] = json.loads(listed.read_bytes())
        if all(_is_still(out / each["file"], each["sha256"]) for each in found.values()):
            return found
    stamp.unlink(missing_ok=True)
    made = package(out, wheels, python, edge_config)
    stamp.write_text(digest)
    return made


def fetch_all(wheels: Path, python: str = PYTHON) -> None:
    """Fetch the wheels of every function, so that they are packed without a network later on."""
    for root in ROOTS:
        fetch(root.requirements, python, wheels)


def _inputs(python: str, edge_config: Path | None) -> str:
    """Return a digest of everything that decides what packages hold."""
    found = sha256(f"{python}\n{ZLIB_RUNTIME_VERSION}\n".encode())
    own = [*sorted(Path(__file__).parent.glob("package*.py")), *(root.requirements for root in ROOTS)]
    for path in [*own, *([edge_config] if edge_config else [])]:
        found.update(path.read_bytes() + b"\0")
    for entry in (*(root.entry for root in ROOTS), package_edge.ENTRY):
        for name, data in sorted(_own(entry).items()):
            found.update(f"{name}\0{len(data)}\0".encode() + data)
    return found.hexdigest()


def _is_still(file: Path, wanted: str) -> bool:
    return file.is_file() and _digest(file.read_bytes()) == wanted


def _digest(data: bytes) -> str:
    return b64encode(sha256(data).digest()).decode()


def _own(entry: Path) -> dict[str, bytes]:
    """Return the entry point, and what there is of Tianlake in a function."""
    files = {entry.name: entry.read_bytes()}
    for tree in _TREES:
        for path in sorted((REPO / tree / "tianlake").rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                files[path.relative_to(REPO / tree).as_posix()] = path.read_bytes()
    return files | {f"{name.replace('.', '/')}.py": path.read_bytes() for name, path in package_edge.closure(entry)}


def _write(file: Path, archive: bytes) -> dict[str, Any]:
    if len(archive) > LARGEST:
        raise LakeError(f"{file.name}: has {len(archive)} bytes; Lambda takes {LARGEST}")
    file.write_bytes(archive)
    return {"file": file.name, "sha256": _digest(archive), "size": len(archive)}


def _check_unpacked(name: str, *parts: Mapping[str, bytes]) -> None:
    size = sum(len(data) for files in parts for data in files.values())
    if size > LARGEST_UNPACKED:
        raise LakeError(f"{name}: has {size} bytes unpacked, layers included; Lambda takes {LARGEST_UNPACKED}")


def _told(made: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for each in made.values():
        yield f"{each['file']}: {each['size']:,} bytes"


def main() -> None:
    """Fetch what is missing, and write the archives into the folder that is named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=REPO / "dist", help="folder of the archives")
    parser.add_argument("--python", default=PYTHON, help="Lambda's Python; another for an emulator that runs this one")
    parser.add_argument("--wheels", type=Path, help="folder that keeps the wheels; dist/wheels/<python> by default")
    parser.add_argument("--edge-config", type=Path, help="configuration of the edge function, which is made then")
    parser.add_argument("--fetch", action="store_true", help="fetch the wheels, and do nothing else")
    asked = parser.parse_args()
    wheels = asked.wheels or REPO / "dist/wheels" / asked.python
    try:
        if asked.fetch:
            fetch_all(wheels, asked.python)
        else:
            print("\n".join(_told(up_to_date(asked.out, wheels, asked.python, asked.edge_config))))
    except LakeError as error:
        sys.exit(f"package: {error}")


if __name__ == "__main__":
    main()
