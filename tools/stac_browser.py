"""Build STAC Browser for the tests that open catalogs with it: `npm ci`, then its own build.

`tests/_kit/stac_browser/package-lock.json` is the source of truth. The npm package is source text; what is built of it
lies in `dist` beside the lock file, ignored by git. Nothing happens when that already matches the lock file.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from vendor_portal import npm_command

HOME: Final = Path(__file__).resolve().parents[1] / "tests/_kit/stac_browser"
PACKAGE: Final = "node_modules/@radiantearth/stac-browser"
INPUTS: Final = ("package.json", "package-lock.json", "basemaps.config.js")

COMMENTED: Final = '<!-- <script defer="defer" src="/config.js"></script> -->'
"""The package's page reads settings at run time where this is no comment (its docs/options.md)."""


class BuildError(Exception):
    """npm or the build failed, or the package does not hold what was expected; one line."""


def main() -> None:
    """Build; any fault is one line on stderr and exit code 1."""
    try:
        print(f"stac_browser: {build(HOME)}")
    except BuildError as error:
        sys.exit(f"stac_browser: {error}")


def build(home: Path) -> str:
    """Bring `home/dist` to what the lock file says; return what was done."""
    stamp, wanted = home / "dist/.tianlake", _wanted(home)
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return "up to date"
    npm, environment = npm_command()
    _run([*npm, "ci", "--ignore-scripts", "--loglevel=error"], home, environment)
    work = home / "work"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(home / PACKAGE, work)
    _prepare(home, work)
    settings = {"SB_historyMode": "hash", "SB_pathPrefix": "/", "SB_noSourceMaps": "true"}
    node = shutil.which("node", path=environment.get("PATH")) or npm[0]
    command = [node, "node_modules/@vue/cli-service/bin/vue-cli-service.js", "build", "--dest", str(home / "dist")]
    _run(command, work, environment | settings)
    stamp.write_text(wanted, "utf-8")
    for folder in (work, home / "node_modules"):  # a third of a gigabyte, which nothing needs from here on
        shutil.rmtree(folder)
    return "built"


def _prepare(home: Path, work: Path) -> None:
    """Change the copy of the package: base maps of the page, settings at run time, no tools of its authors."""
    (work / "node_modules").symlink_to("../node_modules")
    shutil.copy(home / "basemaps.config.js", work)
    page = work / "public/index.html"
    text = page.read_text("utf-8")
    if COMMENTED not in text:
        raise BuildError(f"{PACKAGE}: public/index.html does not hold {COMMENTED!r}")
    page.write_text(text.replace(COMMENTED, COMMENTED.removeprefix("<!-- ").removesuffix(" -->")), "utf-8")
    about = json.loads((work / "package.json").read_text("utf-8"))
    ours = json.loads((home / "package.json").read_text("utf-8"))["devDependencies"]
    about["devDependencies"] = {name: each for name, each in about["devDependencies"].items() if name in ours}
    (work / "package.json").write_text(json.dumps(about), "utf-8")


def _wanted(home: Path) -> str:
    """Return the hash of everything that decides what is built."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in INPUTS:
        digest.update((home / name).read_bytes())
    return digest.hexdigest()


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise BuildError(f"{Path(command[-1]).name}: {command[0]} failed: {lines[-1] if lines else done.returncode}")


if __name__ == "__main__":
    main()
