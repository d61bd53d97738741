"""Foreign files are read in a process that may take so much memory and time: whatever they say of themselves."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from federation_kit import CITY, NOW, Tree, holds_its_last_good_state, other_news
from kit import REPO

from tianlake.lake.errors import LakeError
from tianlake.stac.federation import bounded as module
from tianlake.stac.federation.bounded import bounded
from tianlake.stac.federation.items import merge_items
from tianlake.stac.federation.rows import read_rows

SIZE = 200_000_000
"""Bytes that the one page of the lying file unpacks to."""


def liar() -> bytes:
    """Return a Parquet file of some kilobytes with 200 MB in one page, whose footer says it is small.

    The sizes in the footer (Thrift compact protocol, zigzag varints) are replaced by ones of the same length.
    """
    sink = io.BytesIO()
    texts = {name: pa.array(["x"]) for name in ("id", "node", "base")}
    big = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(pa.array([0, SIZE], pa.int32()).buffers()[1]), pa.py_buffer(bytes(SIZE))]
    )
    pq.write_table(
        pa.table({**texts, "document": big}),
        sink,
        compression="zstd",
        use_dictionary=False,
        store_schema=False,
        write_statistics=False,
    )
    data = sink.getvalue()
    start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    metadata = pq.read_metadata(io.BytesIO(data)).row_group(0)
    footer = data[start:]
    for size in (metadata.total_byte_size, metadata.column(3).total_uncompressed_size):
        assert varint(2 * size, 5) in footer
        footer = footer.replace(varint(2 * size, 5), varint(2 * 1000, 5))
    return data[:start] + footer


def varint(value: int, length: int) -> bytes:
    """Return a varint of so many bytes, zeros in front of it included."""
    parts = [value >> 7 * place & 0x7F | 0x80 for place in range(length)]
    return bytes([*parts[:-1], parts[-1] & 0x7F])


@pytest.fixture(scope="module")
def lying() -> bytes:
    found = liar()
    assert pq.read_metadata(io.BytesIO(found)).row_group(0).total_byte_size == 1000
    assert len(found) < 1_000_000
    return found


READ = partial(read_rows, name="f")


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a process have half of what the lying file needs."""
    monkeypatch.setattr(module, "MEMORY_BYTES", 100 << 20)


def test_a_page_that_is_larger_than_the_footer_says_ends_the_process_that_reads_it(
    lying: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LakeError, match="cannot be read with 100 MiB of memory"):
        bounded(READ, lying, seconds=60)
    monkeypatch.setattr(module, "MEMORY_BYTES", 8 * SIZE)
    with pytest.raises(LakeError, match="unpacks to"):
        bounded(READ, lying, seconds=60)


def test_a_child_whose_files_lie_of_their_size_is_refused_and_hurts_nobody(tree: Tree, lying: bytes) -> None:
    before = other_news(tree)
    tree.city.forge(files={"collections": lying})
    begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tree.province.harvest(NOW + 60, child_s=60)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - begin
    holds_its_last_good_state(tree, before, "cannot be read with 100 MiB of memory")
    assert grown < 150_000, "kilobytes: what the page holds was never here"
    assert tree.province.child(CITY).state == "stale"


def test_work_that_takes_too_long_is_ended() -> None:
    begin = time.monotonic()
    with pytest.raises(LakeError, match="cannot be read within 1 s"):
        bounded(time.sleep, 60, seconds=1)
    assert time.monotonic() - begin < 30


def test_a_process_that_dies_is_told_of() -> None:
    with pytest.raises(LakeError, match="cannot be read"):
        bounded(os._exit, 3, seconds=60)


MERGE = """
import resource, sys
from functools import partial
from pathlib import Path
import pyarrow as pa
from tianlake.stac.federation.items import merge_items
folder, count = Path(sys.argv[1]), int(sys.argv[2])
assert merge_items([folder / "items.parquet"] * count, folder / f"{count}.parquet")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_the_memory_that_merging_takes_does_not_grow_with_the_index(tmp_path: Path) -> None:
    """A city of 12,000 Items, once and forty times: half a million."""
    from nation import City  # noqa: PLC0415
    from nation_cities import write_city  # noqa: PLC0415

    write_city(tmp_path, City(CITY, 1, 12_000, (0,)))
    (found,) = tmp_path.rglob("items.parquet")
    found.rename(tmp_path / "items.parquet")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(REPO / "stac"), os.environ.get("PYTHONPATH", "")])}

    def peak(count: int) -> int:
        command = [sys.executable, "-c", MERGE, str(tmp_path), str(count)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=120)
        return int(done.stdout)

    once, often = peak(1), peak(40)
    assert pq.read_metadata(tmp_path / "40.parquet").num_rows == 480_000
    assert often < once + 100_000, "kilobytes"


def test_merging_nothing_writes_nothing(tmp_path: Path) -> None:
    assert merge_items([], tmp_path / "items.parquet") is False
    assert not list(tmp_path.iterdir())
