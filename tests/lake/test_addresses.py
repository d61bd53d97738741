"""How addresses are read: divisions, town, road, number and the rest. No lake, no engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianlake.lake.search.addresses import LONGEST, readings
from tianlake.lake.search.doors import Door, count, door, leading_door

# text; division; town; road; number; rest
READ = """
河北省廊坊市广阳区金光道66号 | 广阳区 | | 金光道 | 66号 |
廊坊市广阳区金光道66号 | 广阳区 | | 金光道 | 66号 |
广阳区金光道66号 | 广阳区 | | 金光道 | 66号 |
金光道66号 | | | 金光道 | 66号 |
廊坊 广阳 金光道 66号 | 广阳区 | | 金光道 | 66号 |
廊坊，广阳区，金光道，66號 | 广阳区 | | 金光道 | 66号 |
中国河北省廊坊市广阳区金光道６６号 | 广阳区 | | 金光道 | 66号 |
廊坊市广阳区金光道六十六号 | 广阳区 | | 金光道 | 66号 |
廊坊市广阳区金光道一二〇号 | 广阳区 | | 金光道 | 120号 |
廊坊市广阳区金光道一百零二号 | 广阳区 | | 金光道 | 102号 |
廊坊市广阳区金光道甲12号 | 广阳区 | | 金光道 | 甲12号 |
廊坊市广阳区金光道12号甲 | 广阳区 | | 金光道 | 甲12号 |
廊坊市广阳区金光道12甲号 | 广阳区 | | 金光道 | 甲12号 |
廊坊市广阳区金光道12A号 | 广阳区 | | 金光道 | 12A号 |
廊坊市广阳区金光道12-3号 | 广阳区 | | 金光道 | 12-3号 |
廊坊市广阳区金光道12号之三 | 广阳区 | | 金光道 | 12-3号 |
廊坊市广阳区金光道12之3号 | 广阳区 | | 金光道 | 12-3号 |
廊坊市广阳区金光道12-3 | 广阳区 | | 金光道 | 12-3号 |
廊坊市广阳区金光道66 | 广阳区 | | 金光道 | 66号 |
廊坊市广阳区金光道66号院3号楼2单元501室 | 广阳区 | | 金光道 | 66号 |
廊坊市广阳区金光道66号廊坊图书馆 | 广阳区 | | 金光道 | 66号 | 廊坊图书馆
廊坊市广阳区金光道 | 广阳区 | | 金光道 | |
广阳区万庄镇友谊路15号 | 广阳区 | 万庄镇 | 友谊路 | 15号 |
广阳区银河北路街道金光道66号 | 广阳区 | 银河北路街道 | 金光道 | 66号 |
广阳区银河北路街道办事处 | 广阳区 | 银河北路街道办事处 | | |
廊坊开发区友谊路15号 | 廊坊市 | 开发区 | 友谊路 | 15号 |
廊坊市丰润区光华道 | 廊坊市 | | 光华道 | |
上海市南京西路1025弄12号 | 上海市 | | 南京西路 | 1025弄12号 |
上海南京西路1025弄 | 上海市 | | 南京西路 | 1025弄 |
上海市静安区南京西路一〇二五弄十二号 | 静安区 | | 南京西路 | 1025弄12号 |
北京市北京市海淀区上地十街十号 | 海淀区 | | 上地十街 | 10号 |
北京市海淀区中关村大街27号 | 海淀区 | | 中关村大街 | 27号 |
北京市东城区东四十条22号 | 东城区 | | 东四十条 | 22号 |
北京市西城区大红罗厂街乙3号 | 西城区 | | 大红罗厂街 | 乙3号 |
北京市东城区南锣鼓巷帽儿胡同9号 | 东城区 | | 南锣鼓巷 | | 帽儿胡同9号
南京市玄武区鸡鸣寺 | 玄武区 | | | | 鸡鸣寺
中华人民共和国河北省廊坊市 | 廊坊市 | | | |
中国银行 | | | | | 中国银行
北京西路 | | | 北京西路 | |
南京路 | | | 南京路 | |
广阳道 | | | 广阳道 | |
新乡路 | | | 新乡路 | |
吉林省吉林市昌邑区解放大路 | 昌邑区 | | 解放大路 | |
吉林市解放大路 | 吉林市 | | 解放大路 | |
内蒙古自治区锡林郭勒盟锡林浩特市额尔敦路 | 锡林浩特市 | | 额尔敦路 | |
广西壮族自治区南宁市青秀区民族大道100号 | 青秀区 | | 民族大道 | 100号 |
广西南宁民族大道100号 | 南宁市 | | 民族大道 | 100号 |
大厂回族自治县府前路 | 大厂回族自治县 | | 府前路 | |
大厂县府前路 | 大厂回族自治县 | | 府前路 | |
延边州延吉市人民路 | 延吉市 | | 人民路 | |
济源市黄河大道1号 | 济源市 | | 黄河大道 | 1号 |
石河子市北三路 | 石河子市 | | 北三路 | |
海南省文昌市文建路 | 文昌市 | | 文建路 | |
河北固安县 | 固安县 | | | |
河北省 | 河北省 | | | |
北京 | 北京市 | | | |
G104国道 | | | G104国道 | |
104国道 | | | 104国道 | |
京开高速公路 | | | 京开高速公路 | |
铁道路5号 | | | 铁道路 | 5号 |
古镇路3号 | | | 古镇路 | 3号 |
1号路5号 | | | 1号路 | 5号 |
人民东路一巷3号 | | | 人民东路一巷 | 3号 |
建设路东段12号 | | | 建设路东段 | 12号 |
和平路步行街 | | | 和平路步行街 | |
第五大街12号 | | | 第五大街 | 12号 |
地铁1号线 | | | | | 地铁1号线
友谊路万达广场 | | | 友谊路 | | 万达广场
廊坊市人民政府 | 廊坊市 | | | | 人民政府
廊坊市路桥公司 | 廊坊市 | | | | 路桥公司
辽宁朝阳市场 | 朝阳市 | | | | 市场
"""
ROWS = [[part.strip() for part in f"{line}|||||".split("|")][:6] for line in READ.strip().splitlines()]


@pytest.mark.parametrize(("text", "division", "town", "road", "number", "rest"), ROWS, ids=[row[0] for row in ROWS])
def test_an_address_is_read(text: str, division: str, town: str, road: str, number: str, rest: str) -> None:
    read = readings(text)[0]
    names = {each.name for each in read.divisions}
    assert division in names or not (division or names)
    assert (read.town, read.road, read.rest) == (town, road, rest)
    assert str(read.door or "") == number


def test_a_short_name_may_be_the_beginning_of_a_name() -> None:
    assert [each.name for each in readings("廊坊站")] == ["站", "廊坊站"]
    assert [each.name for each in readings("河北廊坊站")] == ["站", "廊坊站", "河北廊坊站"]
    # A whole name is what it says.
    assert [each.name for each in readings("廊坊市车站")] == ["车站"]


def test_names_narrow_one_another() -> None:
    alone = readings("朝阳区建国路88号")[0]
    assert set(alone.codes) == {"156110105", "156220104"}
    assert readings("北京朝阳区建国路88号")[0].codes == ("156110105",)
    assert readings("长春市朝阳区建国路88号")[0].codes == ("156220104",)


def test_divisions_that_do_not_lie_in_one_another_are_noticed() -> None:
    wrong = readings("廊坊市丰润区光华道")[0]
    assert (wrong.contradicts, wrong.codes) == (True, ("156131000",))
    assert not readings("唐山市丰润区光华道")[0].contradicts


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("120", 120), ("一百二十", 120), ("一百二", 120), ("一百零二", 102), ("一二〇", 120), ("十二", 12)),
        *(("二十", 20), ("十", 10), ("一千零五十", 1050), ("一千二百", 1200), ("两百", 200), ("三千四", 3400)),
    ],
)
def test_numbers_are_read_in_digits_and_in_chinese(text: str, number: int) -> None:
    assert count(text) == number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        *(("12", Door(12)), ("12号", Door(12)), ("１２ 号", Door(12)), ("12号院", Door(12)), ("甲12", Door(12, "甲"))),
        *(("甲12号", Door(12, "甲")), ("12-3", Door(12, part=3)), ("1025弄", Door(0, lane=1025))),
        *(("12、14号", None), ("12号楼", None), ("院内", None), ("", None)),
    ],
)
def test_numbers_of_tables_are_read_alike(written: str, number: Door | None) -> None:
    assert door(written) == number


@given(st.integers(1, 9999), st.sampled_from(["", *"甲乙丙"]), st.integers(0, 99), st.integers(0, 2000))
def test_a_number_is_read_as_it_is_written(main: int, stem: str, part: int, lane: int) -> None:
    written = Door(main, stem, part, lane)
    assert leading_door(str(written)) == (written, "")


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    found = readings(text)
    assert 1 <= len(found) <= 3
    assert all(len(each.name) <= LONGEST for each in found)


@given(st.text(alphabet="河北省廊坊市广阳区路街道大胡同号弄甲一二十0123456789-", max_size=200))
def test_texts_like_addresses_can_be_read(text: str) -> None:
    assert 1 <= len(readings(text)) <= 3
