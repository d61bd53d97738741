"""What is current at many nodes is looked at together: as long as one look takes, not as all do."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from lake_kit import desk, sealed

from tianlake.lake import keys
from tianlake.lake.current import CurrentReleases, NodeObjects
from tianlake.lake.errors import NotFoundError
from tianlake.lake.publishing import publish
from tianlake.lake.store import DirectoryStore, ObjectInfo, Span

CODES = tuple(f"15613{number:02}00" for number in range(1, 5))


class Together:
    """A store that is no directory, and answers when several have asked: one after the other would wait for ever."""

    def __init__(self, own: DirectoryStore, meeting: threading.Barrier) -> None:
        self._own, self._meeting = own, meeting

    def head(self, key: str) -> ObjectInfo:
        self._meeting.wait(10)
        return self._own.head(key)

    def get(self, key: str, span: Span | None = None) -> tuple[ObjectInfo, bytes]:
        return self._own.get(key, span)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> DirectoryStore:
    """A lake with two products."""
    folder = tmp_path_factory.mktemp("lake")
    store = DirectoryStore(folder / "lake")
    for product in ("places", "roads"):
        publish(desk(store), sealed(folder / product, product, product=product))
    links = [{"rel": "child", "href": f"./{keys.pointer(product)}"} for product in ("places", "roads")]
    store.put(keys.CATALOG, json.dumps({"links": links}).encode(), media_type="application/json")
    return store


def releases(lake: DirectoryStore, codes: tuple[str, ...], at_once: int, clock: Any) -> CurrentReleases:
    store: Any = Together(lake, threading.Barrier(at_once))
    return CurrentReleases([NodeObjects(code, store, "s3://lake/") for code in codes], clock)


def test_products_of_a_node_are_looked_at_at_once(lake: DirectoryStore) -> None:
    found = releases(lake, CODES[:1], 2, lambda: 0.0).of(CODES[0])
    assert [each.product for each in found] == ["places", "roads"]


def test_nodes_are_looked_at_at_once_and_told_in_the_order_asked_for(lake: DirectoryStore) -> None:
    now = 0.0
    current = releases(lake, CODES, 2 * len(CODES), lambda: now)
    wanted = [(code, product) for code in reversed(CODES) for product in ("places", "roads")]
    assert [(each.code, each.product) for each in current.of_all(CODES[::-1])] == wanted
    # Seen a moment ago: nobody asks, or this would wait for others.
    assert [each.code for each in current.of_all(CODES[:1])] == [CODES[0]] * 2
    with pytest.raises(NotFoundError, match="not among those that are served"):
        current.of_all(("156000000",))


def test_of_no_nodes_there_is_nothing(lake: DirectoryStore) -> None:
    assert releases(lake, CODES, 1, lambda: 0.0).of_all(()) == ()


def test_a_folder_is_looked_at_without_threads(lake: DirectoryStore, tmp_path: Path) -> None:
    current = CurrentReleases([NodeObjects(CODES[0], lake, f"{tmp_path}/")])
    assert [each.product for each in current.of(CODES[0])] == ["places", "roads"]
