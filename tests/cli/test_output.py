"""What strangers wrote is printed, and steers no terminal."""

from __future__ import annotations

import json

import pytest

from tianlake.cli.output import emit, table, tell

HOSTILE = "\x1b]0;title\x07\x1b[2J\x9b2J\x7f\r名称"


def test_no_control_character_of_a_text_reaches_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    tell(f"one\ttwo\n{HOSTILE}")
    table([[HOSTILE]], ["name"])
    emit({"title": HOSTILE})
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert [each for each in text if not each.isprintable() and each not in "\t\n"] == []
        assert "名称" in text
    assert said.err.startswith("one\ttwo\n")


def test_programs_read_the_very_text(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"title": HOSTILE})
    assert json.loads(capsys.readouterr().out) == {"title": HOSTILE}
