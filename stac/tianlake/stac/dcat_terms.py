"""Words of DCAT-AP 3.0.1: the JSON-LD context, and which terms of controlled vocabularies a product's settings are.

Sources: https://semiceu.github.io/DCAT-AP/releases/3.0.1/ ; the authority tables of the EU Publications Office that it
asks for (`frequency`, `access-right`, `language`, `data-theme`, `country`); SPDX for licences; IANA for media types.
"""

from __future__ import annotations

import re
from typing import Final

from tianlake.lake.plain import Access, Text
from tianlake.lake.recipes import ProductCard
from tianlake.lake.words import Bounds
from tianlake.stac.profile import Json

AUTHORITY: Final = "http://publications.europa.eu/resource/authority"
REGIONS: Final = f"{AUTHORITY}/data-theme/REGI"
"""DCAT-AP wants one of thirteen themes of its own; all that a node publishes is about regions."""
CHINA: Final = f"{AUTHORITY}/country/CHN"
LANGUAGES: Final = (f"{AUTHORITY}/language/ZHO", f"{AUTHORITY}/language/ENG")

CONTEXT: Final[Json] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

_ACCESS: Final[dict[Access, str]] = {
    "open": "PUBLIC",
    "key": "RESTRICTED",
    "professional": "RESTRICTED",
    "internal": "NON_PUBLIC",
}
_RIGHTS: Final[dict[Access, Text]] = {
    "open": Text("公开，无需密钥", "Open, no key is needed"),
    "key": Text("注册用户可用，需密钥（tk）", "For registered users, with a key (tk)"),
    "professional": Text("专业用户可用，需密钥（tk）", "For professional users, with a key (tk)"),
    "internal": Text("内部", "Internal"),
}

_DURATION: Final = re.compile(r"P(\d+)([YMWD])")
_FREQUENCIES: Final = {
    # (count, unit) in years, months, weeks or days, the largest unit that it is a whole number of
    (1, "Y"): "ANNUAL",
    (2, "Y"): "BIENNIAL",
    (3, "Y"): "TRIENNIAL",
    (4, "Y"): "QUADRENNIAL",
    (5, "Y"): "QUINQUENNIAL",
    (10, "Y"): "DECENNIAL",
    (6, "M"): "ANNUAL_2",
    (4, "M"): "ANNUAL_3",
    (3, "M"): "QUARTERLY",
    (2, "M"): "BIMONTHLY",
    (1, "M"): "MONTHLY",
    (2, "W"): "BIWEEKLY",
    (1, "W"): "WEEKLY",
    (1, "D"): "DAILY",
}
_WHOLE: Final = {"M": (12, "Y"), "D": (7, "W")}


def frequency(update_cycle: str) -> str:
    """Return the term of the authority table `frequency` for an ISO 8601 duration of dates; OTHER where none is it."""
    found = _DURATION.fullmatch(update_cycle)
    if found is None:  # of several units
        return f"{AUTHORITY}/frequency/OTHER"
    count, unit = int(found[1]), found[2]
    if unit in _WHOLE and count % _WHOLE[unit][0] == 0:
        count, unit = count // _WHOLE[unit][0], _WHOLE[unit][1]
    return f"{AUTHORITY}/frequency/{_FREQUENCIES.get((count, unit), 'OTHER')}"


def access_right(access: Access) -> str:
    """Return the term of the authority table `access-right`."""
    return f"{AUTHORITY}/access-right/{_ACCESS[access]}"


def rights(access: Access) -> Json:
    """Return who may have something, as a rights statement."""
    return {"@type": "dct:RightsStatement", "rdfs:label": texts(_RIGHTS[access])}


def licence(card: ProductCard) -> Json:
    """Return the licence document of a product: its own address, or that of SPDX."""
    address = card.license_url or f"http://spdx.org/licenses/{card.license}"
    return {"@id": address, "@type": "dct:LicenseDocument"}


def media_type(name: str) -> Json:
    """Return a media type without its parameters, as IANA names it."""
    plain = name.partition(";")[0].strip()
    return {"@id": f"https://www.iana.org/assignments/media-types/{plain}", "@type": "dct:MediaType"}


def texts(text: Text) -> list[Json]:
    """Return a text in both languages."""
    return [{"@language": "zh", "@value": text.zh}, {"@language": "en", "@value": text.en}]


def typed(value: str | int, name: str) -> Json:
    """Return a literal of a type of XML Schema."""
    return {"@value": str(value), "@type": f"xsd:{name}"}


def place(bounds: Bounds) -> Json:
    """Return a box as GeoSPARQL writes it: WKT in CRS84, longitude first; two boxes across the antimeridian."""
    west, south, east, north = bounds.as_list()
    sides = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    boxes = [f"(({a} {south}, {b} {south}, {b} {north}, {a} {north}, {a} {south}))" for a, b in sides]
    text = f"POLYGON {boxes[0]}" if len(boxes) == 1 else f"MULTIPOLYGON ({', '.join(boxes)})"
    return {"@type": "dct:Location", "dcat:bbox": {"@value": text, "@type": "geo:wktLiteral"}}
