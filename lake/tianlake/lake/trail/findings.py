"""What may be wrong with a trail: each rule with its words, and one finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tianlake.lake.plain import Text

Rule = Literal[
    "form",
    "missing",
    "extra",
    "previous",
    "signature",
    "node",
    "time",
    "begin",
    "key",
    "lost",
    "end",
    "anchor",
    "act",
    "chain",
    "pending",
]

RULES: Final[dict[Rule, Text]] = {
    "form": Text("不是记录条目，或序号不符", "is no entry of a trail, or has another number"),
    "missing": Text("条目缺失：被删除", "an entry is missing: it was deleted"),
    "extra": Text("此处不应有对象：被插入", "there must be no object here: it was put in"),
    "previous": Text("与前一条不衔接：前一条被改动，或次序被调换", "does not follow the entry before it"),
    "signature": Text("签名不是节点密钥所签", "is not signed with the node's key"),
    "node": Text("属于其他节点", "is of another node"),
    "time": Text("时间早于前一条", "is dated before the entry before it"),
    "begin": Text(
        "第一条须为 trail.begin 并写明密钥，且仅有一条", "a trail begins, once, with trail.begin and its key"
    ),
    "key": Text("末条的密钥不是该节点现用密钥", "ends with a key that is not the node's own"),
    "lost": Text(
        "密钥遗失后启用的新密钥尚无上级佐证",
        "replaced a lost key, and no parent vouches for it yet",
    ),
    "end": Text("末尾条目缺失：被截断", "entries at the end are missing: the trail was cut off"),
    "anchor": Text("与锚定的内容不同：记录被改写", "is not the entry that was anchored: the trail was rewritten"),
    "act": Text("库中内容与记录不符", "what stands in the store does not fit what is on record"),
    "chain": Text("步骤链不完整或与记录不符", "a chain of steps is damaged, or does not fit what is on record"),
    "pending": Text("待入链的记录超过一天", "an act has been waiting to be sealed for more than a day"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    file: str
    """Key of the object, or of the one that is missing."""
    place: str
    """Where in it: a member; empty where it is the whole."""
    rule: Rule
    told: str = ""
    """What was found there, in English, for people who look closer."""
