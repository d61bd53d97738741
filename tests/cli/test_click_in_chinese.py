"""Whoever reads Chinese is told of a wrong call in Chinese: all that click has to say, by click's own source."""

from __future__ import annotations

import ast
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest
from command_kit import run

from tianlake.cli.click_words import PHRASES, chinese

OTHER: Final = frozenset({"Error: {message}", "Try '{command} {option}' for help."})
"""What click prints itself, and we do not let it."""
CALLS: Final = (
    (("publish", "--nod", "156130000"), "没有选项 '--nod'。是否为 '--node'？"),
    (("nothing",), "没有命令 'nothing'。"),
    (("backup",), "缺少选项 '--to'。"),
    (("stats", "--by", "hours"), "'--by' 的值有误：'hours' 不在可选值之中："),
    (("stats", "--since", "昨天"), "'--since' 的值有误：'昨天' 不符合格式 '%Y-%m-%d'。"),
    (("serve", "--port", "x"), "'--port' 的值有误：'x' 不是 整数。"),
    (("keys", "revoke"), "缺少参数 'KEY-ID|ACCOUNT'。"),
    (("keys", "revoke", "a", "b"), "多余的参数：b"),
    (("stats", "--by"), "选项 '--by' 须带一个值。"),
    (("restore", "--from", "file:x", "--key", "no.key"), "'--key' 的值有误：文件 'no.key' 不存在。"),
)


def said_by_click() -> set[str]:
    """Return the messages of wrong calls in click's source, by the function that its translations go through."""
    spec = find_spec("click")
    assert spec is not None
    assert spec.origin is not None
    found = set()
    for name in ("exceptions.py", "parser.py", "types.py"):
        for node in ast.walk(ast.parse(Path(spec.origin).with_name(name).read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "ngettext"}:
                found |= {each.value for each in node.args if isinstance(each, ast.Constant)}
    return {each for each in found if isinstance(each, str) and " " in each} - OTHER


def test_every_message_of_the_click_that_is_installed_has_a_chinese_one() -> None:
    given = {each for each in said_by_click() if not each.startswith(("Missing {", "Invalid start character"))}
    assert len(given) > 25
    assert given <= PHRASES.keys()


def test_a_message_is_told_by_its_words_and_keeps_its_values() -> None:
    for theirs in PHRASES:
        values = {name: f"v{number}" for number, name in enumerate(re.findall(r"\{(\w+)", theirs))}
        told = chinese(theirs.replace("!r", "").format(**values))
        assert re.search(r"[\u3400-\u9fff]", told), theirs
        assert [each for each in values.values() if each not in told] == [], theirs
    assert chinese("policy: must be so. And so") == "policy: must be so. And so"


@pytest.mark.parametrize(("words", "told"), CALLS, ids=lambda each: " ".join(each) if isinstance(each, tuple) else "")
def test_a_wrong_call_is_refused_in_chinese_in_one_line(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    done = run("-C", str(tmp_path), *words, lang="zh_CN.UTF-8")
    assert done.returncode == 2
    assert re.match(rf"tianlake [a-z ]*: {re.escape(told)}|tianlake: {re.escape(told)}", done.stderr), done.stderr
    assert done.stderr.count("\n") == 1
