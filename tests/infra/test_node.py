"""modules/node and the examples: a node as a whole."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
from terraform_kit import INFRA

READ = {
    "node_code",
    "region",
    "lake_url",
    "site_url",
    "distribution_id",
    "accounts",
    "audit_bucket",
    "replica_bucket",
    "functions",
    "dashboard_url",
    "api_url",
}
"""Outputs that the command reads."""

UNTAGGED = re.compile(
    r"data\.|terraform_data|aws_(s3_bucket_|iam_role_policy|kms_alias|route\b|route_table_association|appautoscaling_policy|cloudfront_(cache|origin|response)"
    r"|lambda_(permission|layer)|api_gateway_(deployment|method)|wafv2_web_acl_(association|logging)|sns_topic_(policy|subscription)"
    r"|cloudwatch_(dashboard|event_target)|efs_(backup|mount)|scheduler_schedule)"
)
"""Resources that have no tags in AWS."""


@pytest.mark.parametrize("example", ["province", "city-hosted", "national", "on-premises"])
def test_every_example_hands_on_what_the_command_reads(tested, example):
    outputs = tested.plans[f"example_{example.replace('-', '_')}"].outputs
    named = set(re.findall(r'^output "(\w+)"', (INFRA / "examples" / example / "outputs.tf").read_text(), re.MULTILINE))
    assert named >= READ
    assert set(outputs) >= {"node_code", "lake_url", "accounts", "region"}
    assert re.fullmatch(r"s3://tianlake-156\d{6}/\{code\}", outputs["lake_url"])


def test_every_resource_that_can_be_tagged_tells_whose_cost_it_is(tested):
    untagged = [
        address
        for address, each in tested.plans["node"].resources.items()
        if not UNTAGGED.match(re.sub(r"module\.\w+(\[\d+\])?\.", "", address))
        and (each.get("tags") or {}).get("tianlake:node") != "156130000"
    ]
    assert untagged == []


def test_in_china_nothing_is_made_that_is_not_there(tested):
    plan = tested.plans["node_in_china"]
    for kind in (
        "aws_route53_health_check",
        "aws_cloudwatch_log_delivery",
        "aws_cloudfront_origin_access_control",
        "aws_cloudfront_cache_policy",
        "aws_lambda_function",
    ):
        assert not plan.of(kind), kind
    acls = plan.of("aws_wafv2_web_acl")
    assert {each["scope"] for each in acls.values()} == {"REGIONAL"}
    assert plan.of("aws_wafv2_web_acl_association"), "the wall stands before the load balancer"


def test_outside_of_china_walls_stand_before_the_cdn_and_before_the_api(tested):
    acls = tested.plans["node"].of("aws_wafv2_web_acl")
    assert {each["scope"] for each in acls.values()} == {"CLOUDFRONT", "REGIONAL"}


def test_the_gateways_settings_are_those_of_the_stack(tested):
    plan = tested.plans["node"]
    task = plan.resources["module.gateway.aws_ecs_task_definition.gateway"]
    (container,) = json.loads(task["container_definitions"])
    given = {each["name"]: each["value"] for each in container["environment"]}
    settings = tomllib.loads(json.loads(given["TIANLAKE_FILES"])["tianlake.toml"])
    assert settings == {
        "lake": {"url": plan.outputs["lake_url"]},
        "aws": {"region": "ap-southeast-1"},
        "accounts": {
            "url": plan.outputs["accounts"],
            "strict": False,
            "issuer": "https://map.example.cn",
            "issuer_key": f"ed25519:{'A' * 43}=",
        },
    }
