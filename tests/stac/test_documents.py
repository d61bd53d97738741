"""What people and agents read: READMEs, AGENTS.md, versions.json; and what is refused before anything is sent."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import asset_kit
import pytest
from stac_kit import NODE, desk, send

from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import Period, Producer
from tianlake.lake.releases import Column, TableFacts
from tianlake.lake.words import Text
from tianlake.stac import StacDescriber
from tianlake.stac.texts import duration, instants

BOTH_LANGUAGES = re.compile(r"[\u4e00-\u9fff]")


def text(root: Path, name: str) -> str:
    return (root / name).read_text("utf-8")


def test_a_readme_says_what_who_how_fresh_and_whence_in_both_languages(lake):
    readme = text(lake, "collections/counties/README.md")
    manifest = json.loads(next(lake.glob("releases/counties/*/manifest.json")).read_text("utf-8"))
    for said in (
        "# 河北省counties · counties of Hebei（演示数据 Demo）",
        "License: CC-BY-4.0",
        "Attribution: © Example",
        "OpenStreetMap contributors",
        "河北省自然资源档案馆 <https://example.org/hebei>",
        "每 1 年至少一次 · at least every 1 year",
        "2026-11-01T00:00:00Z",
        manifest["release"],
        "`sources/district.geojson` | 1,234 | `" + "a" * 64,
        "| `gb` | VARCHAR |",
        "pmtiles://",
        "/vsicurl/",
        "pip install geopandas pyarrow fsspec aiohttp requests",
        "QGIS",
        "read_parquet(",
        "Geometry repaired | 1 |",
    ):
        assert said in readme, said
    headings = [line for line in readme.splitlines() if line.startswith("## ")]
    assert len(headings) >= 7
    assert all(BOTH_LANGUAGES.search(line) and re.search("[A-Za-z]{3}", line) for line in headings)
    for entry in manifest["files"]:
        assert entry["sha256"] in readme


def test_the_catalog_leads_to_the_base_map_that_the_node_names(lake, tmp_path, candidates, assets):
    def links(root):
        return [each for each in json.loads(text(root, "catalog.json"))["links"] if "mapbox.style" in each["type"]]

    address = "../156000000/tiles/basemap/style.json"
    assert [(each["rel"], each["href"], each["title"]) for each in links(lake)] == [
        ("related", address, "底图 · Base map")
    ]
    node = json.loads(text(lake, "node.json"))
    assert (node["basemap"], node["settings"]["basemap"]) == (address, "156000000/basemap")
    send(desk(tmp_path, replace(NODE, basemap=None)), candidates["counties"], assets)
    assert links(tmp_path) == []


@pytest.mark.parametrize(
    ("basemap", "url", "shown"),
    [
        ("156000000/basemap", "https://example.org/hebei", True),
        ("156000000/basemap", None, False),  # an alias is a server's, and none is known
        ("https://example.org/style.json", "https://example.org/hebei", False),
        (None, "https://example.org/hebei", False),
    ],
)
def test_the_readme_shows_the_map_over_the_base_map_where_a_server_has_both(
    tmp_path, candidates, assets, basemap, url, shown
):
    node = replace(NODE, settings=replace(NODE.settings, basemap=basemap, url=url))
    send(desk(tmp_path, node), candidates["counties"], assets)
    readme = text(tmp_path, "collections/counties/README.md")
    assert ("tiles/counties/over-basemap.json" in readme) is shown


def test_links_of_readmes_lead_to_files(lake):
    checked = 0
    for path in [*lake.rglob("README.md"), *lake.rglob("AGENTS.md")]:
        for href in re.findall(r"\]\(([^)<>\s]+)\)", path.read_text("utf-8")):
            if not href.startswith(("https://", "../156000000/")):
                assert (path.parent / href).is_file(), f"{path}: {href}"
                checked += 1
    assert checked > 30


def test_the_mark_of_a_demo_is_on_every_page(lake, tmp_path, assets, candidates):
    for path in [*lake.rglob("README.md"), *lake.rglob("AGENTS.md"), lake / "catalog.json"]:
        assert "演示数据 Demo" in path.read_text("utf-8"), path
    earnest = replace(NODE, settings=replace(NODE.settings, notice=None))
    send(desk(tmp_path, earnest), candidates["climate"], assets)
    for path in [*tmp_path.rglob("*.md"), *tmp_path.rglob("*.json")]:
        assert "演示数据" not in path.read_text("utf-8"), path


@pytest.mark.parametrize("name", ["AGENTS.md", "README.md"])
def test_the_sql_of_a_product_runs_where_its_catalog_lies(lake, monkeypatch, name):
    [sql] = re.findall(r"```sql\n(.*?)```", text(lake, f"collections/counties/{name}"), re.DOTALL)
    monkeypatch.chdir(lake)
    count, window = [each for each in sql.split(";") if each.strip()]
    connection = connect()
    assert connection.sql(count).fetchall() == [(189,)]
    found = connection.sql(window)
    assert found.columns == ["name", "gb", "geometry"]
    assert len(found.fetchall()) == 10


def test_agents_are_told_a_way_to_areas_that_is_right(lake, monkeypatch):
    agents = text(lake, "collections/counties/AGENTS.md")
    assert "SET geometry_always_xy = true" in agents
    monkeypatch.chdir(lake)
    connection = connect()
    connection.execute("SET geometry_always_xy = true")
    [href] = re.findall(r"`(releases/counties/[^`]*\.parquet)`", agents)
    query = f"SELECT sum(ST_Area_Spheroid(geometry)) / 1e6 FROM read_parquet('{href}')"
    [(area,)] = connection.sql(query).fetchall()
    assert area == pytest.approx(asset_kit.counties().to_crs("ESRI:102025").area.sum() / 1e6, rel=0.01)


def test_the_catalogs_readme_lists_every_product(lake):
    readme = text(lake, "README.md")
    for name in ("climate", "counties", "scenes"):
        assert f"./collections/{name}/README.md" in readme
        assert f"`n156130000_{name}`" in readme
    assert "189 要素 · features" in readme
    assert "河北省自然资源厅" in readme


def test_versions_hold_the_checksums_of_the_files_that_are_there(lake):
    for path in lake.glob("collections/*/versions.json"):
        history = json.loads(path.read_text("utf-8"))
        assert history["spec_version"] == "1.0.0"
        [entry] = history["versions"]
        assert entry["version"] == history["current_version"]
        assert {"created", "breaking", "assets", "changes", "schema"} <= set(entry)
        for asset in [*entry["assets"].values(), {**entry["manifest"], "size_bytes": None}]:
            body = (lake / asset["href"]).read_bytes()
            assert asset["sha256"] == hashlib.sha256(body).hexdigest()
            assert asset["size_bytes"] in {len(body), None}


def test_versions_tell_what_changed_and_what_breaks(tmp_path, assets, candidates):
    counties = candidates["counties"]
    table, *others = counties.assets
    send(desk(tmp_path), counties, assets)
    facts = table.facts
    assert isinstance(facts, TableFacts)
    wider = replace(facts, columns=(*facts.columns, Column("more", "DOUBLE")))
    narrower = replace(facts, columns=facts.columns[1:])
    for day, changed in ((2, wider), (3, narrower)):
        made = replace(counties, assets=(replace(table, facts=changed), *others), built=f"2026-11-0{day}T00:00:00Z")
        send(desk(tmp_path), made, assets)
    history = json.loads(text(tmp_path, "collections/counties/versions.json"))
    assert [each["breaking"] for each in history["versions"]] == [False, False, True]
    assert history["versions"][1]["changes"] == ["release.json"]
    assert history["current_version"] == history["versions"][2]["version"]


def test_durations_and_periods_are_read_as_people_mean_them():
    assert (duration("P1Y").zh, duration("P1Y").en) == ("1 年", "1 year")
    assert (duration("P1Y6M").zh, duration("P1Y6M").en) == ("1 年6 个月", "1 year 6 months")
    card = asset_kit.card("x", period=Period("2024-05-01", "2024-05-01"))
    assert instants(card) == ("2024-05-01T00:00:00Z", "2024-05-01T23:59:59Z")
    card = asset_kit.card("x", period=Period("2024-05-01T08:00:00+08:00"))
    assert instants(card) == ("2024-05-01T00:00:00Z", None)


def test_a_product_without_a_period_is_no_newer_than_its_build(candidates):
    climate = candidates["climate"]
    undated = replace(climate, card=replace(climate.card, period=None))
    body = json.loads(StacDescriber().release_files(NODE, undated)["release.json"].body)
    assert body["extent"]["temporal"]["interval"] == [[None, climate.built]]


NOBODYS = (Producer("Somebody else"),)
REFUSED: dict[str, dict[str, Any]] = {
    "license: one SPDX identifier": {"license": "free for all"},
    "write 'CC-BY-4.0'": {"license": "cc-by-4.0"},
    "license_url: needed": {"license": "other"},
    "source_url: needed, because '河北省自然资源档案馆' publishes what others made": {
        "producers": NOBODYS,
        "source_url": None,
    },
    "period.start: must be a date": {"period": Period("last year")},
    "period: ends (2020-01-01) before it starts": {"period": Period("2021-01-01", "2020-01-01")},
}


@pytest.mark.parametrize("said", REFUSED)
def test_a_card_that_the_profile_would_refuse_is_refused_before_anything_is_sent(tmp_path, assets, candidates, said):
    counties = replace(candidates["counties"], card=asset_kit.card("counties", **REFUSED[said]))
    with pytest.raises(LakeError, match=re.escape(said)) as refused:
        send(desk(tmp_path), counties, assets)
    assert str(refused.value).startswith("counties.toml: ")
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.rglob("*.json"))


def test_a_node_that_nobody_can_reach_is_refused(tmp_path, assets, candidates):
    silent = replace(
        NODE, settings=replace(NODE.settings, operator=replace(NODE.settings.operator, url=None, email=None))
    )
    with pytest.raises(LakeError, match=r"nodes/156130000/node\.toml: operator: needs a url or an email"):
        send(desk(tmp_path, silent), candidates["climate"], assets)


def test_a_candidate_without_a_thumbnail_is_refused(tmp_path, assets, candidates):
    bare = replace(candidates["climate"], assets=candidates["climate"].assets[:2])
    with pytest.raises(LakeError, match="climate: assets: one thumbnail is needed"):
        send(desk(tmp_path), bare, assets)


def test_a_built_file_cannot_take_the_place_of_what_describes_it(tmp_path, assets, candidates):
    climate = candidates["climate"]
    named = replace(climate, assets=(replace(climate.assets[0], name="release.json"), *climate.assets[1:]))
    with pytest.raises(LakeError, match=r"climate: assets: the name release\.json is reserved"):
        StacDescriber().release_files(NODE, named)


def test_a_title_cannot_break_the_tables_it_stands_in(tmp_path, assets, candidates):
    odd = Text("甲|乙\n丙", "one | two")
    send(desk(tmp_path), replace(candidates["climate"], card=replace(candidates["climate"].card, title=odd)), assets)
    rows = [line for line in text(tmp_path, "README.md").splitlines() if line.startswith("| [")]
    assert len(rows) == 1
    assert len(re.split(r"(?<!\\)\|", rows[0])) == 8
    assert text(tmp_path, "collections/climate/README.md").splitlines()[0].startswith("# 甲\\|乙 丙")
