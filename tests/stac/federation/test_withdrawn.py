"""What was withdrawn below is kept at no level above, not even for the hour that readers are given otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
from federation_kit import CITY, NOW, Member, Tree, other_news

from tianlake.lake import keys
from tianlake.lake.publishing import withdraw


def left(member: Member, text: str) -> list[str]:
    """Return which files of a node hold a text, Parquet read by Arrow."""
    return [file.relative_to(member.root).as_posix() for file in _files(member.root) if text in _text(file)]


def _files(root: Path) -> list[Path]:
    return [file for file in sorted(root.rglob("*")) if file.is_file()]


def _text(file: Path) -> str:
    if file.suffix == ".parquet":
        return json.dumps(pq.read_table(file).to_pylist(), default=str, ensure_ascii=False)
    return file.read_bytes().decode("utf-8", "replace")


def test_what_was_withdrawn_is_gone_from_every_level_at_once(tree: Tree) -> None:
    release = json.loads((tree.city.root / keys.pointer("counties")).read_text())["version"]
    assert left(tree.province, release)
    assert left(tree.nation, release)
    withdraw(tree.city.desk, "counties", "removed")
    now = NOW + 60
    tree.province.harvest(now)
    assert tree.province.child(CITY).purged is not None
    assert left(tree.province, release) == []
    tree.nation.harvest(now + 60)
    assert left(tree.nation, release) == []
    offers = [member.offer().withdrawn for member in (tree.city, tree.province, tree.nation)]
    assert offers[0] is not None
    assert offers == [offers[0]] * 3, "each level tells the one above"


def test_what_a_sibling_replaced_goes_with_it(tree: Tree) -> None:
    other_news(tree)
    assert tree.sibling.offer().withdrawn is not None
    tree.province.harvest(NOW + 60)
    folders = {file.parent.name for file in (tree.province.root / keys.INDEX).rglob("*.parquet")}
    named = {tree.province.offer().collections.key.split("/")[-2]}
    offer = tree.province.offer()
    named |= {offer.items.key.split("/")[-2]} if offer.items else set()
    assert folders == named
