"""`dcat.jsonld` as rdflib reads it: what DCAT-AP 3.0.1 calls mandatory is there, and says what the node's STAC says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, Namespace, URIRef
from shapely import wkt
from stac_kit import NODE, Assets, desk, send

from tianlake.lake.releases import Candidate
from tianlake.lake.words import Bounds
from tianlake.stac.dcat_terms import frequency, place

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")  # of what it calls itself

URL = "https://map.example.cn/hebei"
SPDX = Namespace("http://spdx.org/rdf/terms#")
NAMES = "PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/> PREFIX foaf: <http://xmlns.com/foaf/0.1/>\n"

MANDATORY = {
    # DCAT-AP 3.0.1, sections "Catalogue", "Dataset", "Distribution", "Data Service", "Agent", "Checksum"
    DCAT.Catalog: (DCTERMS.title, DCTERMS.description, DCTERMS.publisher),
    DCAT.Dataset: (DCTERMS.title, DCTERMS.description),
    DCAT.Distribution: (DCAT.accessURL,),
    DCAT.DataService: (DCTERMS.title, DCAT.endpointURL),
    FOAF.Agent: (FOAF.name,),
    SPDX.Checksum: (SPDX.algorithm, SPDX.checksumValue),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, assets: Assets, candidates: dict[str, Candidate]) -> Path:
    """A node with an address: a table, a picture that needs a key, a product of two scenes."""
    root = tmp_path_factory.mktemp("dcat")
    at = desk(root, replace(NODE, settings=replace(NODE.settings, url=URL)))
    climate = candidates["climate"]
    send(at, candidates["counties"], assets)
    send(at, replace(climate, card=replace(climate.card, access="key", update_cycle="P6M")), assets)
    send(at, candidates["scenes"], assets)
    return root


def parsed(path: Path, at: str) -> Graph:
    return Graph().parse(data=path.read_bytes(), format="json-ld", publicID=at)


@pytest.fixture(scope="module")
def graph(root) -> Graph:
    return parsed(root / "dcat.jsonld", f"{URL}/dcat.jsonld")


@pytest.mark.parametrize("kind", MANDATORY)
def test_nothing_lacks_what_the_profile_calls_mandatory(graph, kind):
    found = set(graph.subjects(RDF.type, kind))
    assert found
    for each in found:
        assert all(any(graph.objects(each, wanted)) for wanted in MANDATORY[kind]), each


def test_the_catalog_lists_what_stac_lists(graph, root):
    catalog = json.loads((root / "catalog.json").read_bytes())
    children = [each["href"] for each in catalog["links"] if each["rel"] == "child"]
    ids = {json.loads((root / each).read_bytes())["id"] for each in children}
    rows = graph.query(NAMES + "SELECT ?id { ?c a dcat:Catalog; dcat:dataset ?d. ?d dct:identifier ?id }")
    assert {str(row.id) for row in rows} == ids
    assert URIRef(f"{URL}/dcat.jsonld#catalog") in set(graph.subjects(RDF.type, DCAT.Catalog))
    [link] = [each for each in catalog["links"] if each["type"] == "application/ld+json"]
    assert link == {"rel": "alternate", "href": "./dcat.jsonld"} | {k: link[k] for k in ("title", "type")}


def test_titles_are_in_both_languages_and_mandatory_texts_are_no_addresses(graph):
    for kind in (DCAT.Catalog, DCAT.Dataset, DCAT.DataService):
        for each in graph.subjects(RDF.type, kind):
            assert {title.language for title in graph.objects(each, DCTERMS.title)} == {"zh", "en"}


def test_a_file_is_told_with_its_true_size_and_hash(graph, root):
    asked = (
        NAMES
        + """PREFIX spdx: <http://spdx.org/rdf/terms#>
    SELECT ?url ?size ?sum { ?d dct:identifier "n156130000-counties"; dcat:distribution ?f.
    ?f dcat:accessURL ?url; dcat:byteSize ?size; spdx:checksum/spdx:checksumValue ?sum }"""
    )
    told = {str(row.url): (int(row.size), str(row.sum)) for row in graph.query(asked)}
    assert set(told) == {f"{URL}/data/counties/counties.parquet", f"{URL}/tiles/counties.pmtiles"}
    [file] = (root / "releases/counties").rglob("counties.parquet")
    assert told[f"{URL}/data/counties/counties.parquet"] == (
        file.stat().st_size,
        hashlib.sha256(file.read_bytes()).hexdigest(),
    )


def test_cycle_rights_and_licence_are_terms_that_portals_know(graph):
    asked = (
        NAMES
        + """SELECT ?often ?who ?licence { ?d dct:identifier "n156130000-climate";
    dct:accrualPeriodicity ?often; dct:accessRights ?who; dcat:distribution/dct:license ?licence }"""
    )
    authority = "http://publications.europa.eu/resource/authority"
    for row in graph.query(asked):
        assert str(row.often) == f"{authority}/frequency/ANNUAL_2"
        assert str(row.who) == f"{authority}/access-right/RESTRICTED"
        assert str(row.licence) == "https://example.org/licence"


def test_many_scenes_are_one_distribution_their_list(graph):
    asked = (
        NAMES
        + """SELECT ?url ?type { ?d dct:identifier "n156130000-scenes"; dcat:distribution ?f.
    ?f dcat:accessURL ?url; dcat:mediaType ?type }"""
    )
    [row] = graph.query(asked)
    assert str(row.url).endswith("/items.parquet")
    assert str(row.type) == "https://www.iana.org/assignments/media-types/application/vnd.apache.parquet"


def test_services_are_told_where_the_node_has_an_address(graph):
    found = {str(each) for each in graph.objects(predicate=DCAT.endpointURL)}
    assert found == {f"{URL}/{name}" for name in ("ogc", "stac", "sql", "wmts")}


def test_without_an_address_what_is_told_is_relative_to_the_document(lake):
    graph = parsed(lake / "dcat.jsonld", "https://elsewhere.test/copy/dcat.jsonld")
    files = {str(each) for each in graph.objects(predicate=DCAT.accessURL)}
    assert files
    for each in files:
        assert (lake / each.removeprefix("https://elsewhere.test/copy/")).is_file()
    assert not set(graph.objects(predicate=DCAT.endpointURL))


def test_an_extent_reads_as_a_box_and_two_across_the_antimeridian(graph):
    boxes = [each for each in graph.objects(predicate=DCAT.bbox) if isinstance(each, Literal)]
    assert {str(each.datatype) for each in boxes} == {"http://www.opengis.net/ont/geosparql#wktLiteral"}
    assert all(wkt.loads(str(each)).is_valid for each in boxes)
    across = wkt.loads(place(Bounds(170, -10, -170, 10))["dcat:bbox"]["@value"])
    assert [part.bounds for part in across.geoms] == [(170, -10, 180, 10), (-180, -10, -170, 10)]


CYCLES = {
    "P1Y": "ANNUAL",
    "P12M": "ANNUAL",
    "P24M": "BIENNIAL",
    "P1M": "MONTHLY",
    "P7M": "OTHER",
    "P7D": "WEEKLY",
    "P14D": "BIWEEKLY",
    "P1D": "DAILY",
    "P1Y6M": "OTHER",
}


@pytest.mark.parametrize("cycle", CYCLES)
def test_an_update_cycle_is_a_term_of_the_frequency_table(cycle):
    assert frequency(cycle) == f"http://publications.europa.eu/resource/authority/frequency/{CYCLES[cycle]}"
