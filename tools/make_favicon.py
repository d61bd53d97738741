"""Draw `favicon.ico` of the portal page: the mark of `logo.svg`, simple enough for 16 pixels. Stdlib only."""

from __future__ import annotations

import math
import struct
import zlib
from pathlib import Path
from typing import Final

TARGET: Final = Path(__file__).resolve().parents[1] / "portal/tianlake/portal/static/favicon.ico"
SIZES: Final = (16, 32, 48)
SAMPLES: Final = 6
"""Samples per pixel and axis, averaged: smooth edges."""

BLUE: Final = (15, 76, 129)
SUN: Final = (246, 198, 103)
SNOW: Final = (230, 240, 247)
WATER: Final = (95, 176, 217)


def main() -> None:
    """Write the icon."""
    images = [(size, png(size)) for size in SIZES]
    TARGET.write_bytes(ico(images))
    print(f"make_favicon: wrote {TARGET.name}, {TARGET.stat().st_size} bytes")


def color(x: float, y: float) -> tuple[int, int, int] | None:
    """Return the colour at a point of the unit square, y downwards; None outside the mark."""
    corner = 0.23
    beyond_x, beyond_y = max(abs(x - 0.5) - 0.5 + corner, 0), max(abs(y - 0.5) - 0.5 + corner, 0)
    if math.hypot(beyond_x, beyond_y) > corner:
        return None
    if math.hypot(x - 0.66, y - 0.32) < 0.115:  # noqa: PLR2004 - the sun's radius
        return SUN
    waterline = 0.64
    if waterline > y > min(0.28 + abs(x - 0.37) * 1.35, 0.42 + abs(x - 0.62) * 0.9):
        return SNOW
    ripple = abs(y - 0.76 - 0.025 * math.sin(x * 15))
    return WATER if ripple < 0.035 and 0.14 < x < 0.86 else BLUE  # noqa: PLR2004 - the ripple's breadth, its ends


def png(size: int) -> bytes:
    """Return the mark as a PNG of `size` by `size` pixels with transparency (PNG, third edition)."""
    rows = b"".join(b"\0" + b"".join(_pixel(column, row, size) for column in range(size)) for row in range(size))
    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _pixel(column: int, row: int, size: int) -> bytes:
    steps = [(part + 0.5) / SAMPLES for part in range(SAMPLES)]
    found = [color((column + dx) / size, (row + dy) / size) for dx in steps for dy in steps]
    inside = [each for each in found if each]
    if not inside:
        return b"\0\0\0\0"
    red, green, blue = (round(sum(channel) / len(inside)) for channel in zip(*inside, strict=True))
    return bytes((red, green, blue, round(255 * len(inside) / len(found))))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def ico(images: list[tuple[int, bytes]]) -> bytes:
    """Return an icon file that holds PNG images, given as pairs of size and bytes."""
    offset = 6 + 16 * len(images)
    entries = b""
    for size, image in images:
        entries += struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(image), offset)
        offset += len(image)
    return struct.pack("<HHH", 0, 1, len(images)) + entries + b"".join(image for _, image in images)


if __name__ == "__main__":
    main()
