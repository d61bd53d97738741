"""`tianlake keys`: what an operator does with accounts and keys, on files and on DynamoDB."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from command_kit import run
from localstack_kit import LocalStack

from tianlake.functions.accounts.dynamodb_client import make_client
from tianlake.functions.accounts.dynamodb_tables import create_tables
from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.functions.admission import links
from tianlake.functions.admission.leases import Ask
from tianlake.functions.admission.records import SignedLink, digest
from tianlake.lake.quotas import DEFAULT_POLICY

WHO = ("--name", "李雷", "--kind", "person", "--accept-terms")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "nodes/156000000").mkdir(parents=True)
    (tmp_path / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    (tmp_path / "nodes/156000000/node.toml").write_text(
        'code = "156000000"\n[operator]\nname = "a"\n[authority]\nname = "b"\n'
    )
    return tmp_path


def keys(workspace: Path, *arguments: str, code: int = 0, **variables: Any) -> str:
    done = run("-C", str(workspace), "keys", *arguments, **variables)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def told(workspace: Path, *arguments: str, **variables: Any) -> Any:
    return json.loads(keys(workspace, *arguments, "--json", **variables))


def test_a_key_is_printed_alone_on_stdout_and_found_by_its_hash(workspace: Path) -> None:
    done = run("-C", str(workspace), "keys", "issue", *WHO, "--browser", "Example.ORG", "--label", "网站")
    assert done.returncode == 0
    assert re.fullmatch(r"[a-z0-9]{32}\n", done.stdout)
    assert re.search(r"management token, shown this once: t[a-z0-9]{40}\n", done.stderr)
    record = SqliteAccounts(workspace / "accounts.sqlite").find(digest(done.stdout.strip()))
    assert record is not None
    assert (record.kind, record.hosts, record.tier, record.terms) == (
        "browser",
        ("example.org",),
        "personal",
        "2026-11-27",
    )


def test_messages_are_chinese_in_a_chinese_locale(workspace: Path) -> None:
    done = run("-C", str(workspace), "keys", "issue", *WHO, lang="zh_CN.UTF-8")
    assert "管理令牌（只显示这一次）：t" in done.stderr


def test_programs_get_everything_as_one_document(workspace: Path) -> None:
    made = told(workspace, "issue", *WHO, "--with-sk", "--server", "203.0.113.0/24", "--expires", "2030-01-01")
    assert (len(made["key"]), len(made["sk"]), made["networks"]) == (32, 32, ["203.0.113.0/24"])
    assert made["expires"] == "2030-01-01T16:00:00Z"
    more = told(workspace, "issue", "--account", made["account"])
    assert more["account"] == made["account"]
    assert "token" not in more


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind", "person", "--accept-terms"), "--name and --kind are needed"),
        (("--name", "a", "--kind", "person"), "terms 2026-11-27 hold; add --accept-terms"),
        (("--name", "a", "--kind", "node", "--accept-terms"), "no tier follows from the kind 'node'"),
        ((*WHO, "--tier", "gold"), "tier: there is no tier 'gold'; there are: personal, professional"),
        ((*WHO, "--tier", "anonymous"), "tier: there is no tier 'anonymous'; there are: personal, professional"),
        ((*WHO, "--email", "nobody"), "email: is not an e-mail address"),
        ((*WHO, "--browser", "https://a.cn/"), "hosts: 'https://a.cn/' is no host"),
        ((*WHO, "--browser", "a.cn", "--server", "203.0.113.7"), "not to both"),
        ((*WHO, "--expires", "2020-01-01"), "expires: must lie within the next ten years"),
        (("--account", "a" * 17), "there is no account"),
        (("--account", "a" * 17, "--tier", "personal"), "--tier is for a new account"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_and_nothing_is_registered(workspace, arguments, said) -> None:
    message = keys(workspace, "issue", *arguments, code=2)
    assert said in message
    assert message.count("\n") == 1
    assert told(workspace, "list") == []


def test_new_terms_are_accepted_before_another_key(workspace: Path) -> None:
    made = told(workspace, "issue", *WHO)
    (workspace / "terms.toml").write_text(
        'version = "2026-11-28"\ntitle = { zh = "条款", en = "Terms" }\ntext = { zh = "新", en = "New" }\n', "utf-8"
    )
    more = ("issue", "--account", made["account"])
    assert "keys issue: terms 2026-11-28 hold; add --accept-terms" in keys(workspace, *more, code=2)
    assert told(workspace, *more, "--accept-terms")["key"] != made["key"]


def test_lists_hold_no_key_and_addresses_only_when_asked_for(workspace: Path) -> None:
    made = told(workspace, "issue", *WHO, "--email", "lilei@example.cn", "--with-sk")
    for listed in (keys(workspace, "list"), keys(workspace, "list", "--json")):
        assert made["id"] in listed
        assert not any(secret in listed for secret in (made["key"], made["sk"], made["token"], "lilei@example.cn"))
        assert digest(made["key"]) not in listed
    assert "lilei@example.cn" in keys(workspace, "list", "--contacts")


def test_a_key_is_revoked_by_its_id_and_an_account_by_its_own(workspace: Path) -> None:
    first = told(workspace, "issue", *WHO)
    second = told(workspace, "issue", "--account", first["account"])
    store = SqliteAccounts(workspace / "accounts.sqlite")

    def state(made):
        record = store.find(digest(made["key"]))
        return record.state if record else None

    keys(workspace, "revoke", first["id"])
    assert (state(first), state(second)) == ("revoked", "active")
    keys(workspace, "revoke", first["account"])
    assert (state(first), state(second)) == ("revoked", "suspended")
    keys(workspace, "restore", first["account"])
    assert (state(first), state(second)) == ("revoked", "active")
    assert "there is no key" in keys(workspace, "revoke", "k0", code=2)
    assert "has no such key" in keys(workspace, "revoke", "k0", "--account", first["account"], code=2)


def test_a_key_is_rotated_a_tier_changed_a_token_replaced(workspace: Path) -> None:
    made = told(workspace, "issue", *WHO, "--browser", "a.cn")
    new = told(workspace, "rotate", made["id"], "--overlap-hours", "2", "--account", made["account"])
    assert (new["hosts"], new["key"] != made["key"]) == (["a.cn"], True)
    keys(workspace, "tier", made["account"], "professional")
    token = keys(workspace, "token", made["account"]).strip()
    store = SqliteAccounts(workspace / "accounts.sqlite")
    account = store.account_by_token(digest(token))
    old = store.find(digest(made["key"]))
    assert account is not None
    assert old is not None
    assert (account.id, account.tier, old.tier) == (made["account"], "professional", "professional")
    assert abs((old.expires or 0) - time.time() - 7200) < 60
    assert "no tier 'gold'" in keys(workspace, "tier", made["account"], "gold", code=2)


def test_usage_is_that_of_accounts_which_used_something(workspace: Path) -> None:
    made, idle = told(workspace, "issue", *WHO), told(workspace, "issue", *WHO)
    store = SqliteAccounts(workspace / "accounts.sqlite")
    limit = DEFAULT_POLICY.tiers["personal"].limits["tile"]
    store.take(Ask(made["account"], "tile", limit, 100, 100), time.time())
    (row,) = told(workspace, "usage")
    assert (row["account"], row["meters"]["tile"]["used"]) == (made["account"], 100)
    assert told(workspace, "usage", idle["account"])[0]["meters"]["tile"]["used"] == 0
    assert re.search(rf"{made['account']} +personal +tile +100 +10000 +1 %", keys(workspace, "usage"))


def test_a_link_opens_its_path(workspace: Path) -> None:
    made = told(workspace, "issue", *WHO)
    path = "/data/places/places.parquet"
    href, _, query = keys(workspace, "link", path, "--key", made["id"]).strip().partition("?")
    said = dict(part.split("=") for part in query.split("&"))
    secret = SqliteAccounts(workspace / "accounts.sqlite").secret("links")
    link = SignedLink(href, said["expires"], said["key"], said["signature"])
    assert (href, links.wrong_with(link, secret, time.time())) == (path, None)
    assert "must be the path of an archive" in keys(workspace, "link", "/catalog.json", "--key", made["id"], code=2)
    keys(workspace, "revoke", made["id"])
    assert "opens nothing" in keys(workspace, "link", path, "--key", made["id"], code=2)


def test_a_file_that_is_no_store_is_a_failure_of_the_store(workspace: Path) -> None:
    (workspace / "accounts.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(workspace / "accounts.sqlite").execute("SELECT 1 FROM accounts")
    message = keys(workspace, "list", code=3)
    assert message.count("\n") == 1


def test_the_same_on_dynamodb(workspace: Path, localstack: LocalStack) -> None:
    create_tables(make_client(localstack.settings, localstack.session), "cli")
    endpoint = localstack.settings.endpoint_url
    (workspace / "tianlake.toml").write_text(
        f'[lake]\nurl = "file:lake"\n[aws]\nendpoint_url = "{endpoint}"\nregion = "cn-north-1"\n'
        '[accounts]\nurl = "dynamodb:cli"\n'
    )
    credentials = localstack.session.get_credentials()
    assert credentials is not None
    variables: dict[str, Any] = {
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
    }
    made = told(workspace, "issue", *WHO, **variables)
    keys(workspace, "revoke", made["id"], "--account", made["account"], **variables)
    (listed,) = told(workspace, "list", **variables)
    assert (listed["id"], listed["keys"][0]["state"]) == (made["account"], "revoked")
    assert keys(workspace, "issuer", **variables).startswith("ed25519:")
    told(workspace, "sync", **variables)
