"""modules/watch: somebody is told."""

from __future__ import annotations

import json


def test_every_alarm_tells_somebody_when_it_begins_and_when_it_ends(tested):
    alarms = tested.plans["watch"].of("aws_cloudwatch_metric_alarm")
    assert len(alarms) == 3 * 2 + 6, "functions, API, table, gateway, site, canary"
    assert len({each["alarm_name"] for each in alarms.values()}) == len(alarms), "one of the same name would replace it"
    for each in alarms.values():
        assert each["alarm_actions"] == each["ok_actions"] != []


def test_a_gateway_that_tells_nothing_is_down_and_a_site_that_nobody_asks_is_not(tested):
    plan = tested.plans["watch"]
    assert plan.resources['aws_cloudwatch_metric_alarm.here["gateway-down"]']["treat_missing_data"] == "breaching"
    assert plan.resources['aws_cloudwatch_metric_alarm.edge["site-errors"]']["treat_missing_data"] == "notBreaching"


def test_the_canary_asks_for_what_a_visitor_would_and_looks_at_the_answer(tested):
    checks = tested.plans["node"].of("aws_route53_health_check").values()
    assert {each["resource_path"]: each["search_string"] for each in checks} == {
        "/catalog.json": "stac_version",
        "/node.json": "156130000",
    }
    assert {(each["type"], each["fqdn"]) for each in checks} == {("HTTPS_STR_MATCH", "map.example.org")}


def test_the_budget_counts_what_is_tagged_with_the_node(tested):
    plan = tested.plans["node"]
    (budget,) = plan.of("aws_budgets_budget").values()
    assert budget["cost_filter"][0]["values"] == ["user:tianlake:node$156130000"]
    assert {each["notification_type"] for each in budget["notification"]} == {"ACTUAL", "FORECASTED"}


def test_the_dashboard_shows_every_part(tested):
    (dashboard,) = tested.plans["node"].of("aws_cloudwatch_dashboard").values()
    shown = {
        metric[0]
        for each in json.loads(dashboard["dashboard_body"])["widgets"]
        for metric in each["properties"]["metrics"]
    }
    assert shown == {"AWS/CloudFront", "AWS/ApplicationELB", "AWS/ECS", "AWS/DynamoDB", "AWS/Lambda"}
