"""A foreign tree that leads astray, or breaks, hurts nobody: its last good state stays."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from federation_kit import Member
from foreign_harvest_kit import INNER, T2, copies, harvest, held, tree_at
from foreign_kit import Server, collection, served, write_tree

from tianlake.stac.foreign import Limits


def linking(wanted: str, **more: Any) -> Callable[[str, bytes], tuple[int, bytes] | None]:
    """Return a fault that adds a child link to a document."""

    def fault(path: str, body: bytes) -> tuple[int, bytes] | None:
        if path != wanted:
            return None
        document = json.loads(body)
        document["links"].append({"rel": "child", **more})
        return 200, json.dumps(document).encode()

    return fault


@pytest.mark.parametrize(
    "href",
    ["http://127.0.0.1:1/catalog.json", "file:///etc/passwd", "../roads/collection.json", "//[", "a.json?x=1", 7],
)
def test_links_out_of_the_folder_are_not_followed(node: Member, server: Server, href: object) -> None:
    server.fault = linking("/deep/catalog.json", href=href)
    (outcome,) = harvest(node, tree_at(f"{server.url}/deep"))
    assert outcome.changes is not None
    assert outcome.changes.added == (INNER,)
    assert [path for path, _status in server.asked] == ["/deep/catalog.json", "/deep/inner/collection.json"]


def test_a_cycle_ends(node: Member, server: Server) -> None:
    server.fault = linking("/catalog.json", href="./catalog.json")
    (outcome,) = harvest(node, tree_at(server.url))
    assert outcome.changes is not None
    assert [path for path, _status in server.asked].count("/catalog.json") == 1


def at(wanted: str, status: int, body: bytes) -> Callable[[str, bytes], tuple[int, bytes] | None]:
    return lambda path, _body: (status, body) if path == wanted else None


def slow(path: str, _body: bytes) -> None:
    if path == "/roads/collection.json":
        time.sleep(2.5)


FAULTS: dict[str, tuple[Callable[[str, bytes], tuple[int, bytes] | None], dict[str, Any], str]] = {
    "500": (at("/roads/collection.json", 500, b""), {}, "answered with 500"),
    "a redirect": (at("/catalog.json", 302, b""), {}, "answered with 302"),
    "no root": (at("/catalog.json", 404, b""), {}, "is not there"),
    "half a document": (at("/roads/collection.json", 200, b'{"type": "Coll'), {}, "is no JSON object"),
    "another document": (at("/roads/collection.json", 200, b'{"type": "Report", "links": []}'), {}, "is no STAC"),
    "nothing in it": (at("/catalog.json", 200, b'{"type": "Catalog", "links": []}'), {}, "has no collection"),
    "silence": (slow, {}, r"roads/collection.json: (does not answer|not there after 2 s)"),  # the limit over first
    "50 MB": (at("/catalog.json", 200, b" " * 50_000_000), {}, "more than the 5000000 bytes"),
    "too many": (lambda *_: None, {"documents": 3}, "more than the 3 documents"),
    "too deep": (lambda *_: None, {"depth": 1}, "deeper than 1 levels"),
    "too many Items": (lambda *_: None, {"items": 2}, "more than the 2 Items"),
    "no time": (lambda *_: None, {"seconds": 0.0}, "was not read within 0 s"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_whatever_a_foreign_tree_does_its_last_good_state_stays(
    case: str, node: Member, server: Server, tmp_path: Path
) -> None:
    fault, limits, reason = FAULTS[case]
    harvest(node, tree_at(server.url))
    before = copies(node)
    write_tree(tmp_path / "other", collection("others"))
    server.fault = fault
    with served(tmp_path / "other") as sound:
        trees = [tree_at(server.url)] if limits else [tree_at(server.url), tree_at(sound.url, "sound")]
        outcomes = harvest(node, *trees, now=T2, limits=Limits(**limits))
    assert re.search(reason, str(outcomes[0].reason))
    assert server.url not in str(outcomes[0].reason), "the reason is public"
    assert copies(node) == before
    assert (held(node).state, held(node).stale_since, held(node).reason) == ("stale", T2, outcomes[0].reason)
    assert all(each.changes is not None for each in outcomes[1:]), "the other tree was taken in the same run"
    server.fault = lambda *_: None
    harvest(node, tree_at(server.url), now=T2)
    assert held(node).state == "fresh"
