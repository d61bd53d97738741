"""modules/api: the functions are called as they were written."""

from __future__ import annotations

import json
import re

import pytest
from chalice_kit import load_app
from kit import REPO
from terraform_kit import INFRA

from tianlake.functions.gateway.places import AccountCall, CaseCall, locate
from tianlake.functions.gateway.web_requests import WebCall

ROUTES = json.loads((INFRA / "modules/api/routes.json").read_text())


@pytest.mark.parametrize("name", ["api", "web"])
def test_the_routes_are_those_of_chalice(name):
    assert ROUTES[name] == sorted(load_app(REPO / "functions" / name).app.routes)


def test_the_stac_function_has_all_below_its_path():
    assert ROUTES["stac"] == ["/stac", "/stac/{path+}", "/{node}/stac", "/{node}/stac/{path+}"]


@pytest.mark.parametrize(("name", "route"), [(name, route) for name, routes in ROUTES.items() for route in routes])
def test_every_route_is_a_call_that_the_edge_hands_on(name, route):
    path = re.sub(r"\{[^}]+\}", lambda part: "156131000" if part[0] == "{node}" else "search", route)
    target = locate(path.encode(), {"156131000"}).target
    assert isinstance(target, AccountCall | CaseCall if name == "api" else WebCall)


def test_the_api_leads_each_route_to_its_function_and_takes_every_method(tested):
    plan = tested.plans["api"]
    api = plan.resources["aws_api_gateway_rest_api.functions"]
    body = json.loads(api["body"])
    assert set(body["paths"]) == {route for routes in ROUTES.values() for route in routes}
    assert body["x-amazon-apigateway-binary-media-types"] == ["*/*"]
    for path, methods in body["paths"].items():
        assert set(methods) == {"x-amazon-apigateway-any-method"}
        method = methods["x-amazon-apigateway-any-method"]
        assert {each["name"] for each in method["parameters"]} == set(re.findall(r"\{(\w+)\+?\}", path))
        assert method["x-amazon-apigateway-integration"]["type"] == "aws_proxy"


def test_the_functions_are_what_the_packages_say(tested):
    packages = json.loads((INFRA / "tests/packages/packages.json").read_text())
    functions = tested.plans["api"].of("aws_lambda_function")
    for name in ("api", "web", "stac"):
        function = functions[f'aws_lambda_function.function["{name}"]']
        assert function["handler"] == packages[name]["handler"]
        assert function["source_code_hash"] == packages[name]["sha256"]
        assert function["filename"].endswith(packages[name]["file"])
        assert len(function["layers"] or []) == len(packages[name]["layers"])


def test_no_log_of_the_api_holds_a_query_or_a_header_field(tested):
    (stage,) = tested.plans["api"].of("aws_api_gateway_stage").values()
    said = stage["access_log_settings"][0]["format"]
    assert not re.search(r"\$context\.(path\b|identity|requestOverride)|header|query", said, re.IGNORECASE)
    (settings,) = tested.plans["api"].of("aws_api_gateway_method_settings").values()
    assert settings["settings"][0]["data_trace_enabled"] is False


def test_every_setting_is_one_that_a_function_reads(tested):
    read = "".join((REPO / "functions" / name / "app.py").read_text() for name in ("api", "web", "stac"))
    function = tested.plans["node"].resources['module.api[0].aws_lambda_function.function["web"]']
    for name in function["environment"][0]["variables"]:
        assert re.search(rf"^{name} ", read, re.MULTILINE), name
    needed = set(re.findall(r'os\.environ\["(\w+)"\]', read))
    assert needed <= set(function["environment"][0]["variables"])
