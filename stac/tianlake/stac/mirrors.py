"""What copies of others' records have in common, whether a child handed them up or a foreign tree was walked.

Source: Portolan core, "Source Provenance": a mirror has another host than producer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from tianlake.lake import keys
from tianlake.lake.describe import Document
from tianlake.lake.records import dump_json
from tianlake.lake.releases import JSON
from tianlake.stac import profile
from tianlake.stac.markdown import cell, document
from tianlake.stac.profile import Json, link

RECORD: Final = "record.json"
"""A record as it was published by its owner: beside a copy that has no file of data of its own."""

_ROLES: Final = ("licensor", "producer", "processor")
_MARKS: Final = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>#!|"})


def providers(original: Sequence[Json], ours: Json) -> list[Json]:
    """Return who made the data and, last, who hosts the copy: our operator, never one who made it."""
    found = []
    for each in original:
        roles = [role for role in _ROLES if role in (each.get("roles") or ())]
        found.append({**each, "roles": roles or ["processor"]})
    if not any("producer" in each["roles"] for each in found):
        found[-1]["roles"] = [role for role in _ROLES if role in {*found[-1]["roles"], "producer"}]
    if ours["name"].strip().casefold() in {str(each["name"]).strip().casefold() for each in found}:
        ours = {**ours, "name": f"{ours['name']}（目录汇聚 · harvested catalog）"}
    return [*found, ours]


def record_asset(record: bytes, title: str) -> Json:
    """Return the record itself as an asset: a collection refers to its data, with checksum and size (Portolan core)."""
    return {
        "href": f"./{RECORD}",
        "type": JSON,
        "roles": ["data"],
        "title": title,
        "file:checksum": profile.checksum(hashlib.sha256(record).hexdigest()),
        "file:size": len(record),
    }


def has_data(assets: Json) -> bool:
    """Say whether one of these assets is the data."""
    return any("data" in (each.get("roles") or ()) for each in assets.values())


def readme(body: Json, source: str) -> bytes:
    """Return the README.md of a copy; `source` says in one line where it comes from."""
    makers = "; ".join(cell(str(each["name"])).translate(_MARKS) for each in body["providers"][:-1])
    return document(
        f"# {cell(str(body['title'])).translate(_MARKS)}",
        str(body["description"]).translate(_MARKS),
        "## 许可 · Licence",
        f"License: `{cell(str(body['license'])).replace('`', '')}`",
        "## 来源 · Source and provenance",
        source,
        makers,
    )


def place(key: str, parent: str) -> list[Json]:
    """Return the links of a document that say where it stands in our tree."""
    return [
        link("root", f"{'../' * key.count('/')}{keys.CATALOG}"),
        link("parent", parent),
        link("describedby", "./README.md", profile.MARKDOWN, "说明 · README"),
        link("agents", "./AGENTS.md", profile.MARKDOWN, "智能体指南 · Guide for agents"),
    ]


def files(key: str, body: Json, said: bytes, guide: str) -> dict[str, Document]:
    """Return a STAC document and its two companions, these first: README.md, and AGENTS.md with the text `guide`."""
    folder = key.rpartition("/")[0]
    return {
        f"{folder}/README.md": Document(said, profile.MARKDOWN),
        f"{folder}/AGENTS.md": Document(document(f"# {body['id']}", guide), profile.MARKDOWN),
        key: Document(dump_json(body), JSON),
    }
