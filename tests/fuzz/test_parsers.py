"""Whatever bytes come in, a parser of foreign input reads them or refuses them in its own words, and soon."""

from __future__ import annotations

import functools
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parsers_kit import PARSERS, mutated, parquet
from pmtiles.tile import Compression

from tianlake.functions.archives import directory
from tianlake.lake.errors import LakeError
from tianlake.lake.leaks import find_leaks
from tianlake.stac.federation.bounded import bounded
from tianlake.stac.federation.rows import read_rows

FEW: Final = 40
MANY: Final = 5000
SOON_S: Final = 5
"""For one input: all of these are small."""


def fuzz(name: str, count: int) -> None:
    parser = PARSERS[name]

    @settings(
        max_examples=count, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.one_of(mutated(parser.seeds), st.binary(max_size=300)))
    def run(data: bytes) -> None:
        begin = time.process_time()
        parser.try_on(data)
        assert time.process_time() - begin < SOON_S

    run()


@pytest.mark.parametrize("name", PARSERS)
def test_the_input_to_begin_from_is_read(name: str) -> None:
    parser = PARSERS[name]
    for seed in parser.seeds:
        if name not in {"offer", "snapshot"}:  # signed by another's word
            parser.read(seed)


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_reads_or_refuses_whatever_comes(name: str) -> None:
    fuzz(name, FEW)


@pytest.mark.long
@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_reads_or_refuses_whatever_comes_for_long(name: str) -> None:
    fuzz(name, MANY)


def break_footers(step: int) -> None:
    """Put a wrong byte at places of a footer. Arrow itself may end its process over one: it is read in another."""
    data = parquet()
    start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    read = functools.partial(read_rows, name="rows")
    for at in range(start, len(data) - 8, step):
        broken = data[:at] + bytes((data[at] ^ 0xFF,)) + data[at + 1 :]
        with suppress(LakeError):
            bounded(read, broken, seconds=30)


def test_a_broken_parquet_footer_ends_no_more_than_the_process_that_reads_it() -> None:
    break_footers(400)


@pytest.mark.long
def test_no_byte_of_a_parquet_footer_ends_more_than_the_process_that_reads_it() -> None:
    break_footers(3)


def test_what_was_found_stays_mended(tmp_path: Path) -> None:
    """A length or place beyond the end of a file took all memory, or ended `publish` with a traceback."""
    far = (1 << 62).to_bytes(8, "little")
    big_tiff = b"II+\0\x08\0\0\0" + far
    long_field = b"II*\0\x08\0\0\0\x01\0" + b"\x0e\x01\x02\0\xff\xff\xff\x7f\x1a\0\0\0" + bytes(4)
    (archive,) = PARSERS["leaks-pmtiles"].seeds
    (las,) = PARSERS["leaks-las"].seeds
    broken = {
        "a.tif": big_tiff,
        "b.tif": long_field,
        "c.pmtiles": archive[:24] + far + far + archive[40:],
        "d.laz": las[:235] + b"\xff" * 8 + b"\1\0\0\0" + las[247:],
    }
    for name, data in broken.items():
        (tmp_path / name).write_bytes(data)
        assert "cannot be checked for leaks" in str(find_leaks(name, tmp_path / name)[0]), name
    with pytest.raises(LakeError, match="directory: is broken"):
        directory(Compression.GZIP, b"\x1f\x8b\x08", file="a.pmtiles")
