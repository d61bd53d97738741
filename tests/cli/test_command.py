"""The command as a person at a terminal meets it: exit codes, one-line errors, help in two languages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import pytest
from click.testing import CliRunner
from command_kit import leaves, run, tree

from tianlake.cli.app import COMMANDS, tianlake


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    done = run("init", str(folder), "--node", "156130000")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    shown = CliRunner().invoke(tianlake, [name, "--help"], prog_name="tianlake")
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout.startswith(f"Usage: tianlake {name} ")


def test_every_command_and_each_one_of_a_group_takes_json() -> None:
    found = dict(leaves(tianlake))
    assert {"case show", "people make-key", "incident export", "build"} <= set(found)
    assert not [name for name, each in found.items() if not any("--json" in option.opts for option in each.params)]


def test_help_speaks_the_language_of_the_locale() -> None:
    assert "把数据源构建为" in run("build", "--help", lang="zh_CN.UTF-8").stdout
    assert "Build what changed" in run("build", "--help").stdout


def test_names_follow_article_6() -> None:
    assert run("node", "name", "156220200").stdout.split() == ["吉林市地理信息公共服务平台", "天地图·吉林市"]
    plain = json.loads(run("node", "name", "156660000", "--json").stdout)
    assert (plain["short_name"], plain["name"]) == ("天地图·兵团", "新疆生产建设兵团地理信息公共服务平台")


def test_a_new_workspace_is_readable_by_every_command(workspace: Path) -> None:
    listed = json.loads(run("-C", str(workspace), "node", "list", "--json").stdout)
    assert [node["short_name"] for node in listed] == ["天地图·河北"]
    card = json.loads(run("-C", str(workspace), "node", "show", "156130000", "--json").stdout)
    assert card["settings"]["operator"]["name"] == "示例运行维护单位"


def test_init_never_writes_into_a_folder_that_holds_something(workspace: Path) -> None:
    before = tree(workspace)
    done = run("init", str(workspace))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "not empty" in done.stderr
    assert tree(workspace) == before
    assert [each.name for each in workspace.parent.iterdir()] == ["ws"], "no scratch folder is left"


def test_init_refuses_an_unknown_division_before_it_writes(tmp_path: Path) -> None:
    done = run("init", str(tmp_path / "ws"), "--node", "156999999")
    assert done.returncode == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (("places.toml", 'class = "place"', 'class = "placer"'), "nodes/156130000/products/places.toml: class: "),
        (("places.toml", "places.csv", "nowhere.csv"), "sources/156130000/nowhere.csv: "),
        (("places.toml", "/places.csv", ""), "sources/156130000: source of 'places' is a folder; name a file in it"),
        (("places.toml", 'x = "经度"', 'x = "东经"'), "sources/156130000/places.csv has no column '东经'"),
        (("places.toml", "'\"名称\"'", "'\"名字\"'"), "nodes/156130000/products/places.toml"),
        (("node.toml", 'code = "156130000"', 'code = "13"'), "nodes/156130000/node.toml: code: "),
    ],
)
def test_bad_input_is_told_in_one_line_and_changes_nothing(
    workspace: Path, edit: tuple[str, str, str], said: str
) -> None:
    name, old, new = edit
    file = next(workspace.rglob(name))
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    before = tree(workspace)
    done = run("-C", str(workspace), "build")
    assert done.returncode == 2, done.stderr
    *steps, error = done.stderr.splitlines()
    assert said in error
    assert not [line for line in steps if not re.fullmatch(r"n156130000-places Read .* s", line)], "one line says it"
    assert tree(workspace) == before


def test_a_product_that_fails_does_not_keep_the_others_back(tmp_path: Path) -> None:
    folder = tmp_path / "two"
    assert run("init", str(folder), "--node", "156130000", "--node", "156000000").returncode == 0
    source = folder / "sources/156000000/places.csv"
    source.write_text(source.read_text("utf-8").replace("经度", "东经"), "utf-8")
    done = run("-C", str(folder), "build", "--json")
    assert done.returncode == 2, done.stderr
    assert re.search(r"^n156000000-places: .*has no column '经度'", done.stderr, re.MULTILINE)
    ending = "tianlake: build: 1 of 2 products failed: n156000000-places; the others are built"
    assert done.stderr.splitlines()[-1] == ending
    built, failed = json.loads(done.stdout)
    assert (built["node"], built["rebuilt"]) == ("156130000", True)
    assert (failed["node"], "经度" in failed["error"]) == ("156000000", True)


def test_every_wrong_recipe_is_told_before_anything_is_done(tmp_path: Path) -> None:
    folder = tmp_path / "two"
    assert run("init", str(folder), "--node", "156130000", "--node", "156000000").returncode == 0
    for file in folder.rglob("places.toml"):
        file.write_text(file.read_text("utf-8").replace('class = "place"', 'class = "plaice"'), "utf-8")
    before = tree(folder)
    done = run("-C", str(folder), "build")
    assert done.returncode == 2
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == [
        "nodes/156000000/products/places.toml",
        "nodes/156130000/products/places.toml",
    ]
    assert tree(folder) == before


def test_publishing_before_building_says_what_to_run(workspace: Path) -> None:
    done = run("-C", str(workspace), "publish")
    assert (done.returncode, done.stderr) == (
        2,
        "tianlake: n156130000-places: nothing was built yet; run: tianlake build --node 156130000 --product places\n",
    )


def test_an_unreachable_store_is_exit_code_3(workspace: Path) -> None:
    settings = '[lake]\nurl = "s3://tianlake-test"\n[aws]\nendpoint_url = "http://127.0.0.1:9"\nattempts = 1\n'
    (workspace / "tianlake.toml").write_text(settings)
    done = run("-C", str(workspace), "releases")
    assert done.returncode == 3, done.stderr
    assert done.stderr.count("\n") == 1


def test_a_wrong_option_is_told_in_one_line(workspace: Path) -> None:
    done = run("-C", str(workspace), "build", "--jobs", "none")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--jobs" in done.stderr


def query(workspace: Path, *arguments: str, stdout: int | IO[str] | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tianlake.cli", "-C", str(workspace), "query", *arguments]
    return subprocess.Popen(command, text=True, stdout=stdout, stderr=subprocess.PIPE, encoding="utf-8")


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_reader_that_has_seen_enough_is_no_error(workspace: Path, form: str) -> None:
    statement = "SELECT i FROM range(100_000_000) t(i)"
    with query(workspace, statement, "--format", form, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() in {"i", "["}
        process.stdout.close()
        assert process.stderr is not None
        assert (process.stderr.read(), process.wait(30)) == ("", 0)


def test_a_full_disk_behind_stdout_is_exit_code_3(workspace: Path) -> None:
    with Path("/dev/full").open("w") as full, query(workspace, "SELECT 1", "--json", stdout=full) as process:
        assert process.communicate(timeout=60)[1] == "tianlake: No space left on device\n"
    assert process.returncode == 3


@pytest.mark.parametrize("name", ["x.csv", "x.parquet"])
def test_an_interrupted_query_ends_at_once_and_leaves_no_file(workspace: Path, name: str) -> None:
    """SIGTERM, because a shell's background job ignores the signal of Ctrl-C; both go the same way."""
    target = workspace / "answers" / name
    target.parent.mkdir()
    with query(workspace, "SELECT i FROM range(100_000_000_000) t(i) WHERE i % 2 = 0", "-o", str(target)) as process:
        while not any(target.parent.iterdir()):
            assert process.poll() is None
            time.sleep(0.05)
        process.terminate()
        assert process.stderr is not None
        assert process.stderr.read().strip() == "tianlake: interrupted; what was complete stays: run it again"
        assert process.wait(30) == 130
    assert not list(target.parent.iterdir())
