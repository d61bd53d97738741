"""People who sign are registered by commands; their keys are theirs alone, and end when they are revoked."""

from __future__ import annotations

import base64
import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tianlake.cli.app import tianlake
from tianlake.lake.errors import LakeError
from tianlake.lake.workspace import find_workspace

CODE = "156130000"
ZHAO = ("people", "add", "zhao", "--node", CODE, "--name", "审核员甲", "--organisation", "示例审核中心")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    act(tmp_path / "ws", "init", str(tmp_path / "ws"), "--node", CODE)
    return tmp_path / "ws"


def act(folder: Path, *arguments: str) -> str:
    where = ("-C", str(folder)) if arguments[0] != "init" else ()
    done = CliRunner().invoke(tianlake, [*where, *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(folder: Path, *arguments: str) -> str:
    with pytest.raises(LakeError) as caught:
        CliRunner().invoke(tianlake, ["-C", str(folder), *arguments], catch_exceptions=False)
    return str(caught.value)


def acts(folder: Path) -> list[tuple[str, str]]:
    files = sorted((folder / f"lake/{CODE}/private/audit").rglob("*.txt"))
    entries = [json.loads(file.read_bytes().splitlines()[1]) for file in files]
    return [(entry["kind"], entry["subject"]) for entry in entries]


def test_somebody_who_is_registered_has_a_file_a_key_of_their_own_and_an_entry_in_the_trail(folder: Path) -> None:
    act(folder, *ZHAO, "--role", "reviewer", "--role", "map", "--level", "2")
    said = tomllib.loads((folder / f"nodes/{CODE}/people/zhao.toml").read_text("utf-8"))
    secret = folder / "signing/people/zhao.key"
    assert secret.stat().st_mode & 0o777 == 0o600
    raw = Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret.read_text())).public_key().public_bytes_raw()
    assert said.pop("keys")[0]["key"] == f"ed25519:{base64.b64encode(raw).decode()}"
    roles = ["reviewer", "map"]
    assert said == {"id": "zhao", "name": "审核员甲", "organisation": "示例审核中心", "roles": roles, "level": 2}
    assert acts(folder)[1:] == [("person.add", "zhao")]


def test_a_second_registration_and_a_key_of_somebody_else_are_refused(folder: Path) -> None:
    act(folder, *ZHAO, "--role", "reviewer")
    assert "is there already" in refused(folder, *ZHAO, "--role", "reviewer")
    key = find_workspace(folder).people(CODE).find("zhao").keys[0].key
    other = ("people", "add", "qian", *ZHAO[3:], "--role", "author", "--public-key", key)
    assert "this key is zhao's" in refused(folder, *other)
    assert not (folder / f"nodes/{CODE}/people/qian.toml").exists()


def test_a_wrong_value_makes_no_key(folder: Path) -> None:
    assert "organisation" in refused(folder, *ZHAO[:7], "--organisation", "", "--role", "author")
    assert not (folder / "signing/people").exists()


def test_a_new_key_ends_the_one_before_and_a_revoked_one_ends_from_the_time_that_is_given(folder: Path) -> None:
    act(folder, *ZHAO, "--role", "author")
    first = find_workspace(folder).people(CODE).find("zhao").keys[0]
    act(folder, "people", "new-key", "zhao")
    old, new = find_workspace(folder).people(CODE).find("zhao").keys
    assert (old.key, old.until, new.until) == (first.key, new.since, None)
    act(folder, "people", "revoke-key", "zhao", "--key", old.key, "--since", "2026-01-01T00:00:00Z")
    old, new = find_workspace(folder).people(CODE).find("zhao").keys
    assert old.until == "2026-01-01T00:00:00Z"
    assert new.until is None
    assert "no such key" in refused(folder, "people", "revoke-key", "zhao", "--key", old.key)
    assert "should match pattern" in refused(folder, "people", "revoke-key", "zhao", "--since", "yesterday")
    kinds = [kind for kind, _ in acts(folder)[1:]]
    assert kinds == ["person.add", "person.new-key", "person.revoke-key"]


def test_somebody_may_keep_the_private_key_elsewhere(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.key"
    public = act(folder, "people", "make-key", str(own)).strip()
    assert own.stat().st_mode & 0o777 == 0o600
    act(folder, *ZHAO, "--role", "author", "--public-key", public)
    assert not (folder / "signing/people").exists()
    [row] = json.loads(act(folder, "people", "list", "--json"))
    assert row["keys"][0]["key"] == public
    assert "审核员甲" in act(folder, "people", "list")


def test_a_file_under_the_name_of_another_person_is_refused(folder: Path) -> None:
    act(folder, *ZHAO, "--role", "author")
    people = folder / f"nodes/{CODE}/people"
    (people / "qian.toml").write_bytes((people / "zhao.toml").read_bytes())
    with pytest.raises(LakeError, match=r"people/qian\.toml: id: must be the file's name 'qian'"):
        find_workspace(folder).people(CODE)
