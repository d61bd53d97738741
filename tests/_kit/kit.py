"""Where tests find real files. Everything in DATA is installed by `make install`, nothing is committed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

REPO: Final = Path(__file__).resolve().parents[2]
DATA: Final = REPO / ".data"
