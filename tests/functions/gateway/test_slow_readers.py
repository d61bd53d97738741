"""Who asks for much and reads slowly keeps no more of a server than it has to spare, and keeps it for so long only."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from gateway_kit import KEY
from issue_kit import issue
from lake_kit import NODE
from server_kit import Server, running
from sql_kit import SqlLake

from tianlake.functions.web.sql.limits import Limits

LETTERS = "SELECT repeat('x', 1000) AS x FROM range(20000)"
"""20 MB, more than the system's buffers hold for a client that does not read."""
COUNT = "SELECT count(*) AS n FROM n156130000_places"

SMALL = """
from tianlake.functions.gateway import unread
unread.Unread.__init__.__defaults__ = (5_000_000,)
unread.PATIENCE_S = {patience}
unread.SLOWEST = 10 ** 9
"""
"""A server that has 5 MB to spare for answers that wait, so that one client is enough to see it."""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("slow")
    SqlLake(base, Limits()).publish("places", "SELECT 1 AS id, ST_Point(1, 2)::GEOMETRY('EPSG:4490') AS geometry")
    issue(base)
    return base


@pytest.fixture(scope="module")
def patient(lake: Path) -> Iterator[Server]:
    with running(lake, [NODE.code], prelude=SMALL.format(patience=60)) as server:
        yield server


def ask(server: Server, sql: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(f"{server.url}/sql?q={quote(sql)}", headers={"X-Api-Key": KEY})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def slow(server: Server) -> socket.socket:
    """Return a connection by which much was asked for, of whose answer the first bytes are there and read."""
    connection = server.connect()
    connection.settimeout(60)
    head = f"GET /sql?q={quote(LETTERS)} HTTP/1.1\r\nHost: x\r\nX-Api-Key: {KEY}\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode())
    assert connection.recv(12) == b"HTTP/1.1 200"
    return connection


def answered_again(server: Server, within: float) -> bool:
    until = time.monotonic() + within
    while (status := ask(server, COUNT)[0]) != 200 and time.monotonic() < until:
        assert status == 503
        time.sleep(0.2)
    return status == 200


def test_while_too_much_waits_no_statement_is_run_and_all_else_is_answered(patient: Server) -> None:
    with slow(patient) as reader:
        status, headers, body = ask(patient, COUNT)
        assert (status, json.loads(body)["code"]) == (503, "answers-unread")
        assert int(headers["retry-after"]) >= 1
        with urllib.request.urlopen(f"{patient.url}/catalog.json", timeout=60) as other:
            assert other.status == 200
        reader.settimeout(60)
        rest = b"".join(iter(lambda: reader.recv(1 << 20), b""))
    rows = json.loads(rest.partition(b"\r\n\r\n")[2])
    assert rows == [{"x": "x" * 1000}] * 20_000, "who reads slowly gets every byte all the same"
    assert answered_again(patient, 10)


def test_what_a_client_that_goes_away_left_is_let_go(patient: Server) -> None:
    slow(patient).close()
    assert answered_again(patient, 10)


def test_who_takes_too_long_is_cut_off(lake: Path) -> None:
    with running(lake, [NODE.code], prelude=SMALL.format(patience=1)) as server, slow(server) as reader:
        assert answered_again(server, 10), "nobody waits for a client that never reads"
        rest = b"".join(iter(lambda: reader.recv(1 << 20), b""))
    assert len(rest) < 20_000_000, "an answer that breaks off is not taken for a whole one"
