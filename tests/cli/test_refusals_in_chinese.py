"""Whoever reads Chinese is refused in Chinese along the ordinary walk of reviews, cases, copies, trail and policies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from tianlake.cli.app import tianlake
from tianlake.lake.errors import LakeError

CODE: Final = "156130000"
N: Final = ("--node", CODE)
P: Final = (*N, "--product", "places")
O: Final = (*N, "--as", "officer-a")  # noqa: E741 - the officer
GRANT: Final = ("case", "decide", "c20261127-0123456789", *O, "--grant", "--basis", "x", "--reason", "x")
FILED: Final = ("--holder", "某局", "--purpose", "内网", "--number", "备1", "--contact", "某人", "--place", "file:held")
NAME: Final = ("--name", "某甲", "--organisation", "某中心")

REFUSED: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("尚未构建", ("publish", *P)),
    ("库中没有这个产品的版本", ("releases", *N, "--product", "places")),
    ("尚未构建", ("review", "submit", *P, "--as", "author-a")),
    ("没有版本 20261127T000000Z-00000000", ("review", "show", *P, "--release", "20261127T000000Z-00000000")),
    ("请同时给出 --node 和 --product", ("review", "show", "--release", "20261127T000000Z-00000000")),
    ("不是审图号", ("review", "map-approve", *P, "--as", "author-a", "--number", "甲测资字1100471")),
    ("写日期", ("review", "map-approve", *P, "--as", "author-a", "--number", "GS(2024)1号", "--approved", "昨天")),
    ("已登记", ("people", "add", "author-a", *N, *NAME, "--role", "author")),
    ("没有节点登记此人", ("people", "new-key", "nobody")),
    ("不存在；本节点的人员：author-a, officer-a", ("case", "open", *N, "--as", "nobody", "--text", "x")),
    ("请写明诉求", ("case", "open", *O)),
    ("公众没有提交过", ("case", "open", "c20261127-0123456789", *O)),
    ("没有这件诉求", ("case", "report", "c20261127-0123456789", *O)),
    ("编号写法如", ("case", "report", "x", *O)),
    ("须指明产品", GRANT),
    ("须指明删除什么", (*GRANT, "--product", "places")),
    ("单独立案", (*GRANT, "--product", "places", "--whole", "--id", "1")),
    ("写法为 列=值", (*GRANT, "--product", "places", "--where", "x")),
    ("范围写法为", (*GRANT, "--product", "places", "--area", "1,2,3,四")),
    ("西须小于东", (*GRANT, "--product", "places", "--area", "3,2,1,4")),
    ("请指明诉求", ("case", "close", *O)),
    ("没有这件诉求", ("case", "apply", "c20261127-0123456789", *O)),
    ("备案还须填写", ("replica", "file", "bureau", *O)),
    ("节点从未发布", ("replica", "file", "bureau", *O, *FILED, "--product", "places", "--expires", "2099-01-01")),
    ("已过", ("replica", "file", "bureau", *O, *FILED, "--product", "places", "--expires", "2020-01-01")),
    ("由经办人（officer）备案", ("replica", "file", "bureau", *N, "--as", "author-a", *FILED)),
    ("没有备案", ("replica", "push", "bureau")),
    ("此处不是前置副本", ("serve", "--copy", ".")),
    ("只与 --copy 同用", ("serve", "--public-key", "x")),
    ("写日期或时间", ("audit", "show", "--since", "昨天")),
    ("给出两个文件", ("policy", "diff", "tianlake.toml")),
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new workspace with an author and an officer; nothing is built."""
    folder = tmp_path_factory.mktemp("walk") / "ws"
    added = [("people", "add", f"{role}-a", *N, *NAME, "--role", role) for role in ("author", "officer")]
    for step in (("init", str(folder), *N), *(("-C", str(folder), *each) for each in added)):
        assert CliRunner().invoke(tianlake, list(step), catch_exceptions=False).exit_code == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("LANG", "zh_CN.UTF-8")
        yield folder


@pytest.mark.parametrize(("wanted", "arguments"), REFUSED)
def test_it_is_refused_in_one_chinese_line(workspace: Path, wanted: str, arguments: tuple[str, ...]) -> None:
    with pytest.raises(LakeError) as caught:
        CliRunner().invoke(tianlake, ["-C", str(workspace), *arguments], catch_exceptions=False)
    told = caught.value.zh
    assert wanted in told
    assert "\n" not in told
    assert not re.search(r"\b(is|are|was|must|needs?|there|it)\b", told), "and not half of it in English"
