"""modules/gateway: the container starts what the command has, with the settings it is given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from terraform_kit import INFRA

from tianlake.cli.app import tianlake


@pytest.fixture(scope="module")
def container(tested):
    """Give the container of the whole node."""
    task = tested.plans["node"].resources["module.gateway.aws_ecs_task_definition.gateway"]
    (found,) = json.loads(task["container_definitions"])
    return found


def test_the_container_serves_behind_a_proxy_on_the_port_of_its_target(tested, container):
    words = container["entryPoint"][container["entryPoint"].index("serve") :]
    assert "--behind-proxy" in words
    port = words[words.index("--port") + 1]
    assert container["portMappings"][0]["containerPort"] == int(port)
    assert tested.plans["node"].resources["module.gateway.aws_lb_target_group.gateway"]["port"] == int(port)
    told = CliRunner().invoke(tianlake, ["serve", "--help"]).output
    assert all(word in told for word in words if word.startswith("--"))


def test_the_container_is_given_no_key_and_writes_nowhere_but_its_scratch(container):
    assert container["readonlyRootFilesystem"]
    (mount,) = container["mountPoints"]
    image = (INFRA / "examples/on-premises/containers/gateway.Containerfile").read_text()
    assert f"VOLUME {mount['containerPath']}\n" in image, "or the image's user could not write there"
    assert f"install -d -o tianlake -g tianlake {mount['containerPath']}\n" in image
    files = json.loads({each["name"]: each["value"] for each in container["environment"]}["TIANLAKE_FILES"])
    assert set(files) == {"tianlake.toml", "nodes/156130000/node.toml", "nodes/156131000/node.toml"}


def test_the_settings_are_a_workspace_that_the_command_takes(container, tmp_path):
    script = container["entryPoint"][2]
    assert script == (INFRA / "modules/gateway/start.py").read_text()
    fake = tmp_path / "bin/tianlake"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\nexec {sys.executable} -m tianlake.cli "$1" "$2" node list --json\n')
    fake.chmod(0o755)
    given = {each["name"]: each["value"] for each in container["environment"]}
    environment = {
        **os.environ,
        "PATH": f"{fake.parent}:{os.environ['PATH']}",
        "TIANLAKE_FILES": given["TIANLAKE_FILES"],
    }
    command = [sys.executable, "-c", script, str(tmp_path / "workspace"), "serve"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=Path("/"))
    assert done.returncode == 0, done.stderr
    assert {each["code"] for each in json.loads(done.stdout)} == {"156130000", "156131000"}


def test_nothing_but_the_cdn_reaches_the_load_balancer_and_nothing_but_that_the_gateway(tested):
    plan = tested.plans["gateway"]
    rules = plan.of("aws_vpc_security_group_ingress_rule")
    assert len(rules) == 2
    for address, each in rules.items():
        assert not each.get("cidr_ipv4")
        assert each.get("prefix_list_id") or "from_balancer" in address
    (rule,) = plan.of("aws_lb_listener_rule").values()
    assert rule["condition"][0]["http_header"][0]["http_header_name"] == "tianlake-origin"
