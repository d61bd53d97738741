"""modules/waf: the outer wall."""

from __future__ import annotations

from tianlake.functions.gateway.web_requests import SERVICES


def rules(tested, run):
    """Return the rules of the ACL of a run, by name."""
    (acl,) = tested.plans[run].of("aws_wafv2_web_acl").values()
    return {rule["name"]: rule for rule in acl["rule"]}


def test_addresses_that_flood_are_stopped_and_told_when_to_come_back(tested):
    for name in ("all", "calls"):
        rule = rules(tested, "waf")[name]
        (response,) = rule["action"][0]["block"][0]["custom_response"]
        assert response["response_code"] == 429
        assert response["response_header"] == [{"name": "retry-after", "value": "300"}]
        assert rule["statement"][0]["rate_based_statement"][0]["aggregate_key_type"] == "IP"


def test_every_service_counts_as_a_call(tested):
    scope = rules(tested, "waf")["calls"]["statement"][0]["rate_based_statement"][0]["scope_down_statement"][0]
    words = [each["byte_match_statement"][0]["search_string"] for each in scope["or_statement"][0]["statement"]]
    for service in (*SERVICES, "accounts/me", "cases", "usage", "stac/search"):
        if service not in {"drive", "transit"}:  # answered at once, by a constant
            assert any(word in f"/{service}" for word in words), service


def test_an_api_answers_the_cdn_alone(tested):
    assert "only-by-our-cdn" not in rules(tested, "waf")
    found = rules(tested, "waf_before_an_api")
    assert min(found.values(), key=lambda rule: rule["priority"])["name"] == "only-by-our-cdn"
    assert found["only-by-our-cdn"]["action"][0]["block"]
    (acl,) = tested.plans["waf_before_an_api"].of("aws_wafv2_web_acl_association").values()
    assert acl["resource_arn"].endswith("/stages/live")


def test_behind_a_cdn_addresses_are_those_that_it_tells_of(tested):
    rate = rules(tested, "waf_before_an_api")["all"]["statement"][0]["rate_based_statement"][0]
    assert rate["aggregate_key_type"] == "FORWARDED_IP"
    assert rate["forwarded_ip_config"][0]["header_name"] == "X-Forwarded-For"


def test_what_is_logged_of_the_refused_holds_no_key(tested):
    (logging,) = tested.plans["waf"].of("aws_wafv2_web_acl_logging_configuration").values()
    redacted = logging["redacted_fields"]
    assert any(each["query_string"] for each in redacted)
    headers = {part["name"] for each in redacted for part in each["single_header"] or []}
    assert {"authorization", "x-api-key", "tianlake-admitted", "tianlake-origin"} <= headers
