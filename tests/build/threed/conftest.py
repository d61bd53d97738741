"""Readers that are not ours."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def read_png() -> Callable[[Path], Any]:
    """Decode a picture to `(4, height, width)` with Pillow."""

    def read(path: Path) -> Any:
        with Image.open(path) as image:
            return np.moveaxis(np.asarray(image.convert("RGBA")), -1, 0)

    return read
