"""The access log of a gateway: what clients asked is in it, who they are is not."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from archive_kit import one_tile
from gateway_kit import KEY, NODE, ONE_KEY, RELEASE_1, MemoryReader, ask, gateway, gateway_of, pointer, release

from tianlake.functions.gateway import log_spool, log_writer
from tianlake.functions.gateway.access_log import Logged
from tianlake.functions.gateway.log_writer import LogWriter
from tianlake.functions.gateway.node import Node
from tianlake.lake.errors import StoreError
from tianlake.lake.logs.rows import Row
from tianlake.lake.logs.schema import batch_of
from tianlake.lake.store import DirectoryStore

ADDRESS = "203.0.113.77"
SIXTH = "2001:db8:abcd:12ff::1"
ROW = Row(1_796_000_000.0, NODE, "places", "", "tile", "GET", 200, "", 9, 1.5, "none", "a1", "k1", ADDRESS, "gateway")


@pytest.fixture
def writer(tmp_path):
    made = LogWriter({NODE: DirectoryStore(tmp_path / "lake")}, tmp_path / "spool")
    yield made
    made.close()


def served(writer: LogWriter, tmp_path: Path, *, behind_proxy: bool = False) -> Logged:
    objects = release(RELEASE_1, {"places.pmtiles": one_tile(tmp_path), "places.parquet": bytes(5000)})
    objects |= pointer(RELEASE_1) | {"catalog.json": b'{"id":"n"}', "portal/index.html": b"<p>"}
    app = gateway_of({NODE: Node(NODE, MemoryReader(objects))}, ONE_KEY, behind_proxy=behind_proxy)
    return Logged(app, writer.note, writer.close, root=NODE, trust_forwarded=behind_proxy)


def rows(tmp_path: Path) -> list[dict[str, Any]]:
    """What pyarrow reads, sorted by time."""
    files = sorted((tmp_path / "lake/private/logs").glob("date=*/*.parquet"))
    found = [row for file in files for row in pq.read_table(file, partitioning=None).to_pylist()]
    return sorted(found, key=lambda row: row["time"])


def test_each_request_is_in_it_as_it_was_answered(writer, tmp_path):
    app = served(writer, tmp_path)
    asked = [
        ("/tiles/places/0/0/0.mvt", "tile", "places"),
        (f"/tiles/places/{RELEASE_1}/0/0/0.mvt?tk={KEY}", "tile", "places"),
        ("/tiles/places.pmtiles", "archive", "places"),
        (f"/data/places/places.parquet?tk={KEY}", "data", "places"),
        ("/catalog.json", "catalog", ""),
        (f"/{NODE}/portal/index.html", "portal", ""),
        ("/healthz", "health", ""),
        ("/private/keys.snapshot", "other", ""),
        ("/data/places/missing.parquet", "data", "places"),
    ]
    answers = []
    for path, _, _ in asked:
        answers.append(ask(app, path, client=ADDRESS))
        time.sleep(0.002)  # rows of one millisecond have no order
    writer.close()
    found = rows(tmp_path)
    assert [(row["kind"], row["product"]) for row in found] == [(kind, product) for _, kind, product in asked]
    assert [row["status"] for row in found] == [answer.status for answer in answers]
    assert [row["bytes"] for row in found] == [len(answer.body) for answer in answers]
    codes = [answer.document["code"] if answer.status >= 400 else "" for answer in answers]
    assert [row["code"] for row in found] == codes
    assert Counter(codes) == {"": 7, "not-found": 2}
    assert {row["release"] for row in found if row["product"]} == {RELEASE_1}
    assert {row["node"] for row in found} == {NODE}
    assert [bool(row["account"]) for row in found] == [f"tk={KEY}" in path for path, _, _ in asked]
    assert len({row["account"] for row in found}) == 2
    assert all(0 < row["ms"] < 60_000 for row in found)
    assert all(abs(row["time"].timestamp() - time.time()) < 60 for row in found)


def test_a_refusal_a_client_that_has_it_and_one_that_goes_away(writer, tmp_path):
    app = served(writer, tmp_path)
    first = ask(app, "/data/places/places.parquet", client=ADDRESS)
    time.sleep(0.002)
    ask(app, "/data/places/places.parquet", client=ADDRESS, if_none_match=first.headers["etag"])
    time.sleep(0.002)
    ask(app, "/data/places/places.parquet?tk=unknown", client=ADDRESS)
    writer.close()
    told = [(row["status"], row["cache"], row["code"], row["bytes"]) for row in rows(tmp_path)]
    assert told[:2] == [(200, "none", "", 5000), (304, "hit", "", 0)]
    assert told[2][0] in {400, 403}
    assert told[2][2].startswith("key-")


def test_no_key_no_address_and_no_query_is_written_anywhere(writer, tmp_path):
    app = served(writer, tmp_path)
    for client in (ADDRESS, "203.0.113.78", SIXTH, "2001:db8:abcd:1200::9"):
        ask(app, f"/tiles/places.pmtiles?tk={KEY}&secret=planted", client=client, referer="https://planted.example")
    writer.close()
    files = [file for file in tmp_path.rglob("*") if file.is_file() and "private/logs" in file.as_posix()]
    assert {file.suffix for file in files} == {".parquet", ".key"}
    digest = hashlib.sha256(KEY.encode())
    for secret in (KEY, ADDRESS, SIXTH, "203.0.113", "2001:db8", "planted", digest.hexdigest(), "tk=", "a1", "k1"):
        for file in files:
            if len(secret) > 2:  # short names turn up in compressed bytes by chance
                assert secret.encode() not in file.read_bytes(), (secret, file.name)
        told = [str(value) for row in rows(tmp_path) for value in row.values()]
        assert secret not in told
        assert len(secret) <= 2 or not any(secret in value for value in told)
    assert len({row["client"] for row in rows(tmp_path)}) == 2  # one of each /24 and /56


def test_the_same_user_has_another_name_in_another_month(writer, tmp_path):
    for month in (ROW, ROW, ROW._replace(time=ROW.time + 40 * 86400)):
        writer.note(month)
    writer.close()
    names = [(row["account"], row["key"], row["client"]) for row in rows(tmp_path)]
    assert names[0] == names[1]
    assert not {*names[0]} & {*names[2]}
    secrets = sorted((tmp_path / "lake/private/logs/secrets").iterdir())
    assert [file.name for file in secrets] == ["2026-11.key", "2027-01.key"]
    assert len({file.read_bytes() for file in secrets}) == 2


def test_a_proxy_that_asks_for_our_word_is_counted_as_its_client(writer, tmp_path):
    app = served(writer, tmp_path, behind_proxy=True)
    ask(app, "/data/places/places.parquet", "HEAD", tianlake_sending="bytes=0-99", x_forwarded_for=ADDRESS)
    time.sleep(0.002)
    ask(app, "/data/places/places.parquet", "HEAD", x_forwarded_for=ADDRESS)
    writer.close()
    assert [(row["method"], row["bytes"]) for row in rows(tmp_path)] == [("GET", 100), ("HEAD", 0)]


KILLED = """
import sys, time
from pathlib import Path
from typing import Any
from tianlake.functions.gateway import log_writer
log_writer.FLUSH_S = 0.5
from tianlake.lake.logs.rows import Row
from tianlake.lake.store import DirectoryStore
base = Path(sys.argv[1])
writer = log_writer.LogWriter({"156130000": DirectoryStore(base / "lake")}, base / "spool")
for number in range(500):
    came = 1796000000.0 + number
    writer.note(Row(came, "156130000", "p", "", "tile", "GET", 200, "", 1, 1.0, "none", "", "", "", "gateway"))
while writer._waiting or not any(file.stat().st_size for file in base.glob("spool/*")):
    time.sleep(0.05)
print("written", flush=True)
time.sleep(60)
"""


def test_what_a_killed_server_had_written_the_next_one_puts_into_the_lake(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert rows(tmp_path) == []
    [left] = (tmp_path / "spool").iterdir()
    left.write_bytes(left.read_bytes() + (5000).to_bytes(8, "big") + b"half a piece")
    LogWriter({"156130000": DirectoryStore(tmp_path / "lake")}, tmp_path / "spool").close()
    assert len(rows(tmp_path)) == 500
    assert not list((tmp_path / "spool").iterdir())


@pytest.mark.parametrize("how", ["cut off", "zeros"])
def test_a_piece_that_ends_early_or_is_damaged_stops_no_other(tmp_path, how):
    folder = tmp_path / "spool"
    spool = log_spool.Spool(folder)
    spool.add(batch_of([ROW] * 100))
    spool.turn()
    [file] = folder.iterdir()
    whole = file.read_bytes()
    damaged = whole[:60] + bytes(len(whole) - 60)
    file.write_bytes(whole + whole[:-700] if how == "cut off" else damaged + whole)
    spool.add(batch_of([ROW] * 7))
    spool.turn()
    LogWriter({NODE: DirectoryStore(tmp_path / "lake")}, folder).close()
    assert len(rows(tmp_path)) == 107
    assert not list(folder.iterdir())


def test_an_empty_file_that_another_process_removed_is_not_written_into(tmp_path, monkeypatch):
    real, folder = fcntl.flock, tmp_path / "spool"
    removed: list[Path] = []

    def late(file, how):
        if not removed:
            removed.extend(folder.iterdir())
            removed[0].unlink()
        real(file, how)

    monkeypatch.setattr(fcntl, "flock", late)
    spool = log_spool.Spool(folder)
    spool.add(batch_of([ROW]))
    spool.turn()
    [kept] = spool.ready()
    with kept:
        assert kept.read().num_rows == 1


@pytest.mark.parametrize("away", ["put", "get"])
def test_a_node_whose_store_does_not_answer_keeps_no_other_waiting(tmp_path, monkeypatch, away):
    code, one = "156110000", DirectoryStore(tmp_path / "away")
    writer = LogWriter({code: one, NODE: DirectoryStore(tmp_path / "lake")}, tmp_path / "spool")
    real = getattr(one, away)

    def silent(key, *rest, **more):
        if away == "get" or key.endswith(".parquet"):
            raise StoreError("does not answer")
        return real(key, *rest, **more)

    monkeypatch.setattr(one, away, silent)
    for row in (ROW._replace(node=code), ROW, ROW._replace(node=code)):
        writer.note(row)
    writer._safely(roll=True)
    assert len(rows(tmp_path)) == 1
    monkeypatch.setattr(one, away, real)
    writer.close()
    assert len(rows(tmp_path)) == 1
    [file] = (tmp_path / "away/private/logs").glob("date=*/*.parquet")
    assert pq.read_table(file, partitioning=None).num_rows == 2
    assert not list((tmp_path / "spool").iterdir())


def test_what_a_client_makes_up_is_no_product(writer, tmp_path):
    app = served(writer, tmp_path)
    for path in ("/collections/Wang.130000197001010000/collection.json", "/releases/A%20b/x%20y/places.parquet"):
        ask(app, path, client=ADDRESS)
    writer.close()
    assert {(row["product"], row["release"]) for row in rows(tmp_path)} == {("", "")}


def test_a_full_disk_costs_no_request_and_no_row(writer, tmp_path, monkeypatch, caplog):
    real = log_spool._write

    def full(file, body):
        file.write(body[: len(body) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    writer.note(ROW)
    writer._flush()
    monkeypatch.setattr(log_spool, "_write", full)
    writer.note(ROW)
    writer._safely(roll=False)
    assert "No space left on device" in caplog.text
    writer.note(ROW)
    monkeypatch.setattr(log_spool, "_write", real)
    writer.close()
    assert len(rows(tmp_path)) == 3


def test_a_lake_that_does_not_answer_keeps_rows_waiting_on_this_machine(tmp_path, monkeypatch):
    store = DirectoryStore(tmp_path / "lake")
    writer = LogWriter({NODE: store}, tmp_path / "spool")
    writer.note(ROW)
    writer._flush()
    put = store.put
    monkeypatch.setattr(store, "put", lambda *_args, **_more: (_ for _ in ()).throw(OSError("gone")))
    writer.close()
    assert rows(tmp_path) == []
    monkeypatch.setattr(store, "put", put)
    LogWriter({NODE: store}, tmp_path / "spool").close()
    assert len(rows(tmp_path)) == 1


def test_memory_is_bounded_and_what_is_lost_is_said(writer, monkeypatch, caplog, tmp_path):
    monkeypatch.setattr(log_writer, "MOST", 5)
    for _ in range(8):
        writer.note(ROW)
    writer.close()
    assert "lost 3 requests" in caplog.text
    assert len(rows(tmp_path)) == 5


def test_parts_are_sorted_and_read_by_their_folders(writer, tmp_path):
    for product in ("b", "a", "b", "a"):
        writer.note(ROW._replace(product=product))
    writer.close()
    [file] = (tmp_path / "lake/private/logs").glob("date=*/*.parquet")
    assert pq.read_table(file, partitioning=None)["product"].to_pylist() == ["a", "a", "b", "b"]
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "ZSTD"
    found = ds.dataset(tmp_path / "lake/private/logs", partitioning="hive", exclude_invalid_files=True).to_table()
    assert {str(day) for day in found["date"].to_pylist()} == {file.parent.name.removeprefix("date=")}


def test_without_a_log_nothing_is_noted(tmp_path):
    objects = release(RELEASE_1, {"places.pmtiles": one_tile(tmp_path)}) | pointer(RELEASE_1)
    assert ask(gateway(MemoryReader(objects)), "/tiles/places.pmtiles").status == 200
