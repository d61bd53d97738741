"""Fuzz the parsers of foreign input, led by what they have not run yet: `python tools/fuzz.py SECONDS NAME…`.

Each runs in a process of its own, for so many seconds; what broke one is left in the folder `fuzz/` of the current one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
MEMORY_MB: Final = 2048


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one parser in this process; does not return."""
    import atheris  # noqa: PLC0415 - appended to the path below

    with atheris.instrument_imports(include=["tianlake"]):
        from parsers_kit import PARSERS  # noqa: PLC0415
    parser = PARSERS[name]
    seeds = TemporaryDirectory(prefix="tianlake-fuzz-")
    for number, seed in enumerate(parser.seeds):
        (Path(seeds.name) / str(number)).write_bytes(seed)
    Path("fuzz").mkdir(exist_ok=True)
    limits = [f"-max_total_time={seconds}", "-timeout=10", f"-rss_limit_mb={MEMORY_MB}", "-verbosity=0"]
    atheris.Setup([name, *limits, f"-artifact_prefix=fuzz/{name}-", seeds.name], parser.try_on)
    atheris.Fuzz()


def main() -> int:
    """Fuzz the parsers that are named, or all; return 1 where one broke."""
    packages = ROOT / f".venv-security/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    sys.path[:0] = [str(ROOT / "tests/_kit")]
    sys.path.append(str(packages))
    seconds, names = int(sys.argv[1]), sys.argv[2:]
    if len(names) == 1:
        fuzz(names[0], seconds)
    from parsers_kit import PARSERS  # noqa: PLC0415 - found by the path above

    broken = []
    for name in names or PARSERS:
        done = subprocess.run(
            [sys.executable, __file__, str(seconds), name], check=False, capture_output=True, text=True
        )
        print(f"{name}: {'ok' if done.returncode == 0 else done.stderr[-2000:]}", flush=True)
        broken += [name] if done.returncode else []
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
