"""What paths demand."""

from __future__ import annotations

import pytest
from admission_kit import NODE, RELEASE

from tianlake.functions.admission.demands import demand_of
from tianlake.functions.admission.records import Demand
from tianlake.functions.gateway.places import locate

HERE = f"/releases/survey/{RELEASE}"
DOCUMENT = Demand(None)
BULK = Demand("data", "survey", bulk=True)
ARCHIVE = Demand("data", "survey")


@pytest.mark.parametrize(
    ("path", "demand"),
    [
        ("/", DOCUMENT),
        ("/portal/index.html", DOCUMENT),
        ("/catalog.json", DOCUMENT),
        ("/quotas.json", DOCUMENT),
        ("/terms.json", DOCUMENT),
        ("/lake.sql", DOCUMENT),
        ("/feed.atom", DOCUMENT),
        ("/tms/CGCS2000Quad.json", DOCUMENT),
        ("/index/items.parquet", DOCUMENT),
        ("/healthz", DOCUMENT),
        (f"/{NODE}", DOCUMENT),
        ("/collections/survey/collection.json", DOCUMENT),
        (f"/collections/survey/{RELEASE}/scene.json", DOCUMENT),
        (f"{HERE}/manifest.json", DOCUMENT),
        (f"{HERE}/release.json", DOCUMENT),
        (f"{HERE}/approval.json", DOCUMENT),
        (f"{HERE}/withdrawn.json", DOCUMENT),
        (f"{HERE}/README.md", DOCUMENT),
        (f"{HERE}/styles/default.json", DOCUMENT),
        (f"{HERE}/quality.json", DOCUMENT),
        (f"{HERE}/quality.html", DOCUMENT),
        (f"{HERE}/thumbnail.png", DOCUMENT),
        (f"{HERE}/changes.parquet", BULK),
        (f"{HERE}/survey.parquet", BULK),
        (f"{HERE}/survey.tif", BULK),
        (f"{HERE}/tileset/0/0.glb", BULK),
        (f"{HERE}/tileset/thumbnail.png", BULK),
        (f"{HERE}/points/survey.copc.laz", BULK),
        (f"{HERE}/survey.geojson", BULK),
        (f"{HERE}/survey", BULK),
        (f"{HERE}/survey.pmtiles", ARCHIVE),
        (f"{HERE}/survey.PMTILES", BULK),
        (f"{HERE}/survey.pmtile%73", ARCHIVE),
        ("/releases/survey/latest/survey.parquet", BULK),
        ("/releases/survey/x", BULK),
        ("/data/survey/survey.parquet", BULK),
        ("/data/survey/thumbnail.png", DOCUMENT),
        ("/data/survey/styles/default.json", DOCUMENT),
        ("/data/survey/survey-c.pmtiles", ARCHIVE),
        ("/tiles/survey.pmtiles", ARCHIVE),
        ("/tiles/survey/c.pmtiles", ARCHIVE),
        ("/tiles/survey.json", DOCUMENT),
        ("/tiles/survey/c.json", DOCUMENT),
        ("/tiles/survey/style.json", DOCUMENT),
        ("/tiles/survey/over-basemap.json", DOCUMENT),
        ("/tiles/survey/0/0/0.mvt", Demand("tile", "survey")),
        ("/tiles/survey/c/1/1/0.webp", Demand("tile", "survey")),
        (f"/tiles/survey/{RELEASE}/c/1/1/0.webp", Demand("tile", "survey")),
        ("/DataServer?T=vec_w&x=0&y=0&l=1", Demand("tile", layer="vec")),
        ("/vec_w/wmts/1.0.0/vec/default/w/1/0/0.png", Demand("tile", layer="vec")),
        ("/img_c/esri/wmts?REQUEST=GetTile&TILEMATRIX=1&TILEROW=0&TILECOL=0", Demand("tile", layer="img")),
        ("/img_c/wmts?REQUEST=GetTile&TILEMATRIX=one", Demand("tile", layer="img")),
        ("/DataServer", Demand("tile")),
        ("/vec_w/wmts?REQUEST=GetCapabilities", DOCUMENT),
        ("/vec_w/wmts/1.0.0/WMTSCapabilities.xml", DOCUMENT),
    ],
)
def test_what_a_path_demands(path, demand):
    bare, _mark, query = path.partition("?")
    assert demand_of(locate(bare.encode(), {NODE}, query.encode())) == demand


def test_below_a_code_the_node_is_said():
    place = locate(f"/{NODE}/tiles/survey/0/0/0.mvt".encode(), {NODE})
    assert demand_of(place) == Demand("tile", "survey", node=NODE)
