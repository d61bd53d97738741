"""The mocked tests of infra/tests pass, format included, and no rule of the modules' text is broken."""

from __future__ import annotations

import re
import subprocess

import pytest
from terraform_kit import INFRA, terraform

from tianlake.cli.stack.planning import KEPT

FILES = sorted(path for path in INFRA.rglob("*.tf") if ".terraform" not in path.parts)
RUNS = [
    name
    for path in sorted(INFRA.glob("tests/*.tftest.hcl"))
    for name in re.findall(r'^run "(\w+)"', path.read_text(), re.MULTILINE)
]
MODULES = sorted(path.name for path in (INFRA / "modules").iterdir())

REGIONAL = {"codedeploy", "elasticmapreduce", "logs", "states"}
"""Services whose name as a principal is another one in China, or in each region (AWS CDK, `region-info`)."""

WITHOUT_RESOURCE = {"ecr:GetAuthorizationToken"}
"""Actions that know no resource (service authorization reference, Amazon ECR)."""


@pytest.mark.parametrize("run", RUNS)
def test_each_run_passes(tested, run):
    mine = [each for each in tested.told if each.startswith(f"{run}:")]
    assert tested.statuses.get(run) == "pass", mine


def test_nothing_else_is_told(tested):
    assert tested.told == []


@pytest.mark.parametrize("module", MODULES)
def test_each_module_is_planned_and_refuses_what_is_wrong(module):
    text = (INFRA / f"tests/{module}.tftest.hcl").read_text()
    runs = re.findall(
        r'^run "(\w+)" \{\s+command = plan\s+module \{\s+source = "\./modules/([a-z]+)"', text, re.MULTILINE
    )
    mine = {name for name, _of in runs}
    assert {of for _name, of in runs} == {module}, "one test file per module"
    assert module in mine
    assert any("refuses" in name for name in mine)


def test_the_text_is_formatted():
    done = subprocess.run(
        [terraform(), "fmt", "-check", "-recursive", "-no-color", str(INFRA)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(INFRA)))
def test_every_action_is_named_and_every_resource_but_where_there_is_none(path):
    text = path.read_text()
    for actions in re.findall(r"actions\s*=\s*\[(.*?)\]", text, re.DOTALL):
        for action in re.findall(r'"([^"$]+)"', actions):
            assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action), action
    for statement in re.findall(r"statement \{(.*?)\n  \}", text, re.DOTALL):
        if re.search(r'resources\s*=\s*\["\*"\]', statement):
            actions = set(re.findall(r'"([a-z]+:\w+)"', statement.partition("resources")[0]))
            assert actions <= WITHOUT_RESOURCE or {each.partition(":")[0] for each in actions} == {"kms"}, actions


@pytest.mark.parametrize(
    "path",
    [each for each in FILES if each.name in {"variables.tf", "outputs.tf"}],
    ids=lambda path: str(path.relative_to(INFRA)),
)
def test_every_input_and_output_is_described(path):
    blocks = re.findall(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', path.read_text(), re.DOTALL | re.MULTILINE)
    for kind, name, body in blocks:
        assert re.search(r"^  description\s*=", body, re.MULTILINE), name
        if kind == "variable":
            assert re.search(r"^  type\s*=", body, re.MULTILINE), name


def test_no_file_names_a_registry_and_every_root_pins_the_provider():
    for path in INFRA.rglob("versions.tf"):
        text = path.read_text()
        root = path.parent == INFRA or path.parent.parent.name == "examples"
        assert ('version = "5.100.0"' in text) == root, path
    assert not [
        path
        for path in INFRA.rglob("*")
        if path.is_file()
        and ".terraform" not in path.parts
        and b"registry.terraform" in path.read_bytes()
        and path.name != ".terraform.lock.hcl"
    ]


def test_nothing_is_of_one_partition_and_services_have_the_name_that_they_have_in_both():
    """`arn:aws-cn` in China; but Lambda, S3 and the like are `….amazonaws.com` to roles there, too."""
    for path in (each for each in FILES if "modules" in each.parts):
        text = path.read_text()
        assert "arn:aws:" not in text, path
        for service in re.findall(r'"([a-z0-9.-]+\.amazonaws\.com[.a-z]*)"', text):
            assert service.endswith(".amazonaws.com"), f"{path}: {service}"
            assert service.partition(".")[0] not in REGIONAL, f"{path}: {service}"


@pytest.mark.parametrize("path", sorted((INFRA / "examples").glob("*/versions.tf")), ids=lambda path: path.parent.name)
def test_states_are_remote_encrypted_and_locked(path):
    text = path.read_text()
    assert re.search(r'backend "s3" \{\s+encrypt\s+= true\s+use_lockfile = true\s+\}', text)


@pytest.mark.parametrize(
    ("module", "kind", "names"),
    [
        ("storage", "aws_s3_bucket", {"lake", "audit", "replica"}),
        ("accounts", "aws_dynamodb_table", {"accounts"}),
        ("accounts", "aws_kms_key", {"accounts"}),
        ("batch", "aws_efs_file_system", {"workspace"}),
    ],
)
def test_data_is_not_destroyed_by_mistake(module, kind, names):
    text = "".join(path.read_text() for path in (INFRA / "modules" / module).glob("*.tf"))
    blocks = dict(re.findall(rf'^resource "{kind}" "(\w+)" \{{\n(.*?)^\}}', text, re.DOTALL | re.MULTILINE))
    assert {name for name, body in blocks.items() if re.search(r"prevent_destroy\s*= true", body)} == names
    assert kind.startswith(KEPT), "tianlake destroy leaves it as well"
