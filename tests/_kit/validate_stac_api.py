"""stac-api-validator as a command, its schemas from the package rashid instead of the network.

python validate_stac_api.py ARGUMENTS OF stac-api-validator
"""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path

from stac_api_validator.__main__ import main
from stac_validator import utilities

SHIPPED = Path(str(files("rashid") / "_schemas"))
KNOWN = {
    str(schema["$id"]).removesuffix("#"): schema
    for name in ("extensions", "portolan", "stac", "geojson")
    for path in (SHIPPED / name).rglob("*.json")
    if "$id" in (schema := json.loads(path.read_text("utf-8")))
}
# By their places, too: the published `common.json` calls itself `commonjson`.
KNOWN |= {
    f"https://schemas.stacspec.org/v{path.relative_to(SHIPPED / 'stac')}": json.loads(path.read_text("utf-8"))
    for path in (SHIPPED / "stac").rglob("*.json")
}


def known(path: str) -> object:
    """Return a schema by its address; schemas of STAC name each other by file alone."""
    whole = path if "/" in path else f"https://schemas.stacspec.org/v1.1.0/item-spec/json-schema/{path}"
    return KNOWN[whole.removesuffix("#")]


if __name__ == "__main__":
    utilities._schema_cache = known
    sys.exit(main())
