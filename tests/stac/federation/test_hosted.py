"""A city without a bucket of its own: set up, published and served under its province, and moved out at last."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from command_kit import run
from federation_kit import CITY, PROVINCE, Tree
from kit import REPO
from office_kit import give_key, refused, told, workspace
from server_kit import free_port

from tianlake.functions.gateway.hosts import addresses
from tianlake.lake.errors import LakeError
from tianlake.lake.hosting import check_hosted, hosted_settings
from tianlake.lake.nodes import NodeSettings, Organisation

OFFICE = Organisation("City operator")
OPERATOR = '[operator]\nname = "City operator"\nurl = "https://example.org/city"\n[authority]\nname = "Authority"\n'


@contextmanager
def serving(where: Path, port: int) -> Iterator[str]:
    """Run `tianlake serve` over a workspace, and give its address."""
    command = [sys.executable, "-m", "tianlake.cli", "-C", str(where), "serve", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 40
        while time.monotonic() < until and process.poll() is None:
            try:
                with urllib.request.urlopen(f"{url}/healthz", timeout=5):
                    break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def get(url: str, host: str | None = None) -> Any:
    request = urllib.request.Request(url, headers={"host": host} if host else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def status(url: str) -> tuple[int, str]:
    """Return the status and `Location` of an answer, which is not followed."""

    class Stays(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            """Follow nothing."""

    try:
        with urllib.request.build_opener(Stays).open(url, timeout=10) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("location", "")


@pytest.mark.parametrize("own", ["http://tianlake.example", f"http://tianlake.example/{PROVINCE}"])
def test_a_guest_has_the_address_at_which_the_server_of_its_parent_answers(own: str) -> None:
    parent = NodeSettings(PROVINCE, OFFICE, OFFICE, url=own)
    guest = hosted_settings(NodeSettings(CITY, OFFICE, OFFICE, hosting="parent"), parent)
    assert guest.url == f"http://tianlake.example/{CITY}"


def test_a_hosted_city_from_its_first_day_to_a_server_of_its_own(pristine: Tree, tmp_path: Path) -> None:
    port, other = free_port(), free_port()
    province = workspace(tmp_path / "province", PROVINCE, url=f"http://127.0.0.1:{port}")
    shutil.copytree(pristine.folder / PROVINCE, province / "lake" / PROVINCE)
    shutil.copytree(pristine.folder / CITY, province / "lake" / CITY)
    (province / ".data").symlink_to(REPO / ".data")
    give_key(province, CITY, pristine.city.seed)
    done = told(province, "node", "add", CITY)
    assert (done["parent"], done["url"]) == (PROVINCE, f"http://127.0.0.1:{port}/{CITY}")
    node = province / f"nodes/{CITY}/node.toml"
    assert 'hosting = "parent"' in node.read_text()
    node.write_text(f'code = "{CITY}"\nhosting = "parent"\n{OPERATOR}')
    (pins,) = told(province, "node", "pins")
    assert (pins["node"], pins["parent"], pins["documents"]) == (CITY, PROVINCE, []), "its host is its parent"
    (report,) = told(province, "federate", "--node", PROVINCE)
    assert report["children"][0]["added"] == ["n156131000-climate", "n156131000-counties"]
    (above, below) = told(province, "node", "tree")
    assert (above["hosting"], below["hosting"], below["state"]) == ("own", "parent", "fresh")
    assert f"by {PROVINCE}" in run("-C", str(province), "node", "show", CITY).stdout

    with serving(province, port) as url:
        old = f"{url}/{CITY}/tiles/counties.json"
        assert get(old)["tiles"][0].startswith(f"{url}/{CITY}/tiles/counties/")
        assert status(f"{url}/{CITY}/private/audit")[0] == 404
        assert status(f"{url}/private/../{CITY}/node.json")[0] == 404
    node.write_text(f'code = "{CITY}"\nhosting = "parent"\nurl = "http://langfang.example"\n{OPERATOR}')
    with serving(province, port) as url:
        assert get(f"{url}/node.json", "langfang.example")["identity"]["code"] == CITY
        assert get(f"{url}/node.json")["identity"]["code"] == PROVINCE
        tiles = get(f"{url}/tiles/counties.json", "langfang.example")["tiles"][0]
        assert tiles.startswith("http://langfang.example/tiles/counties/"), "an address that outlives the move"

    city = tmp_path / "city"
    for name in (f"nodes/{CITY}", f"lake/{CITY}"):
        shutil.copytree(province / name, city / name)
    (city / "signing").mkdir()
    shutil.copy(province / f"signing/{CITY}.key", city / f"signing/{CITY}.key")
    shutil.copy(province / "tianlake.toml", city / "tianlake.toml")
    (city / f"nodes/{CITY}/node.toml").write_text(f'code = "{CITY}"\nurl = "http://127.0.0.1:{other}"\n{OPERATOR}')
    key = told(city, "node", "add", CITY)["key"]
    shutil.rmtree(province / f"nodes/{CITY}")
    with serving(city, other) as there:
        told(province, "node", "add", there, "--key", key)
        (report,) = told(province, "federate", "--node", PROVINCE)
        assert report["children"][0]["updated"] == ["n156131000-climate", "n156131000-counties"]
        with serving(province, port) as url:
            assert status(f"{url}/{CITY}/tiles/counties.json?a=b") == (308, f"{there}/tiles/counties.json?a=b")
            assert get(old)["tiles"][0].startswith(f"{there}/tiles/counties/"), "an old address still leads there"


def test_who_cannot_host_says_so_in_one_line(tmp_path: Path) -> None:
    folder = workspace(tmp_path, PROVINCE, url="https://hebei.example.org")
    assert "which could host it; nodes here: 156130000" in refused(folder, "node", "add", "156320100")
    (folder / "tianlake.toml").write_text('[lake]\nurl = "s3://tianlake-{code}"\n')
    assert "tianlake.toml: lake.url: a hosted node lies in its parent's bucket" in refused(folder, "node", "add", CITY)
    assert not (folder / f"nodes/{CITY}").exists()


@pytest.mark.parametrize("url", ["file:lake", "file:lakes/{code}/lake", "s3://tianlake", "s3://tianlake/nodes/{code}"])
def test_a_hosted_node_lies_in_the_bucket_of_its_parent(url: str) -> None:
    check_hosted(CITY, PROVINCE, url)
    with pytest.raises(LakeError, match="must come after the bucket's name"):
        check_hosted(CITY, PROVINCE, "s3://tianlake-{code}/x")


def test_only_a_host_of_its_own_leads_to_a_node() -> None:
    urls = {
        PROVINCE: "https://hebei.example",
        CITY: "https://Langfang.example",
        "156130100": "https://hebei.example/156130100",
        "156130200": None,
        "156130400": "https://HEBEI.example",  # of its host, which it must not take the place of
        "156130500": "https://hebei.example:443",
        "156130600": "https://tangshan.example:443",
    }
    found = addresses(urls, PROVINCE, {"156130300": "https://three.example"})
    assert found.hosts == {"langfang.example": CITY, "tangshan.example": "156130600"}
    assert found.moved == {"156130300": "https://three.example"}
