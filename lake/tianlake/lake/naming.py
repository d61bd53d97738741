"""Names of nodes by article 6 of 地理信息公共服务平台管理办法: computed from the division list, never typed.

A full name is the division's 全称 and 地理信息公共服务平台. A short name is 天地图· and the division's name
without its generic term (通名) and, in autonomous units, without the peoples it is named for. The article
leaves open what the bare name is; these rules do not, and were tried on every unit of the list:

- The longest generic term goes that leaves two characters or more: 浦东新区 → 浦东, but 清新区 → 清新; 郊区,
  沛县 and 芒市 stay whole. 林区 is generic only where the code is of the county series: 神农架林区 → 神农架,
  but 万柏林区 → 万柏林.
- In 自治区, 自治州, 自治县, 自治旗 and 民族区 every people before the generic term goes too, in full (回族,
  各族) or, before 自治, in short (哈萨克), unless that leaves less than two characters: 东乡族自治县 → 东乡.
- A banner known by a side or a colour stays whole, for what is left of it is no name: 阿拉善左旗, 正蓝旗.
- A city or county whose short name equals a provincial one uses its full name (article 6, last sentence).
  Cities and counties may share a short name, as the article lets them: a node's key is its code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tianlake.lake.divisions import Division, DivisionLevel, Divisions
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.nodes import NodeName

PLATFORM: Final = "地理信息公共服务平台"
BRAND: Final = "天地图"

CHINA: Final = "156"
"""ISO 3166-1 numeric; a node's code is this and the division's."""

NATIONAL: Final = NodeName(
    code="156000000",
    level="national",
    division="中国",
    name=f"国家{PLATFORM}",
    short_name=BRAND,
    parent=None,
)

CORPS: Final = NodeName(
    code="156660000",
    level="provincial",
    division="新疆生产建设兵团",
    name=f"新疆生产建设兵团{PLATFORM}",
    short_name=f"{BRAND}·兵团",
    parent=NATIONAL.code,
)
"""兵团, named by article 6. GB/T 2260 has no code for it: 660000 is internal (statistics use 66)."""

_CORPS_CITIES: Final = "6590"
"""First digits of 新疆's county-level cities under no prefecture, all of them run by 兵团 (ADR 0009)."""

_NODE_CODE: Final = re.compile(rf"{CHINA}([0-9]{{6}})")

# The 55 peoples of GB/T 3304 other than 汉; those of one character are never written without 族.
_LONG: Final = (
    "蒙古|维吾尔|布依|朝鲜|土家|哈尼|哈萨克|傈僳|高山|拉祜|东乡|纳西|景颇|柯尔克孜|达斡尔|仫佬|布朗|撒拉|毛南"
    "|仡佬|锡伯|阿昌|普米|塔吉克|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺"
)
_FULL: Final = f"(?:{_LONG}|回|藏|苗|彝|壮|满|侗|瑶|白|傣|黎|佤|畲|水|土|羌|怒|京|各)族"

# Each pattern's first group is as short as it can be, so what follows it is as long as it can be.
_AUTONOMOUS: Final = re.compile(rf"(.{{2,}}?)(?:{_FULL}|{_LONG})*族?自治[区州县旗]|(.{{2,}}?)(?:{_FULL})+区")
_BANNER: Final = re.compile(r".{2,}[左右前中后]旗|.+[黄白红蓝]旗")
_GENERIC: Final[dict[DivisionLevel, re.Pattern[str]]] = {
    "provincial": re.compile(r"(.{2,}?)(?:特别行政区|省|市)"),
    "city": re.compile(r"(.{2,}?)(?:地区|盟|市)"),
    "county": re.compile(r"(.{2,}?)(?:特区|新区|矿区|联合旗|市|县|区|旗)"),
}
_FOREST: Final = re.compile(r"(.{2,}?)林区")


def node_name(code: str, divisions: Divisions) -> NodeName:
    """Return the identity of the node with this nine-digit code: its level, names and parent.

    Raises:
        NotFoundError: The list has no such division.
        LakeError: `code` is no node code.
    """
    for fixed in (NATIONAL, CORPS):
        if code == fixed.code:
            return fixed
    if not (match := _NODE_CODE.fullmatch(code)):
        hint = f": did you mean {CHINA}{code}?" if divisions.find(code) else ", for example 156131000 for 廊坊市"
        raise LakeError(f"node code {code!r} is not {CHINA} and the six digits of GB/T 2260{hint}")
    if (division := divisions.find(match[1])) is None:
        raise NotFoundError(f"node code {code!r}: {_absence(match[1], divisions)}")
    return _named(division, _provincial_short_names(divisions))


def nodes_above(code: str, divisions: Divisions) -> tuple[str, ...]:
    """Return the codes of the nodes above one in the tree, nearest first; raises as `node_name` does."""
    found: list[str] = []
    while (parent := node_name(found[-1] if found else code, divisions).parent) is not None:
        found.append(parent)
    return tuple(found)


def node_names(divisions: Divisions) -> Iterator[NodeName]:
    """Yield the identity of every node there can be: the national one, then by code, 兵团 last."""
    taken = _provincial_short_names(divisions)
    yield NATIONAL
    yield from (_named(division, taken) for division in divisions.units.values())
    yield CORPS


def find_by_name(text: str, divisions: Divisions) -> tuple[NodeName, ...]:
    """Return every node that `text` may mean: 廊坊市, 廊坊, 天地图·廊坊 or the node's full name."""
    wanted = text.strip()
    return tuple(
        node
        for node in node_names(divisions)
        if wanted in {node.division, node.name, node.short_name, node.short_name.removeprefix(f"{BRAND}·")}
    )


def bare_name(division: Division) -> str:
    """Return a division's name without its generic term and its peoples: 大通 for 大通回族土族自治县."""
    if _BANNER.fullmatch(division.name):
        return division.name
    county_series = 21 <= int(division.code[4:]) <= 50  # noqa: PLR2004 - GB/T 2260: 县, 自治县, 旗, 自治旗, 林区
    match = (
        (_FOREST.fullmatch(division.name) if county_series else None)
        or _AUTONOMOUS.fullmatch(division.name)
        or _GENERIC[division.level].fullmatch(division.name)
    )
    return division.name if match is None else next(group for group in match.groups() if group)


def _provincial_short_names(divisions: Divisions) -> frozenset[str]:
    return frozenset(bare_name(province) for province in divisions.children(None))


def _named(division: Division, taken: frozenset[str]) -> NodeName:
    bare = bare_name(division)
    if division.level != "provincial" and bare in taken:
        bare = division.name
    return NodeName(
        code=f"{CHINA}{division.code}",
        level=division.level,
        division=division.name,
        name=f"{division.name}{PLATFORM}",
        short_name=f"{BRAND}·{bare}",
        parent=_parent(division),
    )


def _parent(division: Division) -> str:
    if division.parent is None:
        return NATIONAL.code
    if division.code.startswith(_CORPS_CITIES):
        return CORPS.code
    return f"{CHINA}{division.parent}"


def _absence(code: str, divisions: Divisions) -> str:
    around = divisions.enclosing(code)
    where = f"within {around.name}" if around else "in China"
    return f"no division {code} {where} in the list of {divisions.fetched}: look up its present code by name"
