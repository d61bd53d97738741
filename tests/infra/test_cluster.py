"""modules/batch: builds on a Dask cluster that is there for one run. What is planned is run here, on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from demo_kit import free_port
from engine_kit import NODE, scenes
from terraform_kit import Plan
from tls_kit import Authority

from tianlake.build.candidates import BuildOptions, build
from tianlake.build.engine.choose import open_engine
from tianlake.build.engine.protocol import Tls
from tianlake.build.engine.workshop import closing
from tianlake.build.job import silent

DUE = "<aws.scheduler.scheduled-time>"
"""EventBridge Scheduler writes the time for it ("Adding context attributes", its user guide). No emulator does."""


@dataclass(frozen=True)
class Planned:
    """What the module plans of a run named `rebuild`."""

    plan: Plan

    def containers(self, task):
        found = json.loads(self.plan.resources[f'aws_ecs_task_definition.{task}["it"]']["container_definitions"])
        return {each["name"]: each for each in found}

    def words(self, schedule, container):
        """The command that a schedule gives to a container."""
        target = self.plan.resources[f'aws_scheduler_schedule.{schedule}["rebuild"]']["target"][0]
        found = json.loads(target["input"])["containerOverrides"]
        return next(each["command"] for each in found if each["name"] == container)

    def rules(self, way):
        return self.plan.of(f"aws_vpc_security_group_{way}_rule")


@pytest.fixture(scope="module")
def planned(tested):
    return Planned(tested.plans["batch"])


def after(words, option):
    return words[words.index(option) + 1]


def test_both_tasks_of_a_run_name_the_same_file_and_no_other_run_does(planned):
    files = {after(planned.words(*each), "--scheduler-file") for each in (("run", "scheduler"), ("workers", "worker"))}
    assert files == {f"/workspace/.dask-rebuild-{DUE}.json"}
    raw = planned.plan.resources['aws_scheduler_schedule.workers["rebuild"]']["target"][0]["input"]
    assert DUE in raw, "not as \\u003c, which EventBridge would not know"


def test_the_command_builds_on_the_scheduler_beside_it(planned):
    words = planned.words("run", "tianlake")
    assert words[:3] == ["build", "--node", "156130000"]
    assert after(words, "--engine") == "dask+tls://127.0.0.1:8786?wait=900"
    containers = planned.containers("cluster")
    assert {name: each["essential"] for name, each in containers.items()} == {"tianlake": True, "scheduler": False}
    assert containers["tianlake"]["dependsOn"] == [{"containerName": "scheduler", "condition": "START"}]


def test_workers_share_the_memory_of_their_task_and_see_the_workspace_only_to_read(planned):
    worker = planned.containers("worker")["worker"]
    words = worker["command"]
    assert (after(words, "--nworkers"), after(words, "--nthreads")) == ("3", "1")
    assert int(after(words, "--memory-limit").removesuffix("MiB")) * 3 <= 8192 * 0.9
    assert {each["containerPath"]: each["readOnly"] for each in worker["mountPoints"]}["/workspace"]
    assert worker["entryPoint"][:3] == ["timeout", "--kill-after=60", str(6 * 3600)]


def test_only_the_cluster_talks_to_the_cluster(planned):
    for way in ("ingress", "egress"):
        own = {name: each for name, each in planned.rules(way).items() if "rule.cluster[" in name}
        assert {(each["from_port"], each["to_port"]) for each in own.values()} == {
            (8786, 8786),
            (9000, 9099),
            (9100, 9199),
        }
        assert not [each for each in own.values() if each["cidr_ipv4"] or each["cidr_ipv6"]]
    entries = {name for name in planned.rules("ingress") if "rule.cluster[" not in name}
    assert entries == {"aws_vpc_security_group_ingress_rule.workspace"}


def test_a_role_may_start_these_tasks_and_no_others(infra):
    text = (infra / "modules/batch/roles.tf").read_text()
    assert 'for kind in ["", "-cluster", "-worker"]' in text


def started(words, log, **variables):
    """Run a planned command of Dask here; the entry point `dask` is that of this Python."""
    with log.open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *words],
            stdout=said,
            stderr=said,
            env=os.environ | variables,
            start_new_session=True,
        )


@pytest.mark.parametrize("goodbye", ["terminate", pytest.param("kill", marks=pytest.mark.long)])
def test_what_is_planned_builds_and_leaves_nobody_behind(planned, tmp_path, goodbye):
    """The commands as they are planned, but for the folder, the ports, and addresses that only this machine has."""
    port = free_port()
    workspace = tmp_path / "workspace"
    (workspace / "tls").mkdir(parents=True)
    authority = Authority(tmp_path)
    both = authority.certificate("127.0.0.1").read_bytes()
    for file, body in (("ca", authority.file.read_bytes()), ("cert", both), ("key", both)):
        (workspace / f"tls/{file}.pem").write_bytes(body)

    def here(*where):
        words = [each.replace("/workspace/", f"{workspace}/").replace(DUE, "now") for each in planned.words(*where)]
        changed = {"--port": str(port), "--local-directory": str(tmp_path), "--nworkers": "1"}
        changed |= {"--worker-port": "0", "--nanny-port": "0", "--dashboard-address": "127.0.0.1:0"}
        for option, value in changed.items():
            if option in words:
                words[words.index(option) + 1] = value
        return [*words, "--host", "127.0.0.1"]

    worker = started(here("workers", "worker"), tmp_path / "worker.log")  # before there is a scheduler
    scheduler = started(here("run", "scheduler"), tmp_path / "scheduler.log")
    try:
        tls = Tls(*(workspace / f"tls/{file}.pem" for file in ("ca", "cert", "key")))
        engine = after(planned.words("run", "tianlake"), "--engine").replace("8786", str(port)).replace("900", "60")
        recipe = scenes(tmp_path, number=2, side=16)
        with closing(open_engine(engine, 1, 2**31, tls)) as opened:
            folder, _ = build(recipe, NODE, tmp_path, BuildOptions(tmp_path / "state", 1, engine=opened), silent)
        report = json.loads((folder.path / "build.json").read_bytes())
        makers = {int(each["worker"].rpartition(":")[2]) for each in report["parts"]} - {os.getpid()}
        assert {os.getsid(each) for each in makers} == {worker.pid}, "few tiles are cut where the command runs"
        getattr(scheduler, goodbye)()
        assert worker.wait(60) == 0, (tmp_path / "worker.log").read_text()
        assert scheduler.wait(30) == (0 if goodbye == "terminate" else -9)
        assert bool(list(Path(workspace).glob(".dask-*"))) == (goodbye == "kill")
    finally:
        for each in (worker, scheduler):
            each.kill()
            each.wait()
