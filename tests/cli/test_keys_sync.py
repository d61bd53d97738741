"""`tianlake keys sync`: keys of the issuing node become valid further down, and nobody else's do."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from command_kit import run
from desk_server import serving

from tianlake.functions.accounts.conditions import Conditions
from tianlake.functions.accounts.desk import AccountDesk, own_accounts
from tianlake.functions.accounts.snapshot_keys import SnapshotKeys
from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.functions.admission.leases import Ask
from tianlake.functions.admission.records import KeyRecord, digest
from tianlake.functions.calls import Call, Reply
from tianlake.lake.handed import ISSUER, HandedDown, Pin, Pins
from tianlake.lake.pinned import write_pins
from tianlake.lake.quotas import DEFAULT_POLICY
from tianlake.lake.releases import JSON
from tianlake.lake.store import DirectoryStore
from tianlake.lake.words import Text

NODE = '[operator]\nname = "a"\n[authority]\nname = "b"\n'


def workspace(folder: Path, code: str) -> Path:
    (folder / f"nodes/{code}").mkdir(parents=True)
    (folder / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    (folder / f"nodes/{code}/node.toml").write_text(f'code = "{code}"\n{NODE}')
    return folder


def keys(where: Path, *arguments: str, code: int = 0, **variables: Any) -> str:
    done = run("-C", str(where), "keys", *arguments, **variables)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def told(where: Path, *arguments: str, **variables: Any) -> Any:
    return json.loads(keys(where, *arguments, "--json", **variables))


class Tree:
    """A national node that issues keys, and a province that takes them over."""

    def __init__(self, folder: Path) -> None:
        self.nation = workspace(folder / "nation", "156000000")
        self.province = workspace(folder / "province", "156130000")
        self.issuer_key = keys(self.nation, "issuer").strip()
        self.store = SqliteAccounts(self.nation / "accounts.sqlite")
        own = own_accounts(self.store, lambda: Conditions(DEFAULT_POLICY, None), "156000000")
        self.desk = AccountDesk(own)
        self.agree(self.issuer_key)

    def agree(self, issuer_key: str, issuer: str = "") -> None:
        line = f'issuer = "{issuer}"\n' if issuer else ""
        (self.province / "tianlake.toml").write_text(
            f'[lake]\nurl = "file:lake"\n[accounts]\n{line}issuer_key = "{issuer_key}"\n'
        )

    def issue(self, *more: str) -> Any:
        who = ("--name", "李雷", "--kind", "person") if "--name" not in more else ()
        return told(self.nation, "issue", *who, "--accept-terms", *more)

    def node_token(self) -> str:
        made = self.issue("--name", "河北省", "--kind", "node", "--tier", "professional")
        return str(made["token"])

    def snapshot(self) -> Path:
        """The file that the nation's own bucket has after a sync, to be carried elsewhere."""
        keys(self.nation, "sync")
        return self.nation / "lake/156000000/private/keys.snapshot"

    def found(self, key: str) -> KeyRecord | None:
        """What a server of the province finds of a key."""
        return SnapshotKeys(DirectoryStore(self.province / "lake/156130000"), self.issuer_key).find(digest(key))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_a_key_of_the_nation_is_valid_in_the_province_after_a_sync_from_a_file(tree: Tree) -> None:
    made = tree.issue("--browser", "a.cn")
    (row,) = told(tree.province, "sync", "--node", "156130000", "--from", str(tree.snapshot()))
    assert (row["node"], row["issuer"], row["keys"], row["installed"]) == ("156130000", "156000000", 1, True)
    found = tree.found(made["key"])
    assert found is not None
    assert (found.id, found.hosts, found.account) == (made["id"], ("a.cn",), made["account"])


def test_a_sync_over_http_takes_the_token_from_the_environment_or_a_file(tree: Tree, tmp_path: Path) -> None:
    made, token = tree.issue(), tree.node_token()
    (tmp_path / "token").write_text(f"{token}\n")

    def answer(call: Call) -> Reply:
        return tree.desk.answer(call, time.time())

    with serving(answer) as url:
        tree.agree(tree.issuer_key, url)
        assert "token is needed" in keys(tree.province, "sync", code=2)
        assert "the token was refused" in keys(tree.province, "sync", code=2, TIANLAKE_NODE_TOKEN="t" + "0" * 40)
        assert told(tree.province, "sync", TIANLAKE_NODE_TOKEN=token)[0]["installed"] is True
        keys(tree.nation, "revoke", made["id"])
        assert told(tree.province, "sync", "--token-file", str(tmp_path / "token"))[0]["installed"] is True
    found = tree.found(made["key"])
    assert found is not None
    assert found.state == "revoked", "what was revoked before a sync is revoked after it"
    message = keys(tree.province, "sync", code=3, TIANLAKE_NODE_TOKEN=token)
    assert "does not answer: [Errno" in message
    assert token not in message
    assert tree.found(made["key"]) is not None, "what was installed stays"


def test_a_token_follows_no_redirect_and_leaves_the_machine_by_https_alone(tree: Tree) -> None:
    seen: list[str] = []

    def thief(call: Call) -> Reply:
        seen.append(call.headers.get("authorization", ""))
        return Reply(200, ())

    with serving(thief) as there:

        def answer(_call: Call) -> Reply:
            return Reply(302, (("location", f"{there}/x"),))

        with serving(answer) as url:
            message = keys(tree.province, "sync", "--from", f"{url}/s", code=3, TIANLAKE_NODE_TOKEN="t1")
    assert ("answered with 302" in message, seen) == (True, [])
    plain = keys(tree.province, "sync", "--from", "http://map.example/s", code=2, TIANLAKE_NODE_TOKEN="t1")
    assert "over https only" in plain


def test_a_tampered_an_alien_and_an_older_snapshot_are_refused_and_the_good_one_stays(tree: Tree) -> None:
    made = tree.issue()
    good = tree.snapshot().read_bytes()
    file = tree.province / "s"
    file.write_bytes(good)
    keys(tree.province, "sync", "--from", str(file))
    file.write_bytes(good.replace(b'"personal"', b'"professional"'))
    assert "the signature is not that of issuer_key" in keys(tree.province, "sync", "--from", str(file), code=2)
    file.write_bytes(good[:-1])
    assert "tampered with or cut short" in keys(tree.province, "sync", "--from", str(file), code=2)
    keys(tree.nation, "revoke", made["id"])
    (row,) = told(tree.province, "sync", "--from", str(tree.snapshot()))
    assert row["installed"] is True
    file.write_bytes(good)
    message = keys(tree.province, "sync", "--from", str(file), code=2)
    assert "keys that were revoked since would work again" in message
    found = tree.found(made["key"])
    assert found is not None
    assert found.state == "revoked"


def test_a_province_issues_no_keys_and_says_how_old_those_it_has_are(tree: Tree) -> None:
    made = tree.issue()
    refused = keys(tree.province, "issue", "--name", "a", "--kind", "person", "--accept-terms", code=2)
    assert "keys are issued at another node" in refused
    assert told(tree.province, "list")[0]["issued"] is None
    keys(tree.province, "sync", "--from", str(tree.snapshot()))
    (row,) = told(tree.province, "list")
    assert (row["issuer"], row["keys"], 0 <= row["age_s"] < 60) == ("156000000", 1, True)
    assert "156000000" in keys(tree.province, "list")
    limit = DEFAULT_POLICY.tiers["personal"].limits["tile"]
    ledger = SqliteAccounts(tree.province / "accounts.sqlite")
    ledger.take(Ask(made["account"], "tile", limit, 100, 100), time.time())
    (used,) = told(tree.province, "usage")
    assert (used["account"], used["meters"]["tile"]["used"]) == (made["account"], 100)


def test_whose_signature_to_expect_must_be_known(tree: Tree) -> None:
    file = tree.snapshot()
    (tree.province / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    assert "issuer_key: needed" in keys(tree.province, "sync", "--from", str(file), code=2)
    tree.agree(tree.issuer_key)
    assert "name it with --from" in keys(tree.province, "sync", code=2)


def test_keys_of_another_issuer_than_the_pinned_one_are_refused(tree: Tree) -> None:
    def pin(issuer_key: str) -> None:
        body = json.dumps({"issuer": "https://map.example", "issuer_key": issuer_key}).encode()
        digest_of = hashlib.sha256(body).hexdigest()
        title, since = Text("签发", "Issuer"), "2026-11-27T00:00:00Z"
        document = HandedDown("156000000/issuer", ISSUER, title, "1", since, "issuer.json", digest_of, len(body), JSON)
        pins = Pins("156000000", pins=(Pin(document, since, "https://map.example/issuer.json"),))
        write_pins(tree.province, "156130000", pins, {document.name: body})

    file = tree.snapshot()
    pin("b" * len(tree.issuer_key))
    refused = keys(tree.province, "sync", "--from", str(file), code=2)
    assert "accounts.issuer_key: is not the key that node 156130000 has pinned" in refused
    assert not (tree.province / "lake").exists(), "nothing was installed"
    assert "锁定的上级签发公钥" in keys(tree.province, "sync", "--from", str(file), code=2, LANG="zh_CN.UTF-8")
    pin(tree.issuer_key)
    assert told(tree.province, "sync", "--from", str(file))[0]["installed"] is True
