"""The files for machines of one's own: units that systemd takes, container files, LocalStack for Docker."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from kit import REPO

FOLDER = REPO / "infra/examples/on-premises"
UNITS = sorted((FOLDER / "systemd").iterdir())
CONTAINERS = sorted((FOLDER / "containers").iterdir())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is of Debian's package systemd")
@pytest.mark.parametrize("unit", UNITS, ids=lambda each: each.name)
def test_systemd_takes_each_unit(unit: Path, tmp_path: Path) -> None:
    for each in UNITS:  # timers name their services
        text = re.sub(r"/opt/tianlake/\.venv/bin/(tianlake|dask)", "/bin/true", each.read_text("utf-8"))
        (tmp_path / each.name).write_text(text, "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    own = [line for line in done.stderr.splitlines() if "tianlake" in line]
    assert (done.returncode, own) == (0, [])


def test_services_may_write_nowhere_but_in_the_workspace() -> None:
    for each in (unit for unit in UNITS if unit.suffix == ".service"):
        lines = each.read_text("utf-8").splitlines()
        assert {"ProtectSystem=strict", "ReadWritePaths=/srv/tianlake", "NoNewPrivileges=yes"} <= set(lines), each.name
        assert "User=tianlake" in lines


def test_what_runs_by_itself_is_a_command_that_there_is() -> None:
    text = (FOLDER / "systemd/tianlake-nightly.service").read_text("utf-8")
    found = re.search(r"for each in (.+?);", text)
    assert found
    for command in shlex.split(found[1]):
        done = subprocess.run(
            [sys.executable, "-m", "tianlake.cli", *command.split(), "--help"], capture_output=True, check=False
        )
        assert done.returncode == 0, command


@pytest.mark.parametrize("kind", ["scheduler", "worker"])
def test_a_cluster_of_ones_own_speaks_tls_by_options_that_dask_has(kind: str) -> None:
    text = (FOLDER / f"systemd/tianlake-dask-{kind}.service").read_text("utf-8")
    found = re.search(r"^ExecStart=(.+)$", text, re.MULTILINE)
    assert found
    words = shlex.split(found[1])
    assert words[:2] == ["/opt/tianlake/.venv/bin/dask", kind]
    done = subprocess.run([sys.executable, "-m", "dask", kind, "--help"], capture_output=True, text=True, check=True)
    options = {word for word in words if word.startswith("--")}
    assert {"--host", "--protocol", "--tls-ca-file", "--tls-cert", "--tls-key", "--dashboard-address"} <= options
    assert not [each for each in options if not re.search(rf"{each}\b", done.stdout)]


def instructions(file: Path) -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", " ", file.read_text("utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


@pytest.mark.parametrize("file", CONTAINERS, ids=lambda each: each.name)
def test_a_container_file_starts_from_a_pinned_image_and_copies_what_is_there(file: Path) -> None:
    found = instructions(file)
    assert found[0][0] == "FROM"
    assert re.search(r":\d+\.\d+-bookworm$|:\d+\.\d+-slim-bookworm$", found[0][1]), "pinned, never `latest`"
    for _, what in (each for each in found if each[0] == "COPY"):
        for source in what.split()[:-1]:
            assert (REPO / source).exists(), source
    assert {name for name, _ in found} <= {
        "FROM",
        "RUN",
        "WORKDIR",
        "COPY",
        "USER",
        "VOLUME",
        "EXPOSE",
        "HEALTHCHECK",
        "STOPSIGNAL",
        "ENTRYPOINT",
        "CMD",
    }


def test_the_gateways_container_runs_as_nobody_in_particular() -> None:
    names = [name for name, _ in instructions(FOLDER / "containers/gateway.Containerfile")]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert "HEALTHCHECK" in names


def test_localstack_for_docker_is_pinned_and_listens_on_loopback_alone() -> None:
    found = yaml.safe_load((REPO / "localstack/compose.yml").read_text("utf-8"))
    assert found.keys() <= {"name", "services"}
    service = found["services"]["localstack"]
    assert service["image"] == "localstack/localstack:4.14.0", "later images ask for a token"
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service.keys() <= {"image", "ports", "environment", "volumes", "healthcheck"}
    assert service["healthcheck"]["test"][0] == "CMD"
    assert all(isinstance(value, str) for value in service["environment"].values())
