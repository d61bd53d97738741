"""Both nodes of the small lake, behind the gateway and on a plain static host."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from browser_kit import DESKTOP, OpenPage, pages
from every_class_kit import NODE as CITY
from langfang_kit import CityLake, build_langfang
from playwright.sync_api import Browser
from portal_kit import BASEMAP, HEBEI, NATION, StaticHost, build_lake, static_host

SERVE = """
import sys
from pathlib import Path
from tianlake.functions.gateway.serve import ServeSettings, serve
lake, root, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[4])
serve(ServeSettings(f"file:{lake}", lake, tuple({root, sys.argv[3]}), root, port=port))
"""


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """A maker of pages for one test, as large as its module's `USUAL` where the test says nothing."""
    with pages(browser, getattr(request.module, "USUAL", DESKTOP)) as make:
        yield make


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the nodes' folders."""
    root = tmp_path_factory.mktemp("lake")
    build_lake(root)
    return root


@pytest.fixture(scope="session")
def gateway(lake: Path) -> Iterator[str]:
    """Base URL of the gateway, the national node at `/`."""
    with _served(lake, NATION, HEBEI) as url:
        yield url


@pytest.fixture(scope="session")
def front_door(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of a gateway of one province, whose product is for professional users, and its own accounts."""
    root = tmp_path_factory.mktemp("front-door")
    node = root / HEBEI
    shutil.copytree(lake / HEBEI, node)
    _change(
        node / "collections/divisions/collection.json", '"tianlake:access":"open"', '"tianlake:access":"professional"'
    )
    for manifest in node.glob("releases/divisions/*/manifest.json"):
        _change(manifest, '"access":"open"', '"access":"professional"')
    _change(node / "node.json", f'"basemap":"{BASEMAP}"', '"basemap":null')
    quotas = json.loads((node / "quotas.json").read_text(encoding="utf-8"))
    quotas["guesses"] |= {"per_second": 100, "burst": 6_000}  # these tests register more often than people do
    (node / "quotas.json").write_text(json.dumps(quotas), encoding="utf-8")
    with _served(root, HEBEI, HEBEI) as url:
        yield url


@pytest.fixture(scope="session")
def city(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> CityLake:
    """The folder of a city's node with a product of every kind, beside the nation's, whose base map it lies on."""
    root = tmp_path_factory.mktemp("city")
    shutil.copytree(lake / NATION, root / NATION)
    return build_langfang(root, tmp_path_factory.mktemp("city-workspace"))


@pytest.fixture(scope="session")
def city_gateway(city: CityLake) -> Iterator[str]:
    """Base URL of the gateway, the city's node at `/`."""
    with _served(city.root, CITY, NATION) as url:
        yield url


@pytest.fixture
def city_host(city: CityLake) -> Iterator[StaticHost]:
    """The city node's folder on a host of plain files, whose documents tests may change."""
    with static_host(city.root / CITY) as served:
        yield served


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8").replace('": ', '":')
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="session")
def serve_lake(lake: Path) -> Callable[[int], AbstractContextManager[str]]:
    """Serves both nodes on a port, any one for 0, for as long as a test wants."""
    return lambda port: _served(lake, NATION, HEBEI, port)


@contextmanager
def _served(lake: Path, root: str, other: str, port: int = 0) -> Iterator[str]:
    if port == 0:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(lake), root, other, str(port)])
    try:
        _wait(f"http://127.0.0.1:{port}/healthz")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _wait(url: str) -> None:
    deadline = time.monotonic() + 90  # a server that starts beside a build takes its time
    while True:
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.fixture
def host(lake: Path) -> Iterator[StaticHost]:
    """The national node's folder on a host that knows nothing of nodes."""
    with static_host(lake / NATION) as served:
        yield served
