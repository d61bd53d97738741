"""Whether a site answers as a node should: requests over HTTP, as anybody may send them."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from tianlake.lake.errors import StoreError
from tianlake.lake.words import Text

ORIGIN: Final = "https://tianlake.example"
"""Any other site: what is open is open to pages of others (CORS)."""

_RANGE: Final = "bytes=0-126"
"""The header of a PMTiles archive, version 3."""

_LARGEST: Final = 16_000_000
_SILENCE_S: Final = 20.0
_REFUSED: Final = frozenset({401, 403, 404})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    """By names in lower case."""
    body: bytes


Ask = Callable[[str, Mapping[str, str]], Answer]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `sound` is None where there is nothing to look at."""

    name: str
    what: Text
    sound: bool | None
    seen: str


def ask(url: str, headers: Mapping[str, str]) -> Answer:
    """Send a GET request; whatever the status, it is an answer.

    Raises:
        StoreError: Nobody answers.
    """
    request = urllib.request.Request(url, headers={"User-Agent": "tianlake-deploy", **headers})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_SILENCE_S) as answer:  # noqa: S310 - http(s), checked by `smoke`
            return Answer(answer.status, _lower(answer.headers.items()), answer.read(_LARGEST))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _lower(error.headers.items()), error.read(_LARGEST))
    except (OSError, HTTPException, ValueError) as error:
        raise StoreError(f"{url}: does not answer: {' '.join(str(error).split())}") from None


def smoke(site: str, code: str, ask: Ask = ask) -> Iterator[Check]:
    """Yield what was looked at, one after the other.

    Args:
        site: Base URL of the site.
        code: The node at its root.
        ask: How a URL is asked.

    Raises:
        StoreError: The site does not answer, or has no address to ask.
    """
    if urlsplit(site).scheme not in {"http", "https"}:
        raise StoreError(f"site_url: must be http(s)://…; got {site!r}")
    base = f"{site.rstrip('/')}/"
    first = ask(urljoin(base, "catalog.json"), {"Origin": ORIGIN})
    catalog = _document(first)
    named = str(catalog.get("id", ""))
    sound = first.status == 200 and catalog.get("type") == "Catalog" and code in named  # noqa: PLR2004
    yield Check("catalog", Text("目录", "the catalog"), sound, f"{first.status}, id {named or '-'}")
    allowed = first.headers.get("access-control-allow-origin", "-")
    yield Check("cors", Text("跨域访问", "pages of other sites may read it"), allowed in {"*", ORIGIN}, allowed)
    page = ask(base, {"Accept": "text/html"})
    kind = page.headers.get("content-type", "-")
    yield Check("portal", Text("门户", "the portal"), page.status == 200 and "html" in kind, f"{page.status}, {kind}")  # noqa: PLR2004
    yield _range_check(base, catalog, ask)
    closed = ask(urljoin(base, "private/audit/"), {})
    refused = closed.status in _REFUSED
    yield Check("private", Text("private/ 不公开", "private/ is closed"), refused, str(closed.status))
    health = ask(urljoin(base, "healthz"), {})
    well = None if health.status in _REFUSED else health.status == 200  # noqa: PLR2004
    yield Check("healthz", Text("健康检查", "/healthz, where there is one"), well, str(health.status))


def wait_for(site: str, ask: Ask = ask, seconds: float = 300.0, pause: float = 5.0) -> None:
    """Wait until a site answers at all: names and distributions take minutes to be known everywhere.

    Raises:
        StoreError: It does not within this time.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            answer = ask(f"{site.rstrip('/')}/catalog.json", {})
        except StoreError:
            if time.monotonic() >= until:
                raise
        else:
            if answer.status < 500 or time.monotonic() >= until:  # noqa: PLR2004
                return
        time.sleep(pause)


def _range_check(base: str, catalog: Mapping[str, Any], ask: Ask) -> Check:
    """Read the beginning of the first file that anybody may read: that is how maps are read."""
    what = Text("按字节范围读取", "a range of a file")
    for link in catalog.get("links", ()):
        if link.get("rel") != "child":
            continue
        address = urljoin(urljoin(base, "catalog.json"), str(link.get("href", "")))
        if not address.startswith(base):
            continue
        collection = _document(ask(address, {}))
        if collection.get("tianlake:access", "open") != "open":
            continue
        for asset in collection.get("assets", {}).values():
            file = urljoin(address, str(asset.get("href", "")))
            if "data" in asset.get("roles", ()) and file.startswith(base):
                got = ask(file, {"Range": _RANGE})
                sound = got.status == 206 and len(got.body) == 127  # noqa: PLR2004
                return Check("range", what, sound, f"{got.status}, {len(got.body)} B, {file.removeprefix(base)}")
    return Check("range", what, None, "nothing is published yet")


def _document(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _lower(headers: list[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}
