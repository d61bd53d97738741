"""modules/batch: what runs by the clock are commands that exist."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tianlake.cli.app import tianlake


def scheduled(tested):
    """Return the arguments of each schedule of a node."""
    return {
        name: json.loads(each["target"][0]["input"])["containerOverrides"][0]["command"]
        for name, each in tested.plans["node"].of("aws_scheduler_schedule").items()
    }


def test_every_command_exists_with_its_options(tested):
    commands = scheduled(tested)
    assert len(commands) >= 6
    for words in commands.values():
        options = [word for word in words if word.startswith("--")]
        told = CliRunner().invoke(tianlake, [*(word for word in words if word not in options), "--help"])
        assert told.exit_code == 0, words
        assert all(option in told.output for option in options), words


def test_the_clock_is_chinas(tested):
    for each in tested.plans["node"].of("aws_scheduler_schedule").values():
        assert each["schedule_expression_timezone"] == "Asia/Shanghai"


def test_a_run_works_in_the_workspace_that_stays(tested):
    task = tested.plans["node"].resources["module.batch[0].aws_ecs_task_definition.run"]
    (container,) = json.loads(task["container_definitions"])
    assert container["entryPoint"] == ["tianlake", "-C", "/workspace"]
    assert {each["containerPath"]: each["readOnly"] for each in container["mountPoints"]}["/workspace"] is False


def test_a_run_that_fails_is_told(tested):
    rule = tested.plans["batch"].resources["aws_cloudwatch_event_rule.failed"]
    assert json.loads(rule["event_pattern"])["detail"]["containers"] == {"exitCode": [{"anything-but": 0}]}
    assert tested.plans["batch"].resources["aws_cloudwatch_event_target.failed"]["arn"].endswith(":t")


@pytest.mark.parametrize("name", ["clock", "start", "run"])
def test_each_role_is_of_its_own_service(tested, name):
    assert f"aws_iam_role.{name}" in tested.plans["batch"].resources
