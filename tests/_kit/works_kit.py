"""A published tree of nodes, worked on by commands while it is served under load, and what must hold after a fault."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from drill_kit import CITY, NATION, OFFICER, PROVINCE, Drill, city_rows
from kit import REPO
from load_kit import Door, Load, kinds, mixed, under_load
from server_kit import free_port

NODES = (NATION, PROVINCE, CITY)
Done = subprocess.CompletedProcess[str]

_RUN = "import sys; sys.argv[0] = 'tianlake'; from tianlake.cli.app import main; main()"


@dataclass(frozen=True)
class Works:
    """A workspace and the environment of its commands."""

    root: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    def command(self, *arguments: str, prelude: str = "") -> list[str]:
        """Return the command line; `prelude` is run in the process before anything else."""
        return [sys.executable, "-c", f"{prelude}\n{_RUN}", "-C", str(self.root), *arguments]

    @property
    def environment(self) -> dict[str, str]:
        kit = os.pathsep.join([str(REPO / "tests/_kit"), os.environ.get("PYTHONPATH", "")])
        clean = {key: value for key, value in os.environ.items() if not key.startswith("LC_")}
        return {**clean, "LANG": "C.UTF-8", "PYTHONPATH": kit, "PYTHONUNBUFFERED": "1", **self.variables}

    def start(self, *arguments: str, prelude: str = "") -> subprocess.Popen[str]:
        """Start a command and do not wait."""
        return subprocess.Popen(
            self.command(*arguments, prelude=prelude),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )

    def run(self, *arguments: str, prelude: str = "", timeout: float = 240) -> Done:
        """Run a command to its end."""
        with self.start(*arguments, prelude=prelude) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def well(self, *arguments: str) -> Done:
        """Run a command that must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done

    def copied(self, folder: Path, **variables: str) -> Works:
        """Return the same elsewhere."""
        shutil.copytree(self.root, folder, symlinks=True)
        return Works(folder, variables)

    @property
    def drill(self) -> Drill:
        """The same, its commands run in this process."""
        return Drill(self.root)


def write_source(root: Path, other: str) -> None:
    """Let the city's source hold a place of another name."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
            "properties": {key: value for key, value in row.items() if key not in {"lon", "lat"}},
        }
        for row in city_rows(other=other)
    ]
    source = root / "sources" / f"{CITY}.geojson"
    source.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")


def clear(done: Done, *wanted: str, codes: tuple[int, ...] = (2, 3)) -> str:
    """Assert that a command failed in one clear line, which holds one of some texts; return it."""
    said = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode in codes, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr
    told = [line for line in said if line.startswith("tianlake: ")]
    assert len(told) >= 1, done.stderr
    assert any(re.search(each, line) for each in wanted for line in told), told
    return told[-1]


# --- what is published ------------------------------------------------------------------------------------------------


def objects(lake: Path) -> dict[str, str]:
    """Return the SHA-256 of every object that is served or was signed, by node and key; scratch files left out."""
    return {
        file.relative_to(lake).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(lake.rglob("*"))
        if file.is_file() and "/.tmp/" not in f"/{file.relative_to(lake).as_posix()}"
    }


def immutable(found: Mapping[str, str]) -> dict[str, str]:
    """Return those that must never change once they are there."""
    return {key: digest for key, digest in found.items() if re.match(r"\d{9}/releases/", key)}


def current(lake: Path, code: str = CITY, product: str = "places") -> str:
    """Return the release that a product's pointer names."""
    document = json.loads((lake / code / f"collections/{product}/collection.json").read_bytes())
    return str(document["version"])


def check_whole(lake: Path, code: str = CITY, product: str = "places") -> None:
    """Assert that the release which the pointer names is there, each file with the bytes of its manifest."""
    folder = lake / code / f"releases/{product}/{current(lake, code, product)}"
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["files"]
    for entry in manifest["files"]:
        assert hashlib.sha256((folder / entry["path"]).read_bytes()).hexdigest() == entry["sha256"], entry["path"]


def check_kept(before: Mapping[str, str], lake: Path) -> None:
    """Assert that what was published is there, byte for byte, and that what is current is whole at every node."""
    after = objects(lake)
    lost = {key for key, digest in immutable(before).items() if after.get(key) != digest}
    assert not lost, f"lost or changed: {sorted(lost)[:5]}"
    for code in NODES:
        check_whole(lake, code)
    for file in lake.glob("*/catalog.json"):
        assert json.loads(file.read_bytes())["type"] == "Catalog"


# --- served -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
    """A running `tianlake serve` and a professional account."""

    process: subprocess.Popen[str]
    port: int
    door: Door
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def door_of(works: Works) -> Door:
    """Make an account and a key."""
    who = ("--name", "faults", "--kind", "government", "--tier", "professional", "--accept-terms")
    made = json.loads(works.well("keys", "issue", *who, "--json").stdout)
    return Door(CITY, made["key"], made["token"])


@contextmanager
def served(works: Works) -> Iterator[Served]:
    """Serve the tree until the block ends; its log must hold no traceback."""
    door = door_of(works)
    port, log = free_port(), works.root.parent / f"serve-{works.root.name}.log"
    arguments = ("serve", "--node", NATION, "--port", str(port), "--workers", "1")
    with log.open("w") as said:
        process = subprocess.Popen(
            works.command(*arguments), stdout=said, stderr=said, text=True, env=works.environment
        )
        try:
            until = time.monotonic() + 120
            while True:
                assert process.poll() is None, log.read_text("utf-8")
                try:
                    with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                        break
                except OSError:
                    assert time.monotonic() < until, log.read_text("utf-8")
                    time.sleep(0.1)
            yield Served(process, port, door, log)
        finally:
            process.terminate()
            process.wait(30)
    assert "Traceback" not in log.read_text("utf-8"), log.read_text("utf-8")[-3000:]


@contextmanager
def loaded(works: Works, rate: float = 12) -> Iterator[tuple[Served, Load]]:
    """Serve the tree under load; nothing that is answered may be mixed, or fail while the node itself is well."""
    with served(works) as server, under_load(server.url, kinds(server.door), rate) as load:
        yield server, load
    assert load.seen, "no load"
    assert mixed(load.seen) == {}


def unwell(load: Load) -> list[str]:
    """Return answers that were not as they are when nothing is broken."""
    return [f"{each.kind}: {each.status} {each.said}" for each in load.seen if not each.right]


def by_officer(*arguments: str) -> tuple[str, ...]:
    return (*arguments, "--node", CITY, "--as", OFFICER)
