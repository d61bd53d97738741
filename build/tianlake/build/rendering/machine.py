"""Whether this machine can draw pictures: the renderer and what it needs of the system."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from tianlake.build.rendering.fonts import CannotDrawError, font_files

LIBRARIES: Final = ("pymgl", "fonttools")
"""Distributions that draw: MapLibre Native, and what reads fonts."""

SYSTEM: Final = (
    "usr/share/glvnd/egl_vendor.d/*.json",
    "etc/glvnd/egl_vendor.d/*.json",
    "usr/lib*/lib[ES][GM]*.so.[16]",
    "usr/lib/*/lib[ES][GM]*.so.[16]",
)
"""Where Linux has what the renderer needs: who provides EGL, libEGL.so.1, and libSM.so.6, which it is linked to."""

TRIAL: Final = """
import os
os.environ.setdefault("EGL_PLATFORM", "surfaceless")
import fontTools.ttLib
from pymgl import Map
style = '{"version": 8, "sources": {}, "layers": [{"id": "b", "type": "background"}]}'
with Map(style, 8, 8) as map:
    map.renderBuffer()
"""
"""Draws nothing much, in a process of its own: the renderer ends the one it fails in."""

TRIAL_S: Final = 60.0

ADVICE: Final = (
    "on Debian: apt-get install libegl1 libgl1-mesa-dri libsm6 libxext6; for Python: pip install pymgl fonttools"
)


def check_renderer() -> None:
    """Refuse a machine that cannot draw, before anything is read.

    Raises:
        CannotDrawError: One line that says what is missing and how to get it.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the program is ours
            [sys.executable, "-c", TRIAL], capture_output=True, text=True, timeout=TRIAL_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise CannotDrawError(f"pictures: MapLibre Native drew nothing in {TRIAL_S:.0f} s; {ADVICE}") from None
    if done.returncode != 0:
        raise CannotDrawError(
            f"pictures: MapLibre Native does not run on this machine ({_reason(done.stderr)}); {ADVICE}"
        )


def _reason(said: str) -> str:
    """Return the line in which Python names the error, or the last one."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    named = [line for line in lines if "Error: " in line]
    return (named or lines or ["it ended without a word"])[-1]


def drawing_state() -> dict[str, object]:
    """Return what decides how this machine draws, for fingerprints: versions, fonts, and what the system has.

    Nothing is run: a build without changes must not wait for a trial.
    """
    return {
        "tools": drawing_tools(),
        "fonts": [[file.name, file.stat().st_size] for file in font_files()],
        "system": sorted({found.name for pattern in SYSTEM for found in Path("/").glob(pattern)}),
    }


def drawing_tools() -> dict[str, str]:
    """Return distribution → version of what draws, where it is installed."""
    return {name: version(name) for name in LIBRARIES if _installed(name)}


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
