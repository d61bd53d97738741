"""Names in Hanyu Pinyin, by the rules for place names."""

import re

import pytest

from tianlake.build.classes.pinyin import PEOPLES, romanize
from tianlake.lake.divisions import load_divisions

GIVEN = {
    # Division names as GB/T 2260-2007 spells them, chosen for characters with several readings.
    "石家庄市": "Shijiazhuang Shi",
    "重庆市": "Chongqing Shi",
    "厦门市": "Xiamen Shi",
    "长治市": "Changzhi Shi",
    "六安市": "Lu'an Shi",
    "西安市": "Xi'an Shi",
    "陕西省": "Shaanxi Sheng",
    "山西省": "Shanxi Sheng",
    "内蒙古自治区": "Nei Mongol Zizhiqu",
    "呼和浩特市": "Hohhot Shi",
    "乌鲁木齐市": "Ürümqi Shi",
    "吕梁市": "Lüliang Shi",
    "略阳县": "Lüeyang Xian",
    "成都市": "Chengdu Shi",
    "都匀市": "Duyun Shi",
    "乐清市": "Yueqing Shi",
    "乐亭县": "Laoting Xian",
    "乐陵市": "Laoling Shi",
    "乐山市": "Leshan Shi",
    "大城县": "Daicheng Xian",
    "长子县": "Zhangzi Xian",
    "洪洞县": "Hongtong Xian",
    "繁峙县": "Fanshi Xian",
    "尉犁县": "Yuli Xian",
    "尉氏县": "Weishi Xian",
    "浚县": "Xun Xian",
    "单县": "Shan Xian",
    "蔚县": "Yu Xian",
    "六合区": "Luhe Qu",
    "召陵区": "Shaoling Qu",
    "南召县": "Nanzhao Xian",
    "闽侯县": "Minhou Xian",
    "漯河市": "Luohe Shi",
    "涡阳县": "Guoyang Xian",
    "亳州市": "Bozhou Shi",
    "蚌埠市": "Bengbu Shi",
    "蚌山区": "Bengshan Qu",
    "珲春市": "Hunchun Shi",
    "朝阳市": "Chaoyang Shi",
    "会理市": "Huili Shi",
    "东阿县": "Dong'e Xian",
    "固安县": "Gu'an Xian",
    "番禺区": "Panyu Qu",
    "大埔县": "Dabu Xian",
    "荥经县": "Yingjing Xian",
    "荥阳市": "Xingyang Shi",
    "宕昌县": "Tanchang Xian",
    "伽师县": "Jiashi Xian",
    "阆中市": "Langzhong Shi",
    "盱眙县": "Xuyi Xian",
    "铅山县": "Yanshan Xian",
    "柘荣县": "Zherong Xian",
    "沛县": "Pei Xian",
    "城区": "Cheng Qu",
    "浦东新区": "Pudong Xinqu",
    "六枝特区": "Liuzhi Tequ",
    "神农架林区": "Shennongjia Linqu",
    "万柏林区": "Wanbailin Qu",
    "井陉矿区": "Jingxing Kuangqu",
    "大通回族土族自治县": "Datong Huizu Tuzu Zizhixian",
    "管城回族区": "Guancheng Huizu Qu",
    "阜新蒙古族自治县": "Fuxin Mongolzu Zizhixian",
    "东乡族自治县": "Dongxiangzu Zizhixian",
    "新疆维吾尔自治区": "Xinjiang Uygur Zizhiqu",
    "香港特别行政区": "Xianggang Tebiexingzhengqu",
    "阿鲁科尔沁旗": "Alukeerqin Qi".replace("Alukeerqin", "Aluke'erqin"),
    "正蓝旗": "Zhenglan Qi",
}


@pytest.mark.parametrize("name", GIVEN)
def test_a_division_is_spelled_as_on_maps(name):
    assert romanize(name) == GIVEN[name]


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("中山路", "Zhongshan Lu"),
        ("G45大广高速", "G45 Daguang Gaosu"),
        ("解放路12号", "Jiefang Lu 12 Hao"),
        ("王村", "Wangcun"),
        ("太行山", "Taihang Shan"),
        ("永定河", "Yongding He"),
        ("KFC", "KFC"),
        ("", ""),
        ("天安门·东", "Tian'anmen Dong"),
    ],
)
def test_other_names_are_spelled_by_the_same_rules(name, spelled):
    assert romanize(name) == spelled


def test_every_name_of_the_division_list_is_spelled_in_letters_alone():
    units = load_divisions().units.values()
    assert len(units) == 3214
    wrong = [unit.name for unit in units if not re.fullmatch(r"[A-ZÜ][a-zü']+( [A-Z][a-zü']+)*", romanize(unit.name))]
    assert wrong == []


def test_every_people_in_the_name_of_a_division_is_known():
    names = "".join(unit.name for unit in load_divisions().units.values() if "自治" in unit.name)
    assert len(PEOPLES) == 56
    assert not [name for name in PEOPLES if f"{name}族" in names and f"{PEOPLES[name]}zu" not in _spelled()]


def _spelled() -> str:
    return " ".join(romanize(unit.name) for unit in load_divisions().units.values())
