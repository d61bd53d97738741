"""`tianlake replica` and `audit` as people meet them: a copy filed, sent, served, tampered with, taken back."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pystac
import pytest
from command_kit import run
from server_kit import free_port

from tianlake.lake.duck import connect

NODE = "156130000"
PLACE = ("--place", "file:copies/a")
TERMS = ("--holder", "示例市应急局", "--purpose", "应急指挥专网", "--product", "places", "--number", "备案〔2026〕7号")
REST = ("--expires", "2099-11-30", "--contact", "值班室")
FILE = ("file", "bureau", "--node", NODE, "--as", "officer-a", *TERMS, *REST, *PLACE)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose one product is published, and a copy of it."""
    folder = tmp_path_factory.mktemp("sent") / "ws"
    who = ("officer-a", "--node", NODE, "--name", "承办人甲", "--organisation", "示例中心", "--role", "officer")
    for arguments in (
        ("init", str(folder), "--node", NODE),
        ("-C", str(folder), "build"),
        ("-C", str(folder), "publish"),
        ("-C", str(folder), "people", "add", *who),
        ("-C", str(folder), "replica", *FILE),
        ("-C", str(folder), "replica", "push"),
    ):
        done = run(*arguments)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def workspace(sent: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sent, tmp_path / "ws"))


def told(workspace: Path, *arguments: str, code: int = 0) -> Any:
    done = run("-C", str(workspace), *arguments, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def said(workspace: Path, *arguments: str, code: int = 0) -> str:
    done = run("-C", str(workspace), *arguments)
    assert done.returncode == code, done.stderr
    return done.stderr


def _until_it_answers(url: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert time.monotonic() < until, "the copy is not served"
            time.sleep(0.1)


def test_the_served_copy_is_read_by_duckdb_and_pystac_and_leads_to_the_original(workspace: Path) -> None:
    copy, port = workspace / "copies/a", free_port()
    command = [sys.executable, "-m", "tianlake.cli", "serve", "--copy", str(copy), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as server:
        try:
            base = f"http://127.0.0.1:{port}"
            _until_it_answers(f"{base}/readyz")
            catalog = pystac.Catalog.from_file(f"{base}/catalog.json")
            [collection] = catalog.get_children()
            assert isinstance(collection, pystac.Collection)
            assert [each["name"] for each in collection.to_dict()["providers"] if "host" in each["roles"]] == [
                "示例市应急局"
            ]
            with connect() as connection:
                connection.execute(f"SET VARIABLE n{NODE} = '{base}/'")
                connection.execute((copy / "lake.sql").read_text())
                found = connection.execute(f"SELECT count(*) FROM n{NODE}_places").fetchone()
            (table,) = copy.glob("releases/places/*/places.parquet")
            assert found == (pq.read_metadata(table).num_rows,)
        finally:
            server.terminate()
            server.communicate(timeout=30)


def test_a_copy_is_served_only_while_its_node_vouches_for_it(workspace: Path) -> None:
    copy = workspace / "copies/a"
    claim = json.loads((copy / "replica.json").read_bytes())
    serve = ("serve", "--copy", str(copy), "--port", "1")  # a port that nobody may open: it is never reached
    other = said(workspace, *serve, "--public-key", f"ed25519:{'A' * 43}=", code=2)
    assert "SHA256SUMS: the list of files is missing, or not signed by the node; it is not served" in other
    (copy / "replica.json").write_text(json.dumps(claim | {"expires": "2099-01-01"}))
    assert "replica.json: is not the file that was sent; it is not served" in said(workspace, *serve, code=2)
    assert "--public-key goes with --copy alone" in said(workspace, "serve", "--public-key", "ed25519:x", code=2)


def test_a_copy_is_checked_by_its_holder_without_a_workspace(workspace: Path, tmp_path: Path) -> None:
    copy = workspace / "copies/a"
    key = json.loads((workspace / f"lake/{NODE}/audit.json").read_bytes())["key"]
    checked = ("replica", "verify", "--at", str(copy), "--public-key", key)
    assert told(tmp_path, *checked)[0]["sound"]
    (copy / "terms.json").write_text("{}")
    (found,) = told(tmp_path, *checked, code=1)
    assert found["drifts"] == [{"rule": "changed", "what": "terms.json"}]
    assert "terms.json: is not the file that was sent" in said(tmp_path, *checked, code=1)
    assert "unsigned" in str(told(tmp_path, *checked[:-1], f"ed25519:{'A' * 43}=", code=1))


def test_a_withdrawal_is_due_at_the_copy_until_it_was_taken_back(workspace: Path) -> None:
    (before,) = told(workspace, "replica", "list")
    assert (before["state"], before["recalls"]) == ("active", [])
    said(workspace, "withdraw", "--node", NODE, "--product", "places", "--reason", "更正", "--yes")
    (due,) = told(workspace, "replica", "list")
    assert due["recalls"] == before["held"] != []
    assert [each["rule"] for each in told(workspace, "replica", "verify", code=1)[0]["drifts"]] == ["recalled"]
    (workspace / "copies/a").rename(workspace / "copies/unplugged")
    assert "it stays open" in said(workspace, "replica", "push", "--recall", code=1)
    (workspace / "copies/unplugged").rename(workspace / "copies/a")
    (done,) = told(workspace, "replica", "push", "--recall")
    assert done["recalled"]["reached"]
    assert not [path for path in (workspace / "copies/a").rglob("*") if path.is_file() and ".tmp" not in path.parts]
    (after,) = told(workspace, "replica", "list")
    assert (after["recalls"], after["held"]) == ([], [])
    kinds = [each["kind"] for each in told(workspace, "audit", "show", "--kind", "replica")]
    assert kinds == ["replica.file", "replica.push", "replica.verify", "replica.recall", "replica.recall"]
    assert told(workspace, "audit", "verify")[0]["findings"] == []


def test_an_offline_copy_is_sent_and_looked_at_where_its_medium_is(workspace: Path, tmp_path: Path) -> None:
    own = ("replica", "file", "disk", "--node", NODE, "--as", "officer-a", *TERMS, *REST, "--place", "offline")
    said(workspace, *own)
    assert "is offline; say in which folder its medium is: --at DIR" in said(
        workspace, "replica", "push", "disk", code=2
    )
    assert told(workspace, "replica", "push", "disk", "--at", str(tmp_path / "disk"))[0]["sent"]["files"] > 0
    assert told(workspace, "replica", "verify", "disk", "--at", str(tmp_path / "disk"))[0]["sound"]
    (revoked,) = [told(workspace, "replica", "revoke", "disk", "--as", "officer-a", "--reason", "到期", code=1)]
    assert (revoked["state"], revoked["recalled"]["reached"]) == ("revoked", False)
    done = told(
        workspace, "replica", "revoke", "disk", "--as", "officer-a", "--reason", "到期", "--declared", "销毁证明 1"
    )
    assert (done["recalls"], done["held"]) == ([], [])


def test_what_is_wrong_is_told_in_one_line(workspace: Path) -> None:
    for arguments, wanted in {
        (
            "replica",
            "file",
            "bb",
            "--node",
            NODE,
            "--as",
            "officer-a",
        ): "replica bb: a filing needs --holder, --purpose",
        ("replica", "push", "bb"): "replica bb: no such copy was filed; there are: bureau",
        (
            "replica",
            *FILE[:1],
            "bb",
            *FILE[2:-1],
            "ftp://x",
        ): "replica bb: place: a holder's place is s3://BUCKET/PREFIX",
        (
            "replica",
            "file",
            "bureau",
            "--node",
            NODE,
            "--as",
            "officer-a",
            "--expires",
            "2027-13-01",
        ): "expires: a day is",
        ("replica", "verify", "--public-key", "ed25519:x"): "--public-key goes with --at DIR alone",
        ("serve", "--copy", str(workspace / "nodes")): "replica.json: missing: this is no front-deployed copy",
    }.items():
        error = said(workspace, *arguments, code=2)
        assert wanted in error
        assert error.count("\n") == 1


def test_a_filing_is_signed_by_an_officer_alone(workspace: Path) -> None:
    who = ("author-a", "--node", NODE, "--name", "作者乙", "--organisation", "示例中心", "--role", "author")
    said(workspace, "people", "add", *who)
    asked = [each if each != "officer-a" else "author-a" for each in FILE]
    assert "copies are filed and ended by somebody with the role 'officer'" in said(
        workspace, "replica", *asked, code=2
    )


def test_a_pointer_moved_past_the_command_is_found_by_the_audit(workspace: Path) -> None:
    assert "whole and unchanged" in said(workspace, "audit", "verify")
    pointer = workspace / f"lake/{NODE}/collections/places/collection.json"
    document = json.loads(pointer.read_bytes())
    pointer.write_text(json.dumps(document | {"version": "20200101T000000Z-00000000"}))
    (found,) = told(workspace, "audit", "verify", code=1)
    assert found["findings"][0]["rule"] == "act"
    assert found["findings"][0]["file"] == "collections/places/collection.json"
    assert "stands at 20200101T000000Z-00000000; the trail ends with publish" in found["findings"][0]["told"]
    pointer.write_text(json.dumps(document))
    shutil.rmtree(workspace / f"lake/{NODE}/private/replicas/bureau")
    (found,) = told(workspace, "audit", "verify", code=1)
    assert [(each["rule"], each["file"]) for each in found["findings"]] == [("chain", "private/replicas/bureau/")]


def test_keys_and_accounts_are_on_record_without_a_secret_or_a_name(workspace: Path) -> None:
    made = told(
        workspace,
        "keys",
        "issue",
        "--name",
        "李雷",
        "--kind",
        "person",
        "--email",
        "lilei@example.cn",
        "--accept-terms",
    )
    said(workspace, "keys", "revoke", made["id"], "--account", made["account"])
    shown = told(workspace, "audit", "show", "--subject", made["id"])
    assert [(each["kind"], each["by"]) for each in shown] == [("key.issue", "node"), ("key.revoke", "node")]
    trail = b"".join(path.read_bytes() for path in (workspace / f"lake/{NODE}/private/audit").rglob("*.txt"))
    assert made["account"].encode() in trail
    for secret in (made["key"], made["token"], "李雷", "lilei@example.cn"):
        assert secret.encode() not in trail
