"""modules/cdn: CloudFront does what behaviours.json says."""

from __future__ import annotations

import json

import pytest
from terraform_kit import INFRA

SAID = json.loads((INFRA / "modules/cdn/behaviours.json").read_text())
MOST = 75
"""Behaviours of a distribution ("Quotas", CloudFront developer guide)."""
API = {"api", "web", "stac"}


def distribution(tested, run):
    """Return the planned distribution of a run."""
    return tested.plans[run].resources["aws_cloudfront_distribution.site"]


def test_the_behaviours_are_those_that_are_said_in_their_order(tested):
    made = distribution(tested, "cdn")["ordered_cache_behavior"]
    wanted = []
    for each in SAID["with_edge"]["behaviours"]:
        for path in each["paths"]:
            wanted.append((path, "api" if each["origin"] in API else each["origin"]))
            if path.startswith("/"):
                below = "gateway" if each["origin"] == "api" else "api" if each["origin"] in API else each["origin"]
                wanted.append((SAID["below"] + path, below))
    assert [(each["path_pattern"], each["target_origin_id"]) for each in made] == wanted
    assert len(made) < MOST


@pytest.mark.parametrize("run", ["cdn", "cdn_without_edge"])
def test_only_what_is_counted_in_its_origin_takes_more_than_questions(tested, run):
    made = distribution(tested, run)
    for each in (*made["ordered_cache_behavior"], *made["default_cache_behavior"]):
        assert each["viewer_protocol_policy"] == "redirect-to-https"
        assert set(each["allowed_methods"]) in ({"GET", "HEAD", "OPTIONS"}, set(SAID["methods"]["all"]))


def test_an_api_is_asked_by_its_own_name_and_a_gateway_by_the_clients(tested):
    policies = SAID["origin_request_policies"]
    for each in distribution(tested, "cdn")["ordered_cache_behavior"]:
        if each["target_origin_id"] == "api":
            assert each["origin_request_policy_id"] == policies["all-viewer-but-host"]["id"]
        elif each["target_origin_id"] == "bucket":
            assert not each.get("origin_request_policy_id")
        else:
            assert each.get("origin_request_policy_id") != policies["all-viewer-but-host"]["id"]


def test_every_request_passes_the_function_at_the_edge(tested):
    made = distribution(tested, "cdn")
    for each in (*made["ordered_cache_behavior"], *made["default_cache_behavior"]):
        (function,) = each["lambda_function_association"]
        assert (function["event_type"], function["include_body"]) == ("viewer-request", False)
        assert function["lambda_arn"].endswith(":1"), "a version, not a name that may move"


def test_without_an_edge_the_bucket_is_no_origin(tested):
    made = distribution(tested, "cdn_without_edge")
    assert [each["origin_id"] for each in made["origin"]] == ["gateway"]
    assert {each["target_origin_id"] for each in made["ordered_cache_behavior"]} == {"gateway"}


def test_in_china_behaviours_have_lifetimes_and_fields_of_their_own_instead_of_policies(tested):
    plan = tested.plans["cdn_in_china"]
    assert not [
        kind for kind in ("cache", "origin_request", "response_headers") if plan.of(f"aws_cloudfront_{kind}_policy")
    ]
    made = distribution(tested, "cdn_in_china")
    profile = SAID["without_edge"]
    paths = [(path, each) for each in profile["behaviours"] for path in each["paths"]]
    assert [each["path_pattern"] for each in made["ordered_cache_behavior"]] == [path for path, _said in paths]
    chosen = [*made["ordered_cache_behavior"], *made["default_cache_behavior"]]
    for each, said in zip(chosen, [*(said for _path, said in paths), profile["default"]], strict=True):
        assert not any(each.get(f"{kind}_policy_id") for kind in ("cache", "origin_request", "response_headers"))
        policy = SAID["cache_policies"][said["cache_policy"]]
        assert [each[f"{name}_ttl"] for name in ("min", "default", "max")] == [
            policy[f"{name}_ttl_s"] for name in ("min", "default", "max")
        ]
        (forwarded,) = each["forwarded_values"]
        assert forwarded["query_string"]
        assert sorted(forwarded["headers"]) == SAID["without_policies"]["headers"]
        assert [every["forward"] for every in forwarded["cookies"]] == ["none"]


def test_in_china_nobody_makes_up_the_gateways_address(tested):
    (origin,) = distribution(tested, "cdn_in_china")["origin"]
    assert {each["name"]: each["value"] for each in origin["custom_header"]} == {
        "tianlake-origin": "secret",
        "x-forwarded-host": "map.example.org",
    }


@pytest.mark.parametrize("run", ["cdn", "cdn_without_edge"])
def test_errors_are_never_kept(tested, run):
    kept = {
        each["error_code"]: each["error_caching_min_ttl"] for each in distribution(tested, run)["custom_error_response"]
    }
    assert kept == dict.fromkeys(SAID["error_codes"], 0)


def test_cache_policies_are_made_as_they_are_said(tested):
    made = tested.plans["cdn"].of("aws_cloudfront_cache_policy")
    for address, each in made.items():
        said = SAID["cache_policies"][address.split('"')[1]]
        assert (each["min_ttl"], each["default_ttl"], each["max_ttl"]) == (
            said["min_ttl_s"],
            said["default_ttl_s"],
            said["max_ttl_s"],
        )
        (key,) = each["parameters_in_cache_key_and_forwarded_to_origin"]
        (query,) = key["query_strings_config"]
        assert query["query_string_behavior"] == said["query"]["behavior"]
        assert sorted(name for part in query["query_strings"] for name in part["items"]) == sorted(
            said["query"]["names"]
        )
        (headers,) = key["headers_config"]
        assert [name for part in headers["headers"] for name in part["items"]] == said["headers"]
        assert key["cookies_config"] == [{"cookie_behavior": "none", "cookies": []}]


def test_response_headers_policies_leave_refusals_what_they_say(tested):
    made = tested.plans["cdn"].of("aws_cloudfront_response_headers_policy")
    assert {address.split('"')[1] for address in made} == set(SAID["response_headers_policies"])
    for each in made.values():
        assert all(not item["override"] for item in each["custom_headers_config"][0]["items"])
        assert not each["cors_config"][0]["origin_override"]


def test_access_logs_hold_no_query_no_referrer_and_no_cookie(tested):
    (delivery,) = tested.plans["cdn"].of("aws_cloudwatch_log_delivery").values()
    fields = set(delivery["record_fields"])
    assert not fields & {"cs-uri-query", "cs(Referer)", "cs(Cookie)", "x-forwarded-for"}
    assert {"date", "time", "cs-uri-stem", "sc-status", "c-ip"} <= fields


def test_the_function_has_what_lambda_at_the_edge_takes(tested):
    (function,) = tested.plans["cdn"].of("aws_lambda_function").values()
    assert function["timeout"] <= 5
    assert not function["environment"]
    assert not function["layers"]
    assert function["publish"]
