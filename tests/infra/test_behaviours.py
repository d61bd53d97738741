"""infra/modules/cdn/behaviours.json sends every class of paths where the code at the edge expects it to go."""

from __future__ import annotations

import json
import re
from fnmatch import translate
from typing import Any

import pytest
from kit import REPO

from tianlake.functions import cors
from tianlake.functions.admission.credentials import COMPANION, KEY
from tianlake.functions.admission.headers import ADMITTED
from tianlake.functions.api.web import web_routes
from tianlake.functions.edge.events import unforged
from tianlake.functions.gateway.passes import WANTED
from tianlake.functions.gateway.places import (
    AccountCall,
    CaseCall,
    CurrentArchive,
    CurrentAsset,
    Stored,
    locate,
)
from tianlake.functions.gateway.representations import IMMUTABLE, NODES_FOLDER, REPORT_POLICY, REVALIDATE, cache_of
from tianlake.functions.gateway.web_requests import WebCall

BEHAVIOURS: dict[str, Any] = json.loads((REPO / "infra/modules/cdn/behaviours.json").read_text())
CITY = "156131000"
RELEASE = "20261123T010203Z-0123abcd"

STORED = (
    "/",
    "/favicon.ico",
    "/catalog.json",
    "/index/items.parquet",
    "/collections/roads/collection.json",
    "/portal/index.html",
    "/portal/sw.mjs",
    "/federation/offer.txt",
    "/tms/WebMercatorQuad.json",
    "/data/roads/roads.parquet",
    "/tiles/roads.pmtiles",
    "/tiles/roads/c.pmtiles",
    f"/releases/roads/{RELEASE}/roads.parquet",
    f"/releases/roads/{RELEASE}/roads.pmtiles",
    f"/releases/roads/{RELEASE}/approval.json",
    f"/releases/roads/{RELEASE}/withdrawn.json",
    f"/releases/roads/{RELEASE}/quality/report.html",
)
MADE = (
    "/tiles/roads.json",
    "/tiles/roads/style.json",
    "/tiles/roads/over-basemap.json",
    "/tiles/roads/1/1/0.mvt",
    f"/tiles/roads/{RELEASE}/1/1/0.mvt",
    "/vec_w/wmts",
    "/vec_c/wmts/1.0.0/WMTSCapabilities.xml",
    "/DataServer",
    "/healthz",
    "/readyz",
)
CALLS = {
    "api": ("/accounts", "/accounts/me/keys", "/usage", "/cases", "/cases/20261127-abcdefghijklmnopqrst"),
    "web": (
        "/geocoder",
        "/v2/search",
        "/v2/administrative",
        "/staticimage",
        "/sql",
        "/ogc",
        "/ogc/collections",
        "/drive",
        "/transit",
    ),
    "stac": ("/stac", "/stac/search", "/stac/collections/n156130000-roads/items"),
}


def matches(pattern: str, path: str) -> bool:
    """Say whether CloudFront takes a pattern for a path: `*` is any text, `?` one character, letters in their case."""
    return re.fullmatch(translate(pattern.replace("[", "[[]")), path) is not None


def behaviour_of(path: str, profile: str = "with_edge") -> dict[str, Any]:
    """Return the first behaviour whose path matches, at the root or below a node's code, or the default."""
    chosen = BEHAVIOURS[profile]
    for each in chosen["behaviours"]:
        for pattern in each["paths"]:
            if matches(pattern, path) or (pattern.startswith("/") and matches(BEHAVIOURS["below"] + pattern, path)):
                found: dict[str, Any] = each
                return found
    default: dict[str, Any] = chosen["default"]
    return default


def both(paths: tuple[str, ...]) -> list[str]:
    """Return paths of the node at the root, and of a node below its code."""
    return [prefix + path for prefix in ("", f"/{CITY}") for path in paths]


@pytest.mark.parametrize("path", both(STORED))
def test_what_the_bucket_has_comes_from_the_bucket(path):
    place = locate(path.encode(), {CITY})
    assert isinstance(place.target, Stored | CurrentAsset | CurrentArchive)
    assert behaviour_of(path)["origin"] == "bucket"


@pytest.mark.parametrize("path", both(STORED))
def test_browsers_are_told_of_a_stored_object_what_the_gateway_tells_them(path):
    place = locate(path.encode(), {CITY})
    wanted = cache_of(place.target.key) if isinstance(place.target, Stored) else REVALIDATE
    policy = BEHAVIOURS["response_headers_policies"][behaviour_of(path)["response_headers_policy"]]
    told = policy["headers"]["cache-control"]
    assert told.partition(", ")[2] == wanted.partition(", ")[2]
    open_to_all = isinstance(place.target, Stored) and (wanted != IMMUTABLE)
    assert told.startswith("public" if open_to_all else "private")


@pytest.mark.parametrize("path", both(MADE))
def test_what_is_made_comes_from_a_gateway_which_hears_of_admission(path):
    place = locate(path.encode(), {CITY}, b"T=vec_w&x=0&y=0&l=1&tilematrix=1&tilerow=0&tilecol=0")
    assert not isinstance(place.target, Stored | CurrentAsset | CurrentArchive | AccountCall | CaseCall | WebCall)
    chosen = behaviour_of(path)
    assert chosen["origin"] == "gateway"
    sent = BEHAVIOURS["origin_request_policies"][chosen["origin_request_policy"]]["headers"]
    assert sent["behavior"] == "allViewer" or {"host", ADMITTED} <= set(sent["names"])


@pytest.mark.parametrize(("origin", "path"), [(name, path) for name, paths in CALLS.items() for path in both(paths)])
def test_calls_go_to_their_function_with_every_method_and_are_never_kept(origin, path):
    assert isinstance(locate(path.encode(), {CITY}).target, AccountCall | CaseCall | WebCall)
    chosen = behaviour_of(path)
    assert (chosen["origin"], chosen["cache_policy"], chosen["methods"]) == (origin, "never", "all")


def test_every_route_of_the_web_functions_is_reached():
    routes = [re.sub(r"\{[^}]+\}", CITY, route) for route in web_routes()]
    assert {behaviour_of(route)["origin"] for route in routes} == {"web"}


def test_no_cache_key_tells_clients_apart_by_their_keys():
    for name, policy in BEHAVIOURS["cache_policies"].items():
        assert set(policy["headers"]) <= {"host"}, name
        query = policy["query"]
        spellings = {
            a + b for word in (KEY, COMPANION) for a in (word[0], word[0].upper()) for b in (word[1], word[1].upper())
        }
        assert query["behavior"] == "none" or (query["behavior"], set(query["names"])) == ("allExcept", spellings), name


def test_what_is_private_is_kept_by_no_policy_against_the_gateways_word():
    assert {policy["min_ttl_s"] for policy in BEHAVIOURS["cache_policies"].values()} == {0}


def test_pages_of_other_sites_may_read_what_they_may_read_of_the_gateway():
    told = BEHAVIOURS["cors"]
    assert ", ".join(told["expose_headers"]) == cors.ALWAYS["access-control-expose-headers"]
    assert ", ".join(told["allow_origins"]) == cors.ALWAYS["access-control-allow-origin"]
    assert ", ".join(told["allow_methods"]) == cors.METHODS
    assert ", ".join(told["allow_headers"]) == cors.PREFLIGHT["access-control-allow-headers"]
    assert str(told["max_age_s"]) == cors.PREFLIGHT["access-control-max-age"]
    for policy in BEHAVIOURS["response_headers_policies"].values():
        assert policy["headers"]["timing-allow-origin"] == cors.ALWAYS["timing-allow-origin"]
        assert not policy["override"], "refusals of the edge and of origins keep what they say themselves"


def test_reports_in_releases_run_no_script():
    for path in ("/data/roads/report.html", f"/releases/roads/{RELEASE}/quality/report.html"):
        policy = BEHAVIOURS["response_headers_policies"][behaviour_of(path)["response_headers_policy"]]
        assert policy["content_security_policy"] == REPORT_POLICY


@pytest.mark.parametrize("path", both(("/portal/sw.mjs",)))
def test_the_portals_worker_may_speak_for_the_folder_above_as_the_gateway_says(path):
    policy = BEHAVIOURS["response_headers_policies"][behaviour_of(path)["response_headers_policy"]]
    assert policy["headers"]["service-worker-allowed"] == NODES_FOLDER
    others = [name for name, each in BEHAVIOURS["response_headers_policies"].items() if each is not policy]
    assert not [
        name for name in others if "service-worker-allowed" in BEHAVIOURS["response_headers_policies"][name]["headers"]
    ]


def test_without_an_edge_function_the_gateway_answers_all_of_it():
    for path in both((*STORED, *MADE, *(path for paths in CALLS.values() for path in paths))):
        chosen = behaviour_of(path, "without_edge")
        assert chosen["origin"] == "gateway"
        assert chosen["response_headers_policy"] is None
    for paths in CALLS.values():
        for path in both(paths):
            chosen = behaviour_of(path, "without_edge")
            assert (chosen["cache_policy"], chosen["methods"]) == ("never", "all")


def test_without_an_edge_function_the_cdn_drops_what_only_a_proxy_may_say():
    policy = BEHAVIOURS["origin_request_policies"][behaviour_of("/", "without_edge")["origin_request_policy"]]
    sent = {key: [{"value": "forged"}] for key in ("x-forwarded-host", "x-forwarded-proto", ADMITTED, "accept")}
    left = unforged({"headers": sent})["headers"]
    assert set(sent) - set(left) == set(policy["headers"]["names"])


def test_without_policies_the_gateway_hears_all_that_admission_looks_at_and_knows_its_address():
    heard = set(BEHAVIOURS["without_policies"]["headers"])
    assert heard == {*WANTED.values(), "accept", "host"} - {ADMITTED}, "nobody is admitted before the gateway there"
    assert len(heard) <= 10, "CloudFront takes no more"


def test_every_name_is_one_that_is_described():
    for profile in ("with_edge", "without_edge"):
        for each in (*BEHAVIOURS[profile]["behaviours"], BEHAVIOURS[profile]["default"]):
            assert each["cache_policy"] in BEHAVIOURS["cache_policies"]
            assert each["methods"] in BEHAVIOURS["methods"]
            assert each["origin_request_policy"] in {None, *BEHAVIOURS["origin_request_policies"]}
            assert each["response_headers_policy"] in {None, *BEHAVIOURS["response_headers_policies"]}
