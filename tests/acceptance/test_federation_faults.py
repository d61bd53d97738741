"""A tree of three levels as processes of their own on loopback: after every fault a parent serves its last good state.

The city and its sibling are a process that misbehaves when told to; province and nation are harvested by processes of
`tianlake federate`, and served by one that the nation and this test read over HTTP.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from command_kit import run
from federation_kit import CITY, NATION, PROVINCE, SIBLING, Member, only
from kit import REPO
from nation import City, Nation, url_of
from nation_cities import write_city
from nation_workspace import write_workspace

from tianlake.lake import keys
from tianlake.stac.federation.records import Health
from tianlake.stac.federation.rows import Row, row_of

LIMIT, SHORT = 60, 12
"""How long a child may take, seconds; the second where it takes all the time there is."""


@dataclass
class Served:
    """The tree, and where each of its processes listens."""

    folder: Path
    port: int
    cities: dict[str, City]

    @property
    def control(self) -> Path:
        """What makes the city's process misbehave."""
        return self.folder / "faults.json"

    @property
    def city(self) -> Member:
        """The city, to say something else in its name."""
        made = self.cities[CITY]
        return Member(CITY, self.folder / "cities" / CITY, url_of(CITY), made.seed)

    def federate(self, code: str, *, status: int = 0, limit: int = LIMIT) -> dict[str, Any]:
        """Harvest at one node in a process of its own; return what it told of its children by code."""
        done = run("-C", str(self.folder / "workspace"), "federate", "--node", code, "--timeout", str(limit), "--json")
        assert done.returncode == status, done.stderr
        (report,) = json.loads(done.stdout)
        return {each["code"]: each for each in report["children"]}

    def read(self, key: str) -> bytes:
        """Return what the public reads of the nation or the province."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{key}", timeout=10) as answer:
            body: bytes = answer.read()
        return body

    def offer(self, city: City) -> None:
        """Let a city hand up something else."""
        write_city(self.folder / "cities", city)
        self.cities[city.code] = city


def process(stack: ExitStack, script: Path, *arguments: Path) -> int:
    """Start a process of the tree; return the port it listens on."""
    made = subprocess.Popen([sys.executable, str(script), *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    stack.callback(made.wait)
    stack.callback(made.terminate)
    assert made.stdout is not None
    stack.callback(made.stdout.close)
    return int(made.stdout.readline())


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The tree, harvested at both levels when all was well."""
    folder = tmp_path_factory.mktemp("tree")
    cities = (City(SIBLING, 2, 2, (0, 0)), City(CITY, 2, 2, (0, 0)))
    for each in cities:
        write_city(folder / "cities", each)
    with ExitStack() as stack:
        faulty = process(stack, REPO / "tests/_kit/faulty_node.py", folder / "cities", folder / "faults.json")
        port = process(stack, REPO / "benchmarks/nation_server.py", folder / "workspace/lake")
        write_workspace(folder / "workspace", Nation(cities, (PROVINCE,), 1), port)
        for code in (CITY, SIBLING):
            child = folder / f"workspace/nodes/{PROVINCE}/children/{code}.toml"
            child.write_text(child.read_text().replace(f":{port}/", f":{faulty}/"))
        made = Served(folder, port, {each.code: each for each in cities})
        assert {each["outcome"] for each in made.federate(PROVINCE).values()} == {"taken"}
        assert made.federate(NATION)[PROVINCE]["outcome"] == "taken"
        yield made


Lie = Callable[[Member], None]


def below(code: str, parent: str) -> Lie:
    return lambda city: city.forge(lambda offer: replace(offer, below=(Health(code, parent, "fresh", 0),)))


def records(change: Callable[[list[Row]], list[Row]]) -> Lie:
    return lambda city: city.forge(rows=change)


def moved(rows: list[Row]) -> list[Row]:
    """Return the records with the roads of a city in the sea."""
    row = only(rows, "roads-01")
    extent = {"spatial": {"bbox": [[1, 1, 2, 2]]}, "temporal": {"interval": [[None, None]]}}
    return [*(each for each in rows if each is not row), row_of({**row.body(), "extent": extent}, row.node, row.base)]


def another(rows: list[Row]) -> list[Row]:
    """Return the records with one of the sibling among them."""
    row = rows[0]
    return [*rows, row_of({**row.body(), "id": f"n{SIBLING}-imagery-00"}, SIBLING, row.base)]


FAULTS: dict[str, tuple[dict[str, str] | Lie, str]] = {
    "a timeout": ({keys.OFFER: "silent"}, "does not answer"),
    "a document that drips": ({keys.OFFER: "dripping"}, "not there after"),
    "headers that drip": ({keys.OFFER: "dripping_headers"}, "not there after"),
    "500": ({keys.OFFER: "failing"}, "answered with 500"),
    "500 in the middle": ({keys.INDEX: "failing"}, "answered with 500"),
    "truncated JSON": ({keys.OFFER: "shorter"}, "not an offer"),
    "a truncated answer": ({keys.INDEX: "truncated"}, "broke off after"),
    "a truncated record": (records(lambda rows: [replace(rows[0], document="{"), *rows[1:]]), "not a JSON document"),
    "a wrong signature": (lambda city: city.forge(seed=b"x" * 32), "by none of the keys"),
    "a record outside the jurisdiction": (records(moved), "reaches out of the node's division"),
    "a record of a node elsewhere": (records(another), f"node {SIBLING} is not {CITY}"),
    "an id twice": (records(lambda rows: [*rows, rows[0]]), "the same id twice"),
    "a cycle": (below(PROVINCE, CITY), f"which is not below {CITY}"),
    "itself below itself": (below(CITY, CITY), f"which is not below {CITY}"),
    "a document of 50 MB": ({keys.OFFER: "swollen"}, "more than the 2000000 bytes"),
    "an index of 50 MB": ({keys.INDEX: "swollen"}, "more than the 64000000 bytes|are others"),
}


SLOW = ("a timeout", "a document that drips", "headers that drip")
SHOWN = ("500 in the middle", "a wrong signature", "a record outside the jurisdiction")
"""One of each kind; the others within one process: `tests/stac/federation/test_faults.py` and `test_lies.py`."""


@pytest.mark.parametrize(
    "fault", [each if each in SHOWN else pytest.param(each, marks=pytest.mark.long) for each in FAULTS]
)
def test_after_a_fault_the_parents_serve_their_last_good_state(fault: str, tree: Served) -> None:
    act, reason = FAULTS[fault]
    copies = [f"{NATION}/federation/{PROVINCE}/{CITY}", f"{PROVINCE}/federation/{CITY}"]
    before = {key: tree.read(f"{key}/roads-01/collection.json") for key in copies}
    said = (tree.city.root / keys.OFFER).read_bytes()
    for code in (SIBLING, CITY):  # both have news: more Items
        tree.offer(replace(tree.cities[code], items=tree.cities[code].items + 1))
    if callable(act):
        act(tree.city)
    else:
        tree.control.write_text(json.dumps({f"{CITY}/{begin}": name for begin, name in act.items()}))
    try:
        told = tree.federate(PROVINCE, status=1, limit=SHORT if fault in SLOW else LIMIT)
    finally:
        tree.control.unlink(missing_ok=True)
        (tree.city.root / keys.OFFER).write_bytes(said)
    assert (told[CITY]["outcome"], told[CITY]["state"], told[SIBLING]["outcome"]) == ("failed", "stale", "taken")
    assert any(each in told[CITY]["reason"] for each in reason.split("|"))
    assert {key: tree.read(f"{key}/roads-01/collection.json") for key in copies} == before
    catalog = json.loads(tree.read(f"{PROVINCE}/federation/{CITY}/catalog.json"))
    assert (catalog["tianlake:state"], catalog["tianlake:stale_reason"]) == ("stale", told[CITY]["reason"])
    offer = json.loads(tree.read(f"{PROVINCE}/{keys.MERGED}"))
    assert len(tree.read(f"{PROVINCE}/{offer['items']['file']['key']}")) == offer["items"]["file"]["size"]


def test_the_nation_tells_of_a_city_that_fails_and_of_one_that_is_well_again(tree: Served) -> None:
    tree.control.write_text(json.dumps({f"{CITY}/{keys.OFFER}": "failing"}))
    tree.federate(PROVINCE, status=1)
    tree.federate(NATION)
    key = f"{NATION}/federation/{PROVINCE}/{CITY}"
    assert json.loads(tree.read(f"{key}/catalog.json"))["tianlake:state"] == "stale"
    assert json.loads(tree.read(f"{key}/roads-01/collection.json"))["id"] == f"n{CITY}-roads-01"
    tree.control.unlink()
    tree.federate(PROVINCE)
    tree.federate(NATION)
    assert json.loads(tree.read(f"{key}/catalog.json"))["tianlake:state"] == "fresh"
