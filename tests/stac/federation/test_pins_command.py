"""`tianlake node pins` between offices, each with a workspace and a gateway of its own."""

from __future__ import annotations

import json
import shutil
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from command_kit import run
from federation_kit import NATION, PROVINCE, Tree, planted
from office_kit import told, workspace
from server_kit import running
from stac_kit import Assets

from tianlake.lake.policy.files import node_policies
from tianlake.lake.releases import Candidate
from tianlake.lake.workspace import find_workspace

POLICY = """id = "national"
version = "2026.2"
effective = 2026-01-01
node = "156000000"
title = { zh = "全国政策", en = "National policy" }
"""
DOWN = """issuer = true
[[documents]]
name = "handbook"
path = "handbook.md"
version = "3"
title = { zh = "手册", en = "Handbook" }
"""
TERMS = 'version = "{0}"\ntitle = {{ zh = "条款", en = "Terms" }}\ntext = {{ zh = "{0}", en = "{0}" }}\n'
BASEMAP = f"{NATION}/counties"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, assets: Assets, candidates: dict[str, Candidate]) -> Tree:
    found = planted(tmp_path_factory.mktemp("published") / "lake", assets, candidates)
    found.nation.publish(candidates["counties"], assets)
    found.province.publish(candidates["counties"], assets)
    return found


def office(folder: Path, published: Tree, code: str, url: str) -> Path:
    shutil.copytree(published.folder / code, folder / "lake" / code, dirs_exist_ok=True)
    made = workspace(folder, code, url=url)
    node = made / f"nodes/{code}/node.toml"
    node.write_text(node.read_text().replace("[operator]", f'basemap = "{BASEMAP}"\n[operator]', 1))
    products = made / f"nodes/{code}/products"
    products.mkdir()
    (products / "counties.toml").write_text("")  # only its name is asked for
    return made


def documents(where: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    (found,) = told(where, "node", "pins", *arguments, code=code)
    return {each["name"]: each for each in found["documents"]}


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def test_a_child_uses_the_bytes_it_pinned_whatever_its_parent_does_meanwhile(published: Tree, tmp_path: Path) -> None:
    with ExitStack() as stack:
        for code in (NATION, PROVINCE):
            shutil.copytree(published.folder / code, tmp_path / code / "lake" / code)
        above = stack.enter_context(running(tmp_path / NATION, [NATION]))
        below = stack.enter_context(running(tmp_path / PROVINCE, [PROVINCE]))
        nation = office(tmp_path / NATION, published, NATION, above.url)
        (nation / "terms.toml").write_text(TERMS.format("2026-11-01"))
        (nation / f"nodes/{NATION}/policy.toml").write_text(POLICY)
        (nation / f"nodes/{NATION}/down.toml").write_text(DOWN)
        (nation / "handbook.md").write_text("# Handbook\n")
        key = told(nation, "node", "add", NATION)["key"]
        province = office(tmp_path / PROVINCE, published, PROVINCE, below.url)
        assert told(province, "node", "add", above.url, "--key", key)["below"] == [PROVINCE]

        found = documents(province, code=1)
        assert {name: each["state"] for name, each in found.items()} == {
            BASEMAP: "new",
            f"{NATION}/divisions": "new",
            f"{NATION}/handbook": "new",
            f"{NATION}/issuer": "new",
            f"{NATION}/policy": "new",
            f"{NATION}/terms": "new",
        }
        found = documents(province, "--update")
        assert {each["state"] for each in found.values()} == {"current"}
        assert get(f"{below.url}/terms.json")["version"] == "2026-11-01", "published as it was pinned"
        folder = province / f"nodes/{PROVINCE}/pins"
        assert [file.read_text() for file in folder.glob("*/handbook.md")] == ["# Handbook\n"]
        (issuer,) = folder.glob("*/issuer.json")
        assert json.loads(issuer.read_text()) == {
            "issuer": above.url,
            "issuer_key": told(nation, "keys", "issuer")["issuer_key"],
            "snapshot": f"{above.url}/accounts/snapshot",
        }
        bound = node_policies(find_workspace(province), PROVINCE)
        assert ("national", NATION) in [each.key for each in bound], "the pinned policy binds the child"
        release = found[BASEMAP]["version"]
        style = get(f"{below.url}/tiles/counties/over-basemap.json")
        tiles = [each["tiles"][0] for each in style["sources"].values() if "tiles" in each]
        assert tiles == [f"{above.url}/tiles/counties/{release}/{{z}}/{{x}}/{{y}}.mvt"]
        card = get(f"{below.url}/node.json")
        assert get(f"{below.url}/{card['basemap'].removeprefix('./')}")["metadata"]["tianlake:release"] == release

        (nation / "terms.toml").write_text(TERMS.format("2027-01-01"))
        told(nation, "node", "add", NATION)
        done = run("-C", str(province), "federate")
        assert (done.returncode, "156000000/terms: version 2027-01-01 is handed down since" in done.stderr) == (0, True)
        assert get(f"{below.url}/terms.json")["version"] == "2026-11-01"
        (terms,) = [each for each in get(f"{below.url}/node.json")["handed"] if each["kind"] == "terms"]
        assert (terms["version"], terms["newer"]) == ("2026-11-01", "2027-01-01"), "the public is told"
        assert told(province, "node", "tree")[0]["behind"] == [f"{NATION}/terms"]
        newer = documents(province, code=1)[f"{NATION}/terms"]
        assert (newer["state"], newer["offered"], newer["changes"]) == ("newer", "2027-01-01", "sha256, text, version")

        above.stop()
        done = run("-C", str(province), "node", "pins")
        assert done.returncode == 3
        assert "its parent does not answer, what is pinned stays in use" in done.stderr
        told(province, "node", "add", PROVINCE)  # brings all documents up to date, with nobody above
        assert get(f"{below.url}/terms.json")["version"] == "2026-11-01"
        assert get(f"{below.url}/tiles/counties/over-basemap.json") == style
