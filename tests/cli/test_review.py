"""A workspace goes from its demonstration to reviewed releases by commands alone."""

from __future__ import annotations

import base64
import importlib
import json
import os
import shutil
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from command_kit import run
from portal_kit import run_node

from tianlake.cli.app import tianlake
from tianlake.lake.errors import LakeError
from tianlake.lake.reviews import Checked

CODE = "156130000"
P = ("--node", CODE, "--product", "places")
STAFF = {"zuozhe": "author", "shenhe": "reviewer", "tuguan": "map"}
APPROVED = (datetime.now(UTC) - timedelta(days=5)).date()
NUMBER = f"冀S（{APPROVED.year}）012号"

VERIFY = """
const crypto = require("node:crypto");
const fs = require("node:fs");
const canonical = (value) =>
  Array.isArray(value) ? `[${value.map(canonical)}]`
  : value !== null && typeof value === "object"
    ? `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)}}`
    : JSON.stringify(value);
const { signature, ...said } = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const raw = Buffer.from(process.argv[3], "base64").toString("base64url");
const key = crypto.createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw }, format: "jwk" });
console.log(crypto.verify(null, Buffer.from(canonical(said)), key, Buffer.from(signature, "base64")));
"""
"""Canonical JSON (RFC 8785) as JavaScript writes it, and the Ed25519 of OpenSSL."""


def act(folder: Path, *arguments: str, **environment: str) -> str:
    where = ("-C", str(folder)) if arguments[0] != "init" else ()
    done = CliRunner().invoke(tianlake, [*where, *arguments], catch_exceptions=False, env=environment)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(folder: Path, *arguments: str) -> str:
    with pytest.raises(LakeError) as caught:
        CliRunner().invoke(tianlake, ["-C", str(folder), *arguments], catch_exceptions=False)
    return str(caught.value)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new workspace, built and published as it is."""
    folder = tmp_path_factory.mktemp("review") / "ws"
    act(folder, "init", str(folder), "--node", CODE)
    act(folder, "build")
    act(folder, "publish")
    return folder


@pytest.fixture
def office(demo: Path, tmp_path: Path) -> Path:
    """The same with people, and without the demonstration."""
    folder = tmp_path / "ws"
    shutil.copytree(demo, folder)
    (folder / f"nodes/{CODE}/policy.toml").unlink()
    for person, role in STAFF.items():
        named = ("--name", f"{person} 某", "--organisation", f"{person} 单位", "--role", role)
        act(folder, "people", "add", person, "--node", CODE, *named)
    return folder


def collection(folder: Path) -> Any:
    return json.loads((folder / f"lake/{CODE}/collections/places/collection.json").read_text("utf-8"))


def approval(folder: Path) -> Path:
    version = collection(folder)["version"]
    return folder / f"lake/{CODE}/releases/places/{version}/approval.json"


def standing(folder: Path) -> Any:
    return json.loads(act(folder, "review", "show", *P, "--json"))[0]


def review(folder: Path) -> None:
    act(folder, "review", "submit", *P, "--as", "zuozhe")
    act(folder, "review", "approve", *P, "--as", "shenhe")
    act(folder, "review", "map-approve", *P, "--as", "tuguan", "--number", NUMBER, "--approved", str(APPROVED))


def test_a_new_workspace_publishes_under_a_mark_that_is_everywhere(demo: Path) -> None:
    assert json.loads(approval(demo).read_text("utf-8"))["demo"] is True
    lake = demo / f"lake/{CODE}"
    for document in ("catalog.json", "collections/places/collection.json", "README.md", "AGENTS.md", "node.json"):
        assert "演示 Demo" in (lake / document).read_text("utf-8"), document
    assert collection(demo)["attribution"].endswith(" · 演示 Demo")


def test_from_the_demonstration_to_a_reviewed_release_by_commands(office: Path, tmp_path: Path) -> None:
    rule = refused(office, "publish", *P)
    assert "it is not submitted for review; not published (articles 9 and 15 of the Measures)" in rule
    assert f"next: tianlake review submit {' '.join(P)}" in rule
    act(office, "review", "submit", *P, TIANLAKE_PERSON="zuozhe")
    assert "zuozhe does not have the role reviewer" in refused(office, "review", "approve", *P, "--as", "zuozhe")
    assert standing(office)["missing"] == "level 1 of 1 of the review is missing"
    shutil.move(office / "signing/people/shenhe.key", tmp_path / "own.key")
    assert "name the file of the key" in refused(office, "review", "approve", *P, "--as", "shenhe")
    act(office, "review", "approve", *P, "--as", "shenhe", "--key", str(tmp_path / "own.key"))
    number = ("--number", NUMBER, "--approved", str(APPROVED))
    act(office, "review", "map-approve", *P, "--as", "tuguan", *number)
    shown = act(office, "review", "show", *P)
    assert "may be published" in shown
    for person in STAFF:
        assert f"{person} 某 {person}（{person} 单位）" in shown
    act(office, "publish", *P)
    found = collection(office)
    wanted = NUMBER.replace("（", "(").replace("）", ")")
    assert found["attribution"].endswith(f" · 审图号：{wanted}")
    assert found["tianlake:approval"]["map_approvals"] == [wanted]
    assert "演示" not in (office / f"lake/{CODE}/catalog.json").read_text("utf-8")


def test_taking_back_the_approval_of_what_is_public_tells_how_it_is_taken_down(office: Path) -> None:
    review(office)
    act(office, "publish", *P)
    shown = act(office, "review", "show", *P)
    assert "this release is public now" in shown
    assert "next:" not in shown
    assert "take it down" not in shown
    number = NUMBER.replace("012", "013")
    act(office, "review", "map-approve", *P, "--as", "tuguan", "--number", number, "--approved", str(APPROVED))
    assert f"next: tianlake publish {' '.join(P)}" in act(office, "review", "show", *P), "nobody sees it before"
    assert json.loads(act(office, "publish", *P, "--json"))[0]["renewed"] is True
    assert number.replace("（", "(").replace("）", ")") in collection(office)["attribution"]
    assert "next:" not in act(office, "review", "show", *P)
    act(office, "review", "reject", *P, "--as", "shenhe", "--reason", "更正")
    shown = act(office, "review", "show", *P)
    assert f"this release is public now; to take it down: tianlake rollback {' '.join(P)}, tianlake withdraw" in shown
    assert "next: tianlake review submit" in shown


def test_acts_are_asked_for_by_a_time_of_any_offset_and_by_no_other_word(office: Path) -> None:
    def told(since: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(act(office, "audit", "show", "--json", "--since", since))
        return found

    entries = told("2020-01-01")
    last = datetime.fromisoformat(entries[-1]["at"])
    assert len(entries) > 3
    for hours in (-9, 0, 8):
        zone = timezone(timedelta(hours=hours))
        assert entries[-1] in told(last.astimezone(zone).isoformat())
        assert told((last + timedelta(seconds=1)).astimezone(zone).isoformat()) == []
    assert "--since 'tomorrow': is a day or time" in refused(office, "audit", "show", "--since", "tomorrow")


def test_who_reads_chinese_is_refused_in_chinese(office: Path) -> None:
    said = run("-C", str(office), "publish", *P, lang="zh_CN.UTF-8")
    assert said.returncode == 2
    [line] = [each for each in said.stderr.splitlines() if each.startswith("tianlake: ")]
    assert "审核：尚未提交审核；不予发布（《办法》第九、十五条）；下一步：tianlake review submit" in line
    assert line.endswith("--as AUTHOR")


def test_an_approval_is_signed_as_javascript_and_openssl_check_it(office: Path, tmp_path: Path) -> None:
    review(office)
    act(office, "publish", *P)
    script = tmp_path / "verify.cjs"
    script.write_text(VERIFY, "utf-8")
    key = json.loads(act(office, "people", "list", "--json"))  # of persons: none of them signs in public
    node = json.loads(approval(office).read_text("utf-8"))["key"].removeprefix("ed25519:")
    assert node not in json.dumps(key)
    assert run_node("node", script, approval(office), node, cwd=tmp_path).stdout.strip() == "true"
    changed = tmp_path / "changed.json"
    changed.write_text(approval(office).read_text("utf-8").replace("012", "013"), "utf-8")
    assert run_node("node", script, changed, node, cwd=tmp_path).stdout.strip() == "false"
    assert len(base64.b64decode(node)) == 32


def test_going_back_to_what_went_out_as_a_demonstration_needs_a_review_of_it(office: Path) -> None:
    before = collection(office)["version"]
    review(office)
    act(office, "publish", *P)
    rule = refused(office, "rollback", *P)
    assert f"--release {before}" in rule
    act(office, "review", "submit", *P, "--release", before, "--as", "zuozhe")
    assert "level 1 of 1" in refused(office, "rollback", *P)
    assert collection(office)["version"] != before


def test_a_rejected_release_says_why(office: Path) -> None:
    review(office)
    act(office, "review", "reject", *P, "--as", "shenhe", "--reason", "界线有误")
    assert "it was rejected: 界线有误" in refused(office, "publish", *P)
    assert [each["step"] for each in standing(office)["steps"]] == ["submit", "review", "map", "reject"]
    [cut] = (office / f"lake/{CODE}/private/reviews/places").glob("*/0004.txt")
    cut.unlink()
    rule = refused(office, "publish", *P)
    assert "step 4 (review.reject shenhe " in rule
    assert "is on record and is not among the steps: it was deleted, or broke off" in rule
    shown = run("-C", str(office), "review", "show", *P, lang="zh_CN.UTF-8").stdout
    assert "不在审核步骤中：已被删除" in shown


def test_dates_of_a_map_approval_are_told_ahead(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    review(office)
    act(office, "publish", *P)
    assert standing(office)["warnings"] == []
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 150 * 86_400)
    [warning] = standing(office)["warnings"]
    assert warning.startswith("additions are to be filed by ")
    assert warning in act(office, "check", *P)
    monkeypatch.setattr(time, "time", lambda: real() + 800 * 86_400)
    assert standing(office)["stage"] == "expired"


def test_what_checks_refuse_cannot_be_submitted(office: Path) -> None:
    recipe = office / f"nodes/{CODE}/products/places.toml"
    recipe.write_text(recipe.read_text("utf-8").replace("三个示例点，用来试运行。", "三个示例点，内部资料。"), "utf-8")
    act(office, "build")
    assert "rule security.marks" in refused(office, "review", "submit", *P, "--as", "zuozhe")
    assert standing(office)["stage"] == "draft"


def test_what_the_authors_machine_hides_the_reviewers_finds(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = office / f"nodes/{CODE}/products/places.toml"
    recipe.write_text(recipe.read_text("utf-8").replace("三个示例点，用来试运行。", "三个示例点，内部资料。"), "utf-8")
    act(office, "build")
    command = importlib.import_module("tianlake.cli.commands.review")

    def hiding(_session: object, found: Any) -> Checked:
        clean = {"manifest": found.subject.manifest, "policy": found.subject.policy, "findings": []}
        return Checked(json.dumps(clean).encode())

    with monkeypatch.context() as patch:
        patch.setattr(command, "looked_at", hiding)
        act(office, "review", "submit", *P, "--as", "zuozhe")
    done = run("-C", str(office), "review", "approve", *P, "--as", "shenhe")
    assert done.returncode == 2
    assert "are not in the report that was submitted" in done.stderr
    assert "security.marks" in done.stderr
    assert "of the policy refuses it; see: tianlake check" in done.stderr
    assert standing(office)["missing"] == "level 1 of 1 of the review is missing"


def test_what_is_no_day_or_number_is_told(office: Path) -> None:
    map_approve = ("review", "map-approve", *P, "--as", "tuguan")
    assert "must be a day" in refused(office, *map_approve, "--number", NUMBER, "--approved", "yesterday")
    assert "is no map-approval number" in refused(office, *map_approve, "--number", "甲测资字1100471")
    assert os.environ.get("TIANLAKE_PERSON") is None
