"""Chinese place names in Hanyu Pinyin, as names on maps are spelled: words joined, capitals, no tones.

Rules: 中国地名汉语拼音字母拼写规则（汉语地名部分） (1984): the generic term is a word of its own (石家庄市 →
Shijiazhuang Shi), an apostrophe stands before a syllable in a, o or e (六安 → Lu'an); ü stays. Peoples in the names of
autonomous units are spelled as GB/T 3304-1991 has them (蒙古族 → Mongolzu), and 陕西 as GB/T 2260 has it: Shaanxi.
Names that come from other languages of China have spellings of their own, of which only those of `SPELLINGS` are
known here: a recipe that has them maps them to the field `pinyin`. Everything else is read as Chinese.

Readings are pypinyin's, put right by `READINGS`: its readings of all 3,214 names of the division list were looked
through for the characters that have several.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from pypinyin import Style, lazy_pinyin


def _table(text: str) -> dict[str, str]:
    """Return the pairs of a table written as text: `word=meaning`, with `-` for a space."""
    return dict(pair.replace("-", " ").split("=") for pair in text.split())


READINGS: Final = _table("""
    长=chang 都=du 勒=le 什=shi 长子县=zhang-zi-xian 大城县=dai-cheng-xian 朝阳=chao-yang 万柏林=wan-bai-lin
    珲春=hun-chun 闵行=min-hang 闽侯=min-hou 洪洞=hong-tong 浚县=xun-xian 单县=shan-xian 乐陵=lao-ling
    六合=lu-he 召陵=shao-ling 南乐=nan-le 民乐=min-le 佛冈=fo-gang 佛坪=fo-ping 涡阳=guo-yang 筠连=jun-lian
    荥经=ying-jing 曾都=zeng-du 蚌山=beng-shan 繁峙=fan-shi 浪卡子=lang-ka-zi 宕昌=tan-chang 称多=chen-duo
    漯河=luo-he 伽师=jia-shi 马尾=ma-wei 崆峒=kong-tong
""")
"""Word → its syllables, where pypinyin 0.55 reads it otherwise. The first four are characters that in names of places
have one reading nearly always. Source: 现代汉语词典, readings of place names."""

SPELLINGS: Final = _table("""
    陕西=Shaanxi 内蒙古=Nei-Mongol 呼和浩特=Hohhot 乌鲁木齐=Ürümqi 拉萨=Lhasa
""")
"""Names that GB/T 2260-2007 spells otherwise than their characters read."""

PEOPLES: Final = _table("""
    蒙古=Mongol 回=Hui 藏=Zang 维吾尔=Uygur 苗=Miao 彝=Yi 壮=Zhuang 布依=Bouyei 朝鲜=Chosen 满=Man 侗=Dong
    瑶=Yao 白=Bai 土家=Tujia 哈尼=Hani 哈萨克=Kazak 傣=Dai 黎=Li 傈僳=Lisu 佤=Va 畲=She 高山=Gaoshan
    拉祜=Lahu 水=Sui 东乡=Dongxiang 纳西=Naxi 景颇=Jingpo 柯尔克孜=Kirgiz 土=Tu 达斡尔=Daur 仫佬=Mulao
    羌=Qiang 布朗=Blang 撒拉=Salar 毛南=Maonan 仡佬=Gelao 锡伯=Xibe 阿昌=Achang 普米=Pumi 塔吉克=Tajik 怒=Nu
    乌孜别克=Uzbek 俄罗斯=Russ 鄂温克=Ewenki 德昂=Deang 保安=Bonan 裕固=Yugur 京=Gin 塔塔尔=Tatar
    独龙=Derung 鄂伦春=Oroqen 赫哲=Hezhen 门巴=Monba 珞巴=Lhoba 基诺=Jino 各=Ge
""")
"""The 55 peoples of GB/T 3304-1991 other than 汉, as it spells them; 各族 is all of them."""

GENERIC: Final = (
    *("特别行政区", "自治区", "自治州", "自治县", "自治旗", "联合旗", "地区", "林区", "特区", "新区", "矿区"),
    *("左旗", "右旗", "前旗", "中旗", "后旗", "开发区", "小区", "街道", "省", "市", "县", "区", "盟", "旗", "镇", "乡"),
    *(
        "高速公路",
        "高速",
        "公路",
        "国道",
        "省道",
        "县道",
        "大道",
        "大街",
        "胡同",
        "大桥",
        "隧道",
        "路",
        "街",
        "巷",
        "桥",
    ),
    *("水库", "运河", "干渠", "湖", "河", "江", "渠", "山", "岛", "站"),
)
"""Generic terms (通名) that are words of their own. 村 and 庄 are not: names of villages are one word (rule 4)."""

_TAIL: Final = re.compile(f"(.+?)({'|'.join(GENERIC)})".replace("林区", "(?<!万柏)林区"))
"""万柏林区 is a district, not a forest."""
_READING: Final = re.compile("|".join(sorted(READINGS, key=len, reverse=True)))
_SPELLING: Final = re.compile(f"({'|'.join(SPELLINGS)})")
_NAMES: Final = "|".join(sorted(PEOPLES, key=len, reverse=True))
_LONG: Final = "|".join(name for name in PEOPLES if len(name) > 1)
_PEOPLE: Final = re.compile(f"((?:{_NAMES})族|(?:{_LONG})$)")
_HAN: Final = re.compile(r"([\u3400-\u9fff\U00020000-\U0003ffff]+)")
_AUTONOMOUS: Final = re.compile("自治.|区|乡")


@lru_cache(maxsize=65_536)
def romanize(name: str) -> str:
    """Return a name in Hanyu Pinyin; what is not Chinese in it stays as it is."""
    words: list[str] = []
    for number, run in enumerate(_HAN.split(name)):
        words += _words(run) if number % 2 else [run.strip(" ·")]
    return " ".join(word for word in words if word)


def _words(run: str) -> list[str]:
    """Return the words of a run of Chinese characters."""
    read = syllables(run)
    words, start = [], 0
    for part in _parts(run):
        own = read[start : start + len(part)]
        start += len(part)
        words.append(SPELLINGS.get(part) or _people(part) or _joined(own))
    return words


def _parts(run: str) -> list[str]:
    """Return the characters of each word."""
    match = _TAIL.fullmatch(run)
    specific, generic = match.groups() if match else (run, "")
    parts = _SPELLING.split(specific)
    if _AUTONOMOUS.fullmatch(generic):
        parts = [each for part in parts for each in ([part] if part in SPELLINGS else _PEOPLE.split(part))]
    return [part for part in (*parts, generic) if part]


def _people(part: str) -> str | None:
    bare = part.removesuffix("族")
    if len(bare) == len(part) and len(part) < 2:  # noqa: PLR2004 - 水, 土, 白 alone are words like any other
        return None
    spelled = PEOPLES.get(bare)
    return None if spelled is None else spelled + ("zu" if bare != part else "")


def syllables(run: str) -> list[str]:
    """Return one syllable for each character of a run of Chinese ones, small letters without tones."""
    found: list[str] = []
    start = 0
    for match in _READING.finditer(run):
        found += _read(run[start : match.start()])
        found += READINGS[match[0]].split()
        start = match.end()
    return found + _read(run[start:])


def _read(run: str) -> list[str]:
    """Return pypinyin's reading; characters that it does not know stand for themselves, each by itself."""
    return lazy_pinyin(run, style=Style.NORMAL, v_to_u=True, errors=_apart) if run else []


def _apart(unknown: str) -> Any:  # noqa: ANN401 - pypinyin says str and takes a list, too
    return list(unknown)


def _joined(syllables: list[str]) -> str:
    word = syllables[0] + "".join(f"'{each}" if each[0] in "aoe" else each for each in syllables[1:])
    return word[0].upper() + word[1:]
