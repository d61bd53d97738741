"""A node's catalog in DCAT-AP 3.0.1, as JSON-LD: for data portals that read neither STAC nor OGC API Records.

Identifiers are addresses below the node's public one; where it has none, they are relative to the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tianlake.lake import keys
from tianlake.lake.access import access_to, part_of
from tianlake.lake.describe import History
from tianlake.lake.nodes import NodeCard, Organisation
from tianlake.lake.plain import Text
from tianlake.lake.recipes import ProductCard
from tianlake.lake.releases import Asset, FileEntry, Manifest, TileFacts
from tianlake.lake.words import collection_id
from tianlake.stac.assets import MADE
from tianlake.stac.catalog import catalog_text
from tianlake.stac.collection import current, shown_files
from tianlake.stac.dcat_terms import (
    CHINA,
    CONTEXT,
    LANGUAGES,
    REGIONS,
    access_right,
    frequency,
    licence,
    media_type,
    place,
    rights,
    texts,
    typed,
)
from tianlake.stac.profile import MIRROR_FILE, Json
from tianlake.stac.texts import CLASSES, instants

MEDIA_TYPE: Final = "application/ld+json"

_DISTRIBUTED: Final = frozenset({"data", "visual"})
"""Roles of files that are the product itself."""

_OGC: Final = "http://www.opengis.net/spec"
_SERVICES: Final = (
    # path, what is read of it, titles, standard
    (
        "ogc",
        "ogc/api",
        Text("OGC API 要素与目录", "OGC API Features and Records"),
        f"{_OGC}/ogcapi-features-1/1.0/conf/core",
    ),
    ("stac", "stac/api", Text("STAC API", "STAC API"), "https://api.stacspec.org/v1.0.0/core"),
    ("sql", "sql", Text("SQL 查询", "SQL queries"), None),
    (
        "wmts",
        "wmts?SERVICE=WMTS&REQUEST=GetCapabilities",
        Text("地图瓦片（WMTS）", "Map tiles (WMTS)"),
        "http://www.opengis.net/def/serviceType/ogc/wmts",
    ),
)


def dcat_document(node: NodeCard, histories: Sequence[History]) -> Json:
    """Return `dcat.jsonld`: the node as a catalog, its products as data sets, and its services.

    Args:
        node: Whose catalog it is.
        histories: Of the products whose pointer is set.
    """
    base = f"{node.settings.url}/" if node.settings.url else ""
    moved = [history.updated for history in histories if history.updated]
    catalog: Json = {
        "@id": catalog_id(base),
        "@type": "dcat:Catalog",
        "dct:title": texts(_named(node)),
        "dct:description": texts(catalog_text(node)),
        "dct:publisher": _agent(node.settings.operator),
        "dct:language": [_reference(each) for each in LANGUAGES],
        "dct:spatial": _reference(CHINA),
        "dcat:contactPoint": _contact(node.settings.operator),
        "dcat:themeTaxonomy": _reference(f"{base}{keys.DCAT}#classes"),
        "dcat:dataset": [_dataset(node, history, base) for history in histories],
    }
    if base:
        catalog["foaf:homepage"] = _reference(base)
        catalog["dcat:service"] = [*_services(node, base)]
    if moved:
        catalog["dct:modified"] = typed(max(moved), "dateTime")
    return {"@context": CONTEXT, "@graph": [catalog, *_concepts(base)]}


def catalog_id(base: str) -> str:
    """Return the identifier of a node's catalog; `base` is its address with a final `/`, or empty."""
    return f"{base}{keys.DCAT}#catalog"


def referred_catalog(url: str, title: str, publisher: str | None) -> Json:
    """Return another node's catalog as one whose contents are of interest, too (`dcat:catalog`).

    Args:
        url: Base URL of that node, without a final `/`.
        title: Its names.
        publisher: Who hosts it, where that is known.
    """
    base = f"{url}/"
    return {
        "@id": catalog_id(base),
        "@type": "dcat:Catalog",
        "dct:title": {"@language": "zh", "@value": title},
        "dct:description": texts(
            Text(f"{title}的目录，见 {base}{keys.DCAT}", f"Catalog of another node, at {base}{keys.DCAT}")
        ),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": publisher or title},
        "rdfs:seeAlso": _reference(f"{base}{keys.DCAT}"),
        "foaf:homepage": _reference(base),
    }


def _named(node: NodeCard) -> Text:
    identity = node.identity
    mark = f"（{node.settings.notice}）" if node.settings.notice else ""
    return Text(
        f"{identity.short_name} {identity.name}{mark}",
        f"Public geographic-information platform, node {node.code}{mark}",
    )


def _dataset(node: NodeCard, history: History, base: str) -> Json:
    manifest = current(history).manifest
    candidate = manifest.candidate
    card = candidate.card
    pointer = f"{base}{keys.pointer(card.id)}"
    found: Json = {
        "@id": f"{base}{keys.DCAT}#{card.id}",
        "@type": "dcat:Dataset",
        "dct:identifier": collection_id(node.code, card.id),
        "dct:title": texts(card.title),
        "dct:description": texts(card.description),
        "dct:publisher": _agent(node.settings.operator),
        "dct:creator": [_agent(Organisation(each.name, each.url)) for each in card.producers],
        "dcat:contactPoint": _contact(node.settings.operator),
        "dct:language": [_reference(each) for each in LANGUAGES],
        "dcat:keyword": list(card.keywords),
        "dcat:theme": [_reference(REGIONS), _reference(f"{base}{keys.DCAT}#class-{card.product_class}")],
        "dct:spatial": [_reference(CHINA), place(candidate.bounds)],
        "dct:accrualPeriodicity": _reference(frequency(card.update_cycle)),
        "dct:accessRights": _reference(access_right(card.access)),
        "dct:issued": typed(candidate.built, "dateTime"),
        "dct:modified": typed(history.updated or candidate.built, "dateTime"),
        "dcat:version": manifest.release,
        "dcat:landingPage": _page(base or "./"),
        "foaf:page": _page(pointer),
        "dcat:distribution": [*_distributions(manifest, base)],
    }
    start, end = instants(card)
    if start is not None:
        period = {"dcat:startDate": typed(start, "dateTime")} | (
            {"dcat:endDate": typed(end, "dateTime")} if end else {}
        )
        found["dct:temporal"] = {"@type": "dct:PeriodOfTime", **period}
    if card.source_url:
        found["dct:source"] = _reference(card.source_url)
    if card.terms:
        found["dct:provenance"] = {"@type": "dct:ProvenanceStatement", "rdfs:label": texts(card.terms)}
    return found


def _distributions(manifest: Manifest, base: str) -> Iterator[Json]:
    """Yield a product's files: by the addresses that stay, where a server resolves them, else those of the release."""
    candidate = manifest.candidate
    card = candidate.card
    for asset in shown_files(candidate):
        if asset.role in _DISTRIBUTED:
            yield _file(card, asset, _address(manifest, asset, base), asset.title)
    for entry in manifest.files:
        if entry.path == MIRROR_FILE:  # many scenes are Items: what lists them is the product's
            href = f"{base}{keys.release_file(card.id, manifest.release, entry.path)}"
            yield _file(card, entry, href, MADE[MIRROR_FILE][2])


def _address(manifest: Manifest, asset: Asset, base: str) -> str:
    product = manifest.candidate.card.id
    if not base:
        return keys.release_file(product, manifest.release, asset.name)
    if isinstance(asset.facts, TileFacts):
        variant = f"/{asset.facts.variant}" if asset.facts.variant else ""
        return f"{base}tiles/{product}{variant}.pmtiles"
    return f"{base}data/{product}/{asset.name}"


def _file(card: ProductCard, file: Asset | FileEntry, href: str, title: Text) -> Json:
    name = file.path if isinstance(file, FileEntry) else file.name
    return {
        "@type": "dcat:Distribution",
        "dct:title": texts(title),
        "dcat:accessURL": _reference(href),
        "dcat:downloadURL": _reference(href),
        "dcat:mediaType": media_type(file.media_type),
        "dcat:byteSize": typed(file.size, "nonNegativeInteger"),
        "dct:license": licence(card),
        "dct:rights": rights(access_to(card.access, part_of(name))),
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": _reference("spdx:checksumAlgorithm_sha256"),
            "spdx:checksumValue": typed(file.sha256, "hexBinary"),
        },
    }


def _services(node: NodeCard, base: str) -> Iterator[Json]:
    for path, described, title, standard in _SERVICES:
        found: Json = {
            "@id": f"{base}{path}",
            "@type": "dcat:DataService",
            "dct:title": texts(title),
            "dcat:endpointURL": _reference(f"{base}{path}"),
            "dcat:endpointDescription": _reference(f"{base}{described}"),
            "dct:publisher": _agent(node.settings.operator),
        }
        yield found | ({"dct:conformsTo": {"@id": standard, "@type": "dct:Standard"}} if standard else {})


def _concepts(base: str) -> Iterator[Json]:
    """Yield the classes of article 8(1) of the Measures, which products belong to."""
    scheme = f"{base}{keys.DCAT}#classes"
    title = Text("地理信息公共服务平台管理办法 第八条的数据集类别", "Classes of data sets, article 8 of the Measures")
    yield {"@id": scheme, "@type": "skos:ConceptScheme", "dct:title": texts(title)}
    for name, text in CLASSES.items():
        yield {
            "@id": f"{base}{keys.DCAT}#class-{name}",
            "@type": "skos:Concept",
            "skos:inScheme": _reference(scheme),
            "skos:prefLabel": texts(text),
        }


def _agent(who: Organisation) -> Json:
    home = {"foaf:homepage": _reference(who.url)} if who.url else {}
    mail = {"foaf:mbox": _reference(f"mailto:{who.email}")} if who.email else {}
    return {"@type": "foaf:Agent", "foaf:name": who.name, **home, **mail}


def _contact(who: Organisation) -> Json:
    mail = {"vcard:hasEmail": _reference(f"mailto:{who.email}")} if who.email else {}
    page = {"vcard:hasURL": _reference(who.url)} if who.url else {}
    return {"@type": "vcard:Organization", "vcard:fn": who.name, **mail, **page}


def _page(address: str) -> Json:
    return {"@id": address, "@type": "foaf:Document"}


def _reference(address: str) -> Json:
    return {"@id": address}
