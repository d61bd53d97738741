"""One table of requests and what becomes of them, for every adapter of admission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from admission_kit import KEYS, NODE, NOON, PRODUCTS, RELEASE, SECRET, SK

from tianlake.functions.admission.links import signed
from tianlake.functions.admission.records import digest

STATUSES = {
    "key-missing": (401, 418, 301001),
    "key-malformed": (400, 400, 308011),
    "key-ambiguous": (400, 400, 308011),
    "key-unknown": (403, 403, 301001),
    "key-revoked": (403, 403, 301001),
    "key-expired": (403, 403, 301001),
    "account-suspended": (403, 403, 301001),
    "terms-not-accepted": (403, 403, 301001),
    "companion-missing": (403, 403, 301020),
    "companion-wrong": (403, 403, 301020),
    "page-not-bound": (403, 403, 301007),
    "page-unknown": (403, 403, 301012),
    "address-not-bound": (403, 403, 301013),
    "tier-too-low": (403, 403, 301012),
    "internal": (403, 403, 301012),
    "link-expired": (403, 403, 301001),
    "link-wrong": (403, 403, 301001),
    "too-fast": (429, 429, 429),
    "day-used-up": (429, 429, 429),
    "too-many-guesses": (429, 429, 429),
    "store-unavailable": (503, 503, 503),
}
"""Of each refusal: its HTTP status, and the status and code of today's interface (tianditu.md §1.3)."""


@dataclass(frozen=True, slots=True)
class Row:
    """A request, and what becomes of it."""

    says: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    client: str = "198.51.100.7"
    code: str | None = None
    """Of the refusal; None where the request is let in."""
    account: str | None = None
    """What it is counted on; `anonymous` for a subnet; None where nothing is counted."""
    method: str = "GET"

    def __str__(self) -> str:
        return self.says


OPEN, KEYED, PRO = (f"/tiles/{product}/0/0/0.mvt" for product in PRODUCTS)
ARCHIVE, BULK = "/tiles/survey.pmtiles", "/data/survey/survey.parquet"
PLAIN, NOBODY = KEYS["plain"], KEYS["nobody"]


def _tk(name: str) -> str:
    return f"tk={KEYS[name]}"


def link(path: str, name: str = "pro", expires: int = int(NOON) + 60) -> str:
    """Return the query of a signed link."""
    return signed(SECRET, path, digest(KEYS[name]), expires)


_DOCUMENTS = [
    Row(f"whatever is sent, {path} is open", path, "tk=wrong")
    for path in (
        "/catalog.json",
        "/collections/survey/collection.json",
        f"/releases/survey/{RELEASE}/manifest.json",
        f"/releases/survey/{RELEASE}/thumbnail.png",
        "/data/survey/quality.html",
        "/tiles/survey.json",
    )
]

_LET_IN = [
    Row("open tiles need no key", OPEN, account="anonymous"),
    Row("with a key they are counted on it", OPEN, _tk("plain"), account="aplain"),
    Row("an empty key is no key", OPEN, "tk=", account="anonymous"),
    Row("tk in the query", KEYED, _tk("plain"), account="aplain"),
    Row("TK in capitals", KEYED, f"a=b&TK={PLAIN}", account="aplain"),
    Row("tk with an escaped name", KEYED, f"%74K={PLAIN}", account="aplain"),
    Row("Authorization: Bearer", KEYED, headers={"authorization": f"Bearer {PLAIN}"}, account="aplain"),
    Row("a scheme is written in any case", KEYED, headers={"authorization": f"bearer  {PLAIN}"}, account="aplain"),
    Row("X-Api-Key", KEYED, headers={"x-api-key": PLAIN}, account="aplain"),
    Row("the same key twice", KEYED, f"tk={PLAIN}&TK={PLAIN}", headers={"x-api-key": PLAIN}, account="aplain"),
    Row(
        "a proxy's own Bearer does not matter beside tk",
        KEYED,
        _tk("plain"),
        headers={"authorization": "Bearer eyJhbGciOi.J9.x"},
        account="aplain",
    ),
    Row("tiles of professional products need any key", PRO, _tk("plain"), account="aplain"),
    Row("so do their archives", ARCHIVE, _tk("plain"), account="aplain"),
    Row("bulk data for professional users", BULK, _tk("pro"), account="apro"),
    Row("a signed link", BULK, link(BULK), account="apro"),
    Row(
        "a link whose key is bound to pages",
        "/data/roads/roads.parquet",
        link("/data/roads/roads.parquet", "page"),
        account="apage",
    ),
    Row("an image with a referrer", KEYED, _tk("page"), {"referer": "https://example.org/"}, account="apage"),
    Row("a CORS request", KEYED, _tk("page"), {"origin": "https://maps.example.net"}, account="apage"),
    Row(
        "Origin counts before Referer",
        KEYED,
        _tk("page"),
        {"origin": "https://example.org", "referer": "https://cdn.invalid/style.css"},
        account="apage",
    ),
    Row(
        "Origin: null leaves it to Referer",
        KEYED,
        _tk("page"),
        {"origin": "null", "referer": "https://example.org/a?b#c"},
        account="apage",
    ),
    Row("a port that is bound", KEYED, _tk("page"), {"origin": "http://localhost:5173"}, account="apage"),
    Row("any port of a host without one", KEYED, _tk("page"), {"origin": "http://example.org:81"}, account="apage"),
    Row("a server in its network", KEYED, _tk("server"), client="192.0.2.99", account="aserver"),
    Row("IPv6", KEYED, _tk("server"), client="2001:db8::1", account="aserver"),
    Row("IPv4 in IPv6", KEYED, _tk("server"), client="::ffff:192.0.2.1", account="aserver"),
    Row(
        "a server that calls itself a browser",
        KEYED,
        _tk("server"),
        {"user-agent": "Mozilla/5.0 QGIS/3.40", "referer": "https://example.com/"},
        client="192.0.2.99",
        account="aserver",
    ),
    Row("the second secret", KEYED, f"{_tk('second')}&SK={SK}", account="asecond"),
    Row("earlier terms, for a while", KEYED, _tk("old"), account="aold"),
]

_REFUSED = [
    Row("no key", KEYED, code="key-missing"),
    Row("no key for tiles of a professional product", PRO, code="key-missing"),
    Row("no key for bulk data", BULK, "x=1", code="key-missing"),
    Row("a short key", KEYED, "tk=0123456789abcdef", code="key-malformed"),
    Row("a placeholder", KEYED, "tk=YOUR_KEY", code="key-malformed"),
    Row("a wrong key on open data", OPEN, "tk=x", code="key-malformed"),
    Row("two different keys", KEYED, f"tk={PLAIN}&TK={NOBODY}", code="key-ambiguous"),
    Row("one key in the query, another in a header", KEYED, _tk("plain"), {"x-api-key": NOBODY}, code="key-ambiguous"),
    Row("a key nobody has", KEYED, _tk("nobody"), code="key-unknown"),
    Row("a key nobody has, on open data", OPEN, _tk("nobody"), code="key-unknown"),
    Row("a key in capitals", KEYED, f"tk={PLAIN.upper()}", code="key-unknown"),
    Row("a revoked key", KEYED, _tk("revoked"), code="key-revoked"),
    Row("a suspended account", KEYED, _tk("suspended"), code="account-suspended"),
    Row("an expired key", KEYED, _tk("expired"), code="key-expired"),
    Row("no terms at all", KEYED, _tk("never"), code="terms-not-accepted"),
    Row("no second secret", KEYED, _tk("second"), code="companion-missing"),
    Row("a wrong second secret", KEYED, f"{_tk('second')}&sk=x", code="companion-wrong"),
    Row("two second secrets", KEYED, f"{_tk('second')}&sk=x&sk={SK}", code="key-ambiguous"),
    Row("another site's page", KEYED, _tk("page"), {"referer": "https://example.com/"}, code="page-not-bound"),
    Row("a host that only ends alike", KEYED, _tk("page"), {"origin": "https://notexample.org"}, code="page-not-bound"),
    Row("what stands above a wildcard", KEYED, _tk("page"), {"origin": "https://example.net"}, code="page-not-bound"),
    Row(
        "a bound host as the user of another",
        KEYED,
        _tk("page"),
        {"referer": "https://example.org@example.com/"},
        code="page-not-bound",
    ),
    Row(
        "localhost at a port that is not bound",
        KEYED,
        _tk("page"),
        {"origin": "http://localhost:8000"},
        code="page-not-bound",
    ),
    Row("a page that does not say which", KEYED, _tk("page"), {"user-agent": "Mozilla/5.0"}, code="page-unknown"),
    Row("a server elsewhere", KEYED, _tk("server"), client="198.51.100.7", code="address-not-bound"),
    Row("bulk data for a personal key", BULK, _tk("plain"), code="tier-too-low"),
    Row("a tier that is no more", KEYED, _tk("lost"), code="tier-too-low"),
    Row("a link that expired", BULK, link(BULK, expires=int(NOON)), code="link-expired"),
    Row("a link to another file", BULK, link("/data/survey/other.parquet"), code="link-wrong"),
    Row("a link with another key", BULK, link(BULK).replace(digest(KEYS["pro"]), digest(PLAIN)), code="link-wrong"),
    Row("half a link", BULK, "signature=x", code="link-wrong"),
    Row("a link opens no tile", PRO, link(PRO), code="key-missing"),
    Row("a link of a revoked key", BULK, link(BULK, "revoked"), code="key-revoked"),
    Row("a link of a key nobody has", BULK, link(BULK, "nobody"), code="link-wrong"),
    Row("a link does not raise a tier", BULK, link(BULK, "plain"), code="tier-too-low"),
]

_OPEN_ITEMS, _KEYED_ITEMS, _PRO_ITEMS = (f"/ogc/collections/n{NODE}-{product}/items" for product in PRODUCTS)

_WEB = [
    *(
        Row(f"what describes the web API is open: {path}", path, "tk=wrong")
        for path in (
            "/ogc",
            "/ogc/conformance",
            f"/ogc/collections/n{NODE}-survey",
            f"/ogc/collections/n{NODE}-roads/x",
        )
    ),
    *(
        Row(f"so is what describes the STAC API, and a collection alone: {path}", path, "tk=wrong")
        for path in ("/stac", "/stac/conformance", "/stac/api", "/stac/queryables", f"/stac/collections/n{NODE}-roads")
    ),
    *(
        Row(f"a catalog is searched by anybody, who is counted: {path}", path, account="anonymous")
        for path in ("/stac/search", "/stac/collections", f"/{NODE}/stac/collections/n{NODE}-roads/items/x")
    ),
    Row("a catalog is searched with a key, which is counted", "/stac/search", _tk("plain"), account="aplain"),
    Row("a wrong key searches no catalog", "/stac/collections", "tk=x", code="key-malformed"),
    Row("that there are no routes is said to anybody", "/drive", "tk=wrong"),
    Row("a search needs a key", "/v2/search", "postStr=%7B%7D", code="key-missing"),
    Row("a search with a key", "/v2/search", f"postStr=%7B%7D&{_tk('plain')}", account="aplain"),
    Row("so does a place by its name", "/geocoder", code="key-missing"),
    Row("a place by its name", "/geocoder", _tk("plain"), account="aplain"),
    Row("a wrong key finds no division", "/v2/administrative", "tk=x", code="key-malformed"),
    Row("a division with a key in a header", "/v2/administrative", headers={"x-api-key": PLAIN}, account="aplain"),
    Row("a static map needs a key", f"/{NODE}/staticimage", "zoom=8", code="key-missing"),
    Row("a static map with any key", f"/{NODE}/staticimage", _tk("plain"), account="aplain"),
    Row("a link opens no search", "/v2/search", link("/v2/search"), code="key-missing"),
    Row("SQL without a key", "/sql", code="key-missing"),
    Row("SQL with a personal key", "/sql", _tk("plain"), code="tier-too-low"),
    Row("SQL with a professional key", "/sql", _tk("pro"), account="apro"),
    Row("SQL in the body, without a key", "/sql", code="key-missing", method="POST"),
    Row("SQL in the body, with a personal key", "/sql", _tk("plain"), code="tier-too-low", method="POST"),
    Row("SQL in the body, with a professional key", "/sql", _tk("pro"), account="apro", method="POST"),
    Row("features of an open product", _OPEN_ITEMS, account="anonymous"),
    Row("one feature of an open product", f"{_OPEN_ITEMS}/1", "f=json", account="anonymous"),
    Row("features of an open product with a key", _OPEN_ITEMS, _tk("plain"), account="aplain"),
    Row("features of a product that needs a key", _KEYED_ITEMS, code="key-missing"),
    Row("one feature of it", f"{_KEYED_ITEMS}/1", code="key-missing"),
    Row("features of it with a key", _KEYED_ITEMS, _tk("plain"), account="aplain"),
    Row("features of it with a key in a header", _KEYED_ITEMS, headers={"x-api-key": PLAIN}, account="aplain"),
    Row("features of a professional product", _PRO_ITEMS, code="key-missing"),
    Row("features of it with a personal key", _PRO_ITEMS, _tk("plain"), code="tier-too-low"),
    Row("one feature of it with a personal key", f"{_PRO_ITEMS}/1", _tk("plain"), code="tier-too-low"),
    Row("features of it with a professional key", _PRO_ITEMS, _tk("pro"), account="apro"),
]

TABLE = [*_DOCUMENTS, *_LET_IN, *_REFUSED, *_WEB]
"""At `NOON`, under `RULES`, with `RECORDS`, each account's quota untouched."""
