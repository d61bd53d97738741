"""Where tests find real files, and how much they make up.

Everything in DATA is installed by `make install`, nothing is committed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

REPO: Final = Path(__file__).resolve().parents[2]
DATA: Final = REPO / ".data"


def examples(count: int) -> int:
    """Return how many examples Hypothesis is to make up: a third, and all of them for `make test-long`."""
    return count if os.environ.get("EXAMPLES") == "all" else count // 3
