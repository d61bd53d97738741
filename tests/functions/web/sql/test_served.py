"""`/sql` at a gateway that runs: whom it answers, and clients that people have."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import geopandas as gpd
import psutil
import pyarrow as pa
import pytest
from gateway_kit import KEY
from issue_kit import issue
from lake_kit import NODE
from server_kit import Server, running
from sql_kit import SqlLake

from tianlake.functions.web.sql.limits import Limits

PERSONAL = "personal" * 4
COUNT = "SELECT count(*) AS n FROM n156130000_places"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    base = tmp_path_factory.mktemp("served")
    SqlLake(base, Limits()).publish("places", "SELECT 1 AS id, ST_Point(1, 2)::GEOMETRY('EPSG:4490') AS geometry")
    issue(base)
    issue(base, PERSONAL, number=2, tier="personal")
    with running(base, [NODE.code]) as server:
        yield server


def ask(server: Server, path: str, key: str = KEY, data: bytes | None = None, accept: str = "*/*") -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {key}", "Accept": accept} if key else {}
    request = urllib.request.Request(f"{server.url}{path}", data, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_professional_users_alone_are_answered(served: Server) -> None:
    path = f"/sql?q={quote(COUNT)}"
    assert ask(served, path)[0] == 200
    assert json.loads(ask(served, f"/{NODE.code}/sql", data=COUNT.encode())[1]) == [{"n": 1}]
    assert ask(served, path, PERSONAL)[0] == 403
    assert ask(served, path, "")[0] == 401
    assert ask(served, "/sql?q=SELECT%20*%20FROM%20read_text('/etc/passwd')")[0] == 403


def test_geopandas_and_arrow_read_an_answer(served: Server) -> None:
    statement = b"FROM n156130000_places"
    status, body = ask(served, "/sql", data=statement, accept="application/vnd.apache.parquet")
    assert status == 200
    assert gpd.read_parquet(io.BytesIO(body)).crs.to_epsg() == 4490
    _, body = ask(served, "/sql?format=arrow", data=statement)
    with pa.ipc.open_stream(body) as stream:
        assert stream.read_all().num_rows == 1


def test_the_processes_end_with_the_server(tmp_path: Path) -> None:
    SqlLake(tmp_path, Limits()).publish("places", "SELECT 1 AS id, ST_Point(1, 2)::GEOMETRY('EPSG:4490') AS geometry")
    issue(tmp_path)
    with running(tmp_path, [NODE.code]) as server:
        assert ask(server, f"/sql?q={quote(COUNT)}")[0] == 200
        children = psutil.Process(server.process.pid).children(recursive=True)
        assert any("tianlake.functions.web.sql.worker" in " ".join(each.cmdline()) for each in children)
        server.stop()
    gone, alive = psutil.wait_procs(children, timeout=20)
    assert not alive
    assert gone
