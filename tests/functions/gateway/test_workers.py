"""Several workers in front of one store of accounts: what one is told, all keep to."""

from __future__ import annotations

import concurrent.futures
import socket
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import replace
from http.client import HTTPConnection, HTTPException

import httpx
import psutil
import pytest
from accounts_kit import an_account
from admission_kit import policy_with
from archive_kit import one_tile
from gateway_kit import CARD, KEY, NODE, RELEASE_1, pointer, quotas, release
from issue_kit import issue
from server_kit import Server, running, write

from tianlake.functions.accounts.sqlite import SqliteAccounts

FRESH_S = 1.0
SHORTENED = f"""
from tianlake.functions.admission import keyring
keyring.FRESH_S = {FRESH_S}
"""
"""How long a key's record is used without asking again, for tests that do not want to wait half a minute."""

ARCHIVE = "/tiles/places.pmtiles"


@pytest.fixture
def base(tmp_path):
    objects = release(RELEASE_1, {"places.pmtiles": one_tile(tmp_path)}, card=replace(CARD, access="key"))
    policy = policy_with("data", per_day=60, per_second=1000, burst=1000, slice=10)
    write(tmp_path / "lake" / NODE, objects | pointer(RELEASE_1) | quotas(policy))
    return tmp_path


def ask(url: str) -> tuple[int, str]:
    """Ask over a connection of its own, which any worker may take."""
    answer = httpx.get(f"{url}{ARCHIVE}", headers={"x-api-key": KEY})
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else ""


def test_a_revoked_key_ends_at_every_worker(base):
    issued = issue(base, tier="professional")
    store = SqliteAccounts(base / "accounts.sqlite")
    with running(base, [NODE], workers=2, prelude=SHORTENED) as server:
        assert {ask(server.url) for _ in range(30)} == {(200, "")}
        revoked = replace(issued, record=replace(issued.record, state="revoked"), revoked="2026-11-27T04:00:00Z")
        store.replace_key(issued, revoked)
        store.close()
        time.sleep(2 * FRESH_S + 0.5)
        assert {ask(server.url) for _ in range(30)} == {(403, "key-revoked")}


def test_workers_together_keep_to_the_quota_and_give_back_what_they_hold(base):
    issue(base, tier="personal")
    with running(base, [NODE], workers=2) as server, concurrent.futures.ThreadPoolExecutor(8) as pool:
        seen = Counter(pool.map(ask, [server.url] * 40))
        assert seen == {(200, ""): 40}
        server.stop()
        store = SqliteAccounts(base / "accounts.sqlite")
        assert store.used(an_account().id, time.time())["data"] == 40, "what was leased and not used was given back"
    with running(base, [NODE], workers=2) as server, concurrent.futures.ThreadPoolExecutor(8) as pool:
        seen = Counter(pool.map(ask, [server.url] * 40))
        assert seen[200, ""] <= 20, "another start does not begin the day anew"
        assert seen[429, "day-used-up"] == 40 - seen[200, ""]
    store.close()


def test_what_a_killed_worker_held_is_never_used_twice(base):
    issue(base, tier="personal")
    with running(base, [NODE], workers=2) as server:
        first = Counter(ask(server.url) for _ in range(20))[200, ""]
        for worker in psutil.Process(server.process.pid).children():
            worker.kill()
        deadline, after = time.monotonic() + 15, 0
        while time.monotonic() < deadline:
            try:
                if (said := ask(server.url))[0] == 429:
                    break
                after += said[0] == 200
            except httpx.TransportError:
                time.sleep(0.1)  # nobody is there yet
        assert first == 20
        assert 0 < after <= 40


def test_what_killed_workers_leased_ahead_is_lost_and_the_day_kept(base):
    """Enough of the day is left for leases ahead: each worker dies with two at most."""
    per_day, slice_ = 600, 10
    policy = policy_with("data", per_day=per_day, per_second=1e5, burst=per_day, slice=slice_)
    write(base / "lake" / NODE, quotas(policy))
    issue(base, tier="personal")
    with running(base, [NODE], workers=2) as server, concurrent.futures.ThreadPoolExecutor(4) as pool:
        before = sum(pool.map(until_refused, [server] * 4, [60] * 4))
        for worker in psutil.Process(server.process.pid).children():
            worker.kill()
        after = sum(pool.map(until_refused, [server] * 4, [per_day] * 4))
    assert before == 4 * 60
    lost, idle = 2 * 2 * slice_, 2 * slice_
    assert per_day - lost - idle <= before + after <= per_day


def until_refused(server: Server, most: int) -> int:
    """Ask over one connection after another until the day is used up; return how often there was an answer."""
    admitted, deadline = 0, time.monotonic() + 60
    while admitted < most and time.monotonic() < deadline:
        # A new connection may lead to another worker; or nobody is there yet.
        with closing(HTTPConnection("127.0.0.1", server.port)) as connection, suppress(OSError, HTTPException):
            for _ in range(min(20, most - admitted)):
                connection.request("GET", ARCHIVE, headers={"x-api-key": KEY})
                answer = connection.getresponse()
                answer.read()
                if answer.status == 429:
                    return admitted
                admitted += answer.status == 200
    return admitted


def test_workers_of_a_killed_server_end_and_leave_its_port_to_the_next_one(base):
    with running(base, [NODE], workers=2) as server:
        workers = psutil.Process(server.process.pid).children(recursive=True)
        assert len(workers) == 2
        server.process.kill()
        deadline = time.monotonic() + 20
        while any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in workers):
            assert time.monotonic() < deadline, "they go on without a server"
            time.sleep(0.2)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", server.port))
