"""What only tables far away can do wrong: answers that are lost, others that are faster, and no answer at all."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from accounts_kit import ACCOUNT, NOON, a_key, an_account, an_ask, make_tables
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HTTPHeaders
from botocore.httpsession import URLLib3Session
from localstack_kit import LocalStack

from tianlake.functions.accounts import dynamodb_client
from tianlake.functions.accounts.dynamodb import DynamoAccounts
from tianlake.functions.accounts.dynamodb_tables import create_tables
from tianlake.functions.admission.leases import Lease, Spent, window_end
from tianlake.lake.errors import StoreError
from tianlake.lake.store import S3Settings

IMPORTED = """
import sys
before = set(sys.modules)
import tianlake.functions.accounts.dynamodb_admission
found = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*(name for name in found - sys.stdlib_module_names if not name.startswith('_')))
"""


class Body(io.BytesIO):
    """The body of an answer as botocore reads one."""

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.read()


def sent_by(request: AWSPreparedRequest) -> bytes:
    assert isinstance(request.body, bytes)
    return request.body


class Wire:
    """What goes between a store and DynamoDB: noted, and answered otherwise where a test says so."""

    def __init__(self, store: DynamoAccounts) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.instead: Callable[[str, AWSPreparedRequest], tuple[int, dict[str, Any]] | None] = lambda *_: None
        store._client.meta.events.register("before-send.dynamodb.*", self.send)

    def send(self, request: AWSPreparedRequest, **_: object) -> Any:
        operation = str(request.headers["X-Amz-Target"]).strip("b'").rpartition(".")[2]
        self.requests.append((operation, json.loads(sent_by(request))))
        answer = self.instead(operation, request)
        if answer is None:
            return None
        status, content = answer
        return AWSResponse(request.url, status, HTTPHeaders(), Body(json.dumps(content).encode()))

    def lose_first_answer(self, operation: str) -> None:
        """Let one request arrive and be done, and say that the server failed."""

        def lose(asked: str, request: AWSPreparedRequest) -> tuple[int, dict[str, Any]] | None:
            if asked != operation:
                return None
            self.instead = lambda *_: None
            assert URLLib3Session().send(request).status_code == 200
            return 500, {"__type": "InternalServerError"}

        self.instead = lose

    def operations(self) -> list[str]:
        found = [operation for operation, _ in self.requests]
        self.requests.clear()
        return found


@pytest.fixture
def prefix(localstack: LocalStack) -> str:
    return make_tables(localstack)


@pytest.fixture
def store(localstack: LocalStack, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoAccounts]:
    monkeypatch.setattr(dynamodb_client, "_READ_S", 60)  # on a busy machine too, none is sent twice
    opened = DynamoAccounts(prefix, localstack.settings, localstack.session)
    yield opened
    opened.close()


@pytest.fixture
def wire(store: DynamoAccounts) -> Wire:
    return Wire(store)


def test_a_lease_is_two_requests_a_refusal_one_and_a_known_key_one(store: DynamoAccounts, wire: Wire):
    account = an_account()
    store.add_account(account)
    store.add_key(a_key(account))
    wire.operations()
    store.find(a_key(account).record.digest)
    assert wire.operations() == ["GetItem", "BatchGetItem"]
    store.find(a_key(account).record.digest)
    assert wire.operations() == ["BatchGetItem"]
    store.find("0" * 64)
    assert wire.operations() == ["GetItem"]
    store.take(an_ask(), NOON)
    assert wire.operations() == ["Query", "PutItem"]
    assert isinstance(store.take(an_ask(need=20_000), NOON), Spent)
    assert wire.operations() == ["Query"]


def test_what_admission_reads_of_an_account_says_nothing_of_a_person(store: DynamoAccounts, wire: Wire):
    account = an_account()
    store.add_account(account)
    store.add_key(a_key(account))
    store.find(a_key(account).record.digest)
    operation, request = wire.requests[-1]
    assert operation == "BatchGetItem"
    content = json.dumps(store._client.batch_get_item(RequestItems=request["RequestItems"]), default=str)
    assert account.tier in content
    for personal in (account.email, account.token, account.purpose, account.name):
        assert json.dumps(personal).strip('"') not in content


def test_units_do_not_come_back_twice_where_an_answer_is_lost(store: DynamoAccounts, wire: Wire):
    first = store.take(an_ask(), NOON)
    assert isinstance(first, Lease)
    wire.lose_first_answer("PutItem")
    second = store.take(an_ask(back=first), NOON)
    assert wire.operations().count("PutItem") == 4
    assert isinstance(second, Lease)
    # The first writing of the second lease is lost with its units; those of the first came back with it, once.
    assert store.used(ACCOUNT, NOON) == {"tile": 200}
    assert second.due == pytest.approx(first.due + 2)
    wire.lose_first_answer("PutItem")
    store.give_back(second, NOON)
    assert store.used(ACCOUNT, NOON) == {"tile": 100}


def test_a_transaction_that_is_sent_again_says_that_it_is_the_same(store: DynamoAccounts, wire: Wire):
    sent = 0

    def fail_once(*_: object) -> tuple[int, dict[str, Any]] | None:
        nonlocal sent
        sent += 1
        return (500, {"__type": "InternalServerError"}) if sent == 1 else None

    wire.instead = fail_once
    store.add_account(an_account())
    tokens = [request["ClientRequestToken"] for _, request in wire.requests]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1


def test_workers_that_are_always_in_each_others_way_slow_their_own_account_down(
    store: DynamoAccounts, wire: Wire, prefix: str, monkeypatch: pytest.MonkeyPatch
):
    lease = store.take(an_ask(), NOON)
    assert isinstance(lease, Lease)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    refused = 400, {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "no"}
    wire.instead = lambda operation, _: refused if operation == "PutItem" else None
    wire.operations()
    told = store.take(an_ask(), NOON)
    assert isinstance(told, Spent)
    assert (told.reason, told.retry) == ("rate", NOON + 5), "no failure of the store: other accounts go on"
    assert wire.operations() == ["Query", "PutItem"] * 12
    with pytest.raises(StoreError, match=rf"^accounts in DynamoDB tables {prefix}-\*: others wrote first 12 times"):
        store.give_back(lease, NOON)
    assert wire.operations() == ["Query", "PutItem"] * 12


def test_transactions_in_the_way_are_waited_for(store: DynamoAccounts, wire: Wire):
    reasons = [{"Code": "TransactionConflict", "Message": "busy"}, {"Code": "None"}]
    busy = 400, {"__type": "TransactionCanceledException", "message": "busy", "CancellationReasons": reasons}
    wire.instead = lambda operation, _: busy if operation == "TransactWriteItems" and len(wire.requests) < 4 else None
    store.add_account(an_account())
    assert wire.operations() == ["TransactWriteItems"] * 4
    assert store.account(an_account().id) == an_account()


def test_keys_that_were_not_read_are_asked_for_again(store: DynamoAccounts, wire: Wire):
    account = an_account()
    store.add_account(account)
    store.add_key(a_key(account))

    def hold_back(operation: str, request: AWSPreparedRequest) -> tuple[int, dict[str, Any]] | None:
        if operation != "BatchGetItem":
            return None
        wire.instead = lambda *_: None
        return 200, {"Responses": {}, "UnprocessedKeys": json.loads(sent_by(request))["RequestItems"]}

    wire.instead = hold_back
    assert store.find(a_key(account).record.digest) == a_key(account).record


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "AccessDeniedException"])
def test_a_refusal_of_dynamodb_is_a_failure_of_the_store(store: DynamoAccounts, wire: Wire, code: str):
    wire.instead = lambda *_: (400, {"__type": code, "message": "arn:aws:iam::000000000000:user/somebody"})
    with pytest.raises(StoreError, match=f": DynamoDB refused with {code}$"):
        store.take(an_ask(), NOON)
    with pytest.raises(StoreError, match=f": DynamoDB refused with {code}$"):
        list(store.keys())


def test_tables_that_are_not_there_and_a_server_that_does_not_answer_are_failures(localstack: LocalStack):
    with pytest.raises(StoreError, match=r": DynamoDB refused with ResourceNotFoundException$"):
        DynamoAccounts("missing", localstack.settings, localstack.session).find("0" * 64)
    nobody = S3Settings(endpoint_url="http://127.0.0.1:1", region="us-east-1")
    with pytest.raises(StoreError, match=r"^accounts in DynamoDB tables none-\*: no answer from DynamoDB: Could not"):
        DynamoAccounts("none", nobody, localstack.session).find("0" * 64)


def test_tables_are_made_where_they_are_missing(localstack: LocalStack, store: DynamoAccounts, prefix: str):
    store.add_account(an_account())
    store._client.delete_table(TableName=f"{prefix}-secrets")
    create_tables(store._client, prefix)
    assert len(store.secret("links")) == 32
    assert list(store.accounts()) == [an_account()]


def test_days_that_are_over_expire_by_themselves(store: DynamoAccounts, prefix: str):
    store.take(an_ask(), NOON)
    told = store._client.describe_time_to_live(TableName=f"{prefix}-usage")["TimeToLiveDescription"]
    assert told["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}
    (row,) = store._client.scan(TableName=f"{prefix}-usage")["Items"]
    assert int(row[told["AttributeName"]]["N"]) == window_end(NOON) + 86_400


def test_at_the_edge_boto3_is_all_it_needs():
    ended = subprocess.run([sys.executable, "-c", IMPORTED], check=True, capture_output=True, text=True, timeout=60)
    # certifi is what botocore takes its certificates from where it is there; it needs none.
    brings = {"boto3", "botocore", "dateutil", "certifi", "jmespath", "s3transfer", "six", "urllib3", "tianlake"}
    assert set(ended.stdout.split()) <= brings
