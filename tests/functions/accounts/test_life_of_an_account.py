"""One account from registration to suspension, on every kind of store: what the service needs, all of them do."""

from __future__ import annotations

from dataclasses import replace

from bureau_kit import NOW, PERSON, TERMS, Bureau, told

from tianlake.functions.accounts.conditions import Conditions
from tianlake.functions.accounts.forms import Registration
from tianlake.functions.accounts.service import AccountService
from tianlake.functions.accounts.snapshot import public_key, read_snapshot
from tianlake.functions.admission.leases import Ask
from tianlake.functions.admission.records import KeyRecord, digest
from tianlake.lake.quotas import Limit


def test_an_account_lives_alike_on_every_store(tmp_path, kind):
    store = kind.store()
    policy = replace(Bureau(tmp_path).policy, guesses=Limit(1000, 1, 60, 20))
    bureau, elsewhere = (Bureau(tmp_path, policy=policy, given=each) for each in (store, kind.store()))
    registered = bureau.ask("POST", "/accounts", PERSON)
    token, account = told(registered)["token"], told(registered)["account"]["id"]
    assert bureau.ask("POST", "/accounts/me/keys", {"kind": "any"}, token).status == 403, "terms first"
    assert bureau.ask("POST", "/accounts/me/terms", {"version": TERMS.version}, token).status == 200
    old = bureau.key(token, kind="browser", hosts=["a.cn"], with_sk=True)
    new = told(elsewhere.ask("POST", f"/accounts/me/keys/{old['id']}/rotate", token=token))

    def found(key: str) -> KeyRecord:
        record = elsewhere.store.find(digest(key))
        assert record is not None
        return record

    assert (found(old["key"]).expires, found(new["key"]).hosts) == (NOW + 86_400, ("a.cn",))
    assert {key["id"] for key in told(bureau.ask("GET", "/accounts/me/keys", token=token))["keys"]} == {
        old["id"],
        new["id"],
    }
    assert elsewhere.ask("DELETE", f"/accounts/me/keys/{new['id']}", token=token).status == 200
    assert found(new["key"]).state == "revoked"
    limit = policy.tiers["personal"].limits["tile"]
    store.take(Ask(account, "tile", limit, 100, 100), NOW)
    assert told(elsewhere.ask("GET", "/usage", token=token))["meters"]["tile"]["used"] == 100
    other = told(bureau.ask("POST", "/accounts/me/token", token=token))["token"]
    assert (
        elsewhere.ask("GET", "/accounts/me", token=token).status,
        bureau.ask("GET", "/usage", token=other).status,
    ) == (
        401,
        200,
    )
    service = AccountService(store, lambda: Conditions(policy, TERMS))
    service.change(store.account(account), tier="professional", suspended=True)
    assert (found(old["key"]).tier, found(old["key"]).state) == ("professional", "suspended")
    node = service.enrol(Registration("河北", "", "node", "", ""), "professional", NOW)
    data = elsewhere.ask("GET", "/accounts/snapshot", token=node.token).body
    snapshot = read_snapshot(data, public_key(store.secret("snapshot-signing")), name="x")
    assert snapshot.find(digest(old["key"])) == found(old["key"])
    statuses = [each.ask("POST", "/accounts", PERSON).status for each in (bureau, elsewhere) * 3]
    assert (201 in statuses, statuses[-1]) == (True, 429), "registrations are counted over all workers"
    bureau.desk.close(NOW)
    elsewhere.desk.close(NOW)
