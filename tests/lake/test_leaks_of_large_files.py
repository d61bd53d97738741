"""The leak gate holds a block of a large file at a time, and misses nothing where two meet."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from tianlake.lake.leaks import find_leaks, gate, texts

SECRET = "AKIA" + "IOSFODNN7EXAMPLE"
BLOCK = 1 << 16


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 64 kB, so that a file of a few is soon looked through."""
    monkeypatch.setattr(texts, "BLOCK", BLOCK)
    monkeypatch.setattr(gate, "LONGEST", BLOCK)


@pytest.mark.parametrize("shift", range(-24, 5, 4))
@pytest.mark.parametrize("filling", [b"\xff", b"x"], ids=["bytes", "one line of text"])
def test_a_secret_across_the_end_of_a_block_is_found(tmp_path: Path, filling: bytes, shift: int) -> None:
    file = tmp_path / "unknown.bin"
    before = filling * (BLOCK + shift - 1) + b" "
    file.write_bytes(before + SECRET.encode() + b" " + filling * 1000)
    assert [leak.rule.split(" must")[0] for leak in find_leaks("unknown.bin", file)] == ["AWS access key id"]


def test_a_large_file_is_not_held_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "large.bin"
    with file.open("wb") as out:
        for _ in range(64):
            out.write(b"\xff" * BLOCK)
    tracemalloc.start()
    try:
        assert find_leaks("large.bin", file) == []
        assert tracemalloc.get_traced_memory()[1] < 16 * BLOCK
    finally:
        tracemalloc.stop()


def test_lines_are_numbered_as_an_editor_does(tmp_path: Path) -> None:
    file = tmp_path / "large.txt"
    file.write_text("a\n" * 5 + "y" * (BLOCK + 10) + "\nz\n" + f"key {SECRET}\n", "utf-8")
    assert [leak.place for leak in find_leaks("large.txt", file)] == ["line 8"]
