"""Lakes as released versions of Tianlake left them, made from one that this version published.

0.1: no `layout` in `node.json`, no audit trail, no approvals. Releases and pointers had the form that they have today.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

LATER_THAN_0_1 = ("audit.json", "private", "dcat.jsonld", "sitemap.xml", "robots.txt", "federation")
"""Objects and folders at the root of a lake that 0.1 did not write."""

OF_A_RELEASE = ("approval.json",)


def as_of_0_1(lake: Path) -> None:
    """Take from the lake of a node whatever 0.1 did not write."""
    for name in LATER_THAN_0_1:
        if (lake / name).is_dir():
            shutil.rmtree(lake / name)
        else:
            (lake / name).unlink(missing_ok=True)
    for release in lake.glob("releases/*/*"):
        for name in OF_A_RELEASE:
            (release / name).unlink(missing_ok=True)
    card = json.loads((lake / "node.json").read_bytes())
    for member in ("layout", "handed"):
        card.pop(member, None)
    (lake / "node.json").write_text(json.dumps(card, ensure_ascii=False, indent=2, sort_keys=True) + "\n", "utf-8")


RELEASED = {"0.1": as_of_0_1}
"""Version → what makes a lake one of that version: every released one that wrote another form than today's."""
