"""A tree of three levels in folders, with real assets."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from gate_kit import Open
from stac_kit import Assets, send

from tianlake.lake import keys
from tianlake.lake.derived import Desk, refresh
from tianlake.lake.divisions import load_divisions
from tianlake.lake.naming import node_name
from tianlake.lake.nodes import NodeCard, NodeSettings, Organisation
from tianlake.lake.publishing import withdraw
from tianlake.lake.releases import Candidate
from tianlake.lake.signed import public_key
from tianlake.lake.store import DirectoryStore, S3Settings
from tianlake.lake.trail import Trail
from tianlake.lake.words import Bounds
from tianlake.stac import StacDescriber
from tianlake.stac.federation import Household, Limit, Report, Upward, federate
from tianlake.stac.federation.offers import read_offer, write_offer
from tianlake.stac.federation.records import Child, File, Harvest, Offer, Registered, read_harvest
from tianlake.stac.federation.rows import NAME, Row, read_rows
from tianlake.stac.federation.sources import open_source

NATION, PROVINCE, CITY, SIBLING = "156000000", "156130000", "156131000", "156130100"
DAY = 86_400
NOW = time.time() + DAY
"""Of harvests: after all that tests publish on the way, however long ago this run began.

An offer that is dated further ahead of a harvest than `take.AHEAD_S` is refused.
"""


def nowhere(_code: str) -> Bounds | None:
    """Know the box of no division."""
    return None


@dataclass
class Member:
    """One node of the tree: its folder, its key, and whom it has registered."""

    code: str
    root: Path
    url: str
    seed: bytes
    children: dict[str, Registered] = field(default_factory=dict)
    now: float = NOW
    """When its documents are made: that of its last harvest."""

    @property
    def store(self) -> DirectoryStore:
        return DirectoryStore(self.root)

    @property
    def key(self) -> str:
        return public_key(self.seed)

    @property
    def desk(self) -> Desk:
        operator = Organisation(f"Operator of {self.code}", f"https://example.org/{self.code}")
        settings = NodeSettings(self.code, operator, Organisation("Authority"), url=self.url)
        card = NodeCard(node_name(self.code, load_divisions()), settings)
        trail = Trail(self.store, card.code, self.seed)
        return Desk(
            card,
            self.store,
            StacDescriber(),
            trail,
            Open(),
            {},
            federation=Upward(self.store, self.seed, lambda: self.now),
        )

    def register(self, child: Member, place: str | None = None, **more: Any) -> None:
        given = Registered(child.code, place or f"file:{child.root}", child.url, (child.key,))
        self.children[child.code] = replace(given, **more)

    def house(self, area: Callable[[str], Bounds | None] = nowhere, whole_s: float = 20) -> Household:
        """Return the node as the parent in a harvest."""
        opener = partial(open_source, base=self.root, settings=S3Settings(), whole_s=whole_s)
        return Household(self.code, self.store, tuple(self.children.values()), opener, area)

    def harvest(
        self, now: float = NOW, *, area: Callable[[str], Bounds | None] = nowhere, dry_run: bool = False, **limit: Any
    ) -> Report:
        """Harvest, and bring the derived documents up to date, as the command does."""
        given = Limit(**({"child_s": 20} | limit))
        house = self.house(area, given.document_s)
        report = federate(house, now, limit=given, dry_run=dry_run)
        if not dry_run:
            self.now = now
            refresh(self.desk)
        return report

    @property
    def held(self) -> Harvest:
        return read_harvest(self.store)[0]

    def child(self, code: str) -> Child:
        found = self.held.find(code)
        assert found is not None
        return found

    def publish(self, candidate: Candidate, assets: Assets) -> None:
        send(self.desk, replace(candidate, node=self.code), assets)

    def document(self, key: str) -> Any:
        return json.loads((self.root / key).read_bytes())

    def offer(self) -> Offer:
        return read_offer((self.root / keys.OFFER).read_bytes(), [self.key], name="offer")

    def rows(self) -> list[Row]:
        """Return the rows of the node's merged index."""
        return read_rows((self.root / self.offer().collections.key).read_bytes(), name="rows")

    def ids(self) -> list[str]:
        return [row.id for row in self.rows()]

    def forge(
        self,
        change: Callable[[Offer], Offer] = lambda offer: offer,
        rows: Callable[[list[Row]], list[Row]] | None = None,
        *,
        files: dict[str, bytes] | None = None,
        seed: bytes | None = None,
    ) -> None:
        """Say something else, with the node's own signature or another's."""
        offer = self.offer()
        if rows is not None:
            offer = replace(offer, collections=self._file(NAME, bare(rows(self.rows()))))
        for name, body in (files or {}).items():
            given: dict[str, Any] = {name: self._file(f"{name}.parquet", body)}
            offer = replace(offer, **given)
        body = write_offer(change(offer), seed or self.seed)
        (self.root / keys.OFFER).write_bytes(body)

    def _file(self, name: str, body: bytes) -> File:
        digest = hashlib.sha256(body).hexdigest()
        path = self.root / keys.index_file(digest, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return File(keys.index_file(digest, name), digest, len(body))

    def public(self) -> dict[str, bytes]:
        """Return what readers of the node come to, but for how its children are doing."""
        files = {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in self.root.rglob("*.*")
            if path.is_file()
        }
        return {key: body for key, body in files.items() if key.endswith(("collection.json", ".parquet"))}


def bare(rows: Sequence[Row]) -> bytes:
    """Return an index with the columns that a parent reads, whatever they hold."""
    sink = io.BytesIO()
    names = ("id", "node", "base", "document")
    pq.write_table(pa.Table.from_pylist([{name: getattr(row, name) for name in names} for row in rows]), sink)
    return sink.getvalue()


@dataclass
class Tree:
    """The nation, a province, and two of its cities."""

    folder: Path
    members: dict[str, Member]

    @property
    def nation(self) -> Member:
        return self.members[NATION]

    @property
    def province(self) -> Member:
        return self.members[PROVINCE]

    @property
    def city(self) -> Member:
        return self.members[CITY]

    @property
    def sibling(self) -> Member:
        return self.members[SIBLING]

    def copy(self, folder: Path) -> Tree:
        """Return the same tree in another folder."""
        shutil.copytree(self.folder, folder)
        return tree(folder)


def tree(folder: Path) -> Tree:
    """Return a tree whose nodes lie in `folder`, each child registered by its parent's operator."""
    members = {
        code: Member(code, folder / code, f"https://{name}.example.org", hashlib.sha256(code.encode()).digest())
        for code, name in {NATION: "china", PROVINCE: "hebei", CITY: "langfang", SIBLING: "shijiazhuang"}.items()
    }
    made = Tree(folder, members)
    made.nation.register(made.province)
    made.province.register(made.city)
    made.province.register(made.sibling)
    return made


def planted(folder: Path, assets: Assets, candidates: dict[str, Candidate]) -> Tree:
    """Return a tree in which every node has published something, and nothing was harvested yet."""
    assert time.time() < NOW, "what is published now is from before every harvest"
    made = tree(folder)
    made.nation.publish(candidates["climate"], assets)
    made.province.publish(candidates["scenes"], assets)
    made.city.publish(candidates["counties"], assets)
    made.city.publish(candidates["climate"], assets)
    made.sibling.publish(candidates["counties"], assets)
    return made


def only(rows: Sequence[Row], product: str) -> Row:
    """Return the row of a product."""
    (found,) = [row for row in rows if row.product == product]
    return found


def holds_its_last_good_state(tree: Tree, before: dict[str, bytes], reason: str) -> None:
    """Assert that the province shows all it showed, says why, and that its other city was taken."""
    shown = tree.province.public()
    held = {key: body for key, body in before.items() if SIBLING not in key and keys.INDEX not in key}
    assert {key: shown.get(key) for key in held} == held
    assert tree.province.ids()[-2:] == ["n156131000-climate", "n156131000-counties"]
    city, sibling = tree.province.child(CITY), tree.province.child(SIBLING)
    assert (city.state, sibling.state) == ("stale", "fresh")
    assert city.stale_since is not None
    assert reason in str(city.reason)
    assert "127.0.0.1" not in str(city.reason)
    assert str(tree.folder) not in str(city.reason)
    assert sibling.last.deleted == 1, "the other city was taken in the same run"
    catalog = tree.province.document(f"federation/{CITY}/catalog.json")
    assert catalog["tianlake:state"] == "stale"
    assert (catalog["tianlake:stale_since"], catalog["tianlake:stale_reason"]) == (city.stale_since, city.reason)


def other_news(tree: Tree) -> dict[str, bytes]:
    """Let the sibling withdraw what it has, and return what the province shows before it knows."""
    before = tree.province.public()
    withdraw(tree.sibling.desk, "counties", "a test")
    return before
