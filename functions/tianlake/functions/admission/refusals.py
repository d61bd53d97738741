"""Every reason to refuse a request: its code, what it is called, and what to do about it (docs/front-door.md).

Codes are stable over versions. `today` is what the same reason is called by Tianditu's interface as it is today
(tianditu.md §1.3): a node answers so where its settings say `strict`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tianlake.functions.problems import Problem
from tianlake.lake.plain import Text


@dataclass(frozen=True, slots=True)
class Today:
    """How today's interface says it."""

    status: int
    code: int
    message: str
    resolve: str = ""
    member: str = "msg"
    """Member that holds the message: 308011 alone calls it `message`."""


@dataclass(frozen=True, slots=True)
class Reason(Problem):
    """One reason to refuse. Statuses are those of RFC 9110 §15.5 and RFC 6585 §4 (429)."""

    resolve: Text
    """What to do about it."""
    today: Today
    hint: str = "portal/account.html"
    """Where to read on, relative to the node's root."""


QUOTAS: Final = "quotas.json"
TERMS: Final = "terms.json"

_UNKNOWN: Final = Today(403, 301001, "非法key", "请到API控制台重新申请Key")
_MALFORMED: Final = Today(400, 308011, "请求参数非法长度或不合规", member="message")
_COMPANION: Final = Today(403, 301020, "安全核验异常", "安全核验sk码错误或丢失!")
_PAGE: Final = "Key权限类型为:浏览器端，请使用浏览器访问！"
_SERVER: Final = "Key权限类型为:服务器端，请使用服务器端访问！"
_NEW_KEY: Final = Text("请在门户中申请新的密钥。", "Make a new one on the portal.")

KEY_MISSING: Final = Reason(
    401,
    "key-missing",
    Text("此服务需要密钥，请求中没有。", "This needs a key, and the request has none."),
    Text(
        "请在门户登记并取得密钥，以 tk 参数、Authorization: Bearer 或 X-Api-Key 请求头发送。",
        "Register on the portal and send your key as `tk`, or in the header Authorization: Bearer or X-Api-Key.",
    ),
    # Today's is a page of a firewall, which no client can read; its clients go by the status alone.
    Today(418, 301001, "非法key", "请求中没有key(tk)"),
)
KEY_MALFORMED: Final = Reason(
    400,
    "key-malformed",
    Text("密钥的格式不对：应为 32 位字母和数字。", "This is not what a key looks like: 32 letters and digits."),
    Text(
        "请检查密钥是否完整，有无多余的空格或引号。",
        "See whether it is whole, without spaces, quotes or a placeholder.",
    ),
    _MALFORMED,
)
KEY_AMBIGUOUS: Final = Reason(
    400,
    "key-ambiguous",
    Text("请求中有几个不同的密钥。", "The request has several different keys."),
    Text("请只发送一个密钥。", "Send one of them."),
    _MALFORMED,
)
KEY_UNKNOWN: Final = Reason(403, "key-unknown", Text("没有这个密钥。", "There is no such key."), _NEW_KEY, _UNKNOWN)
KEY_REVOKED: Final = Reason(403, "key-revoked", Text("此密钥已被撤销。", "This key was revoked."), _NEW_KEY, _UNKNOWN)
KEY_EXPIRED: Final = Reason(403, "key-expired", Text("此密钥已过期。", "This key has expired."), _NEW_KEY, _UNKNOWN)
ACCOUNT_SUSPENDED: Final = Reason(
    403,
    "account-suspended",
    Text("此用户已被停用。", "The account of this key is suspended."),
    Text("请与节点的运行维护单位联系。", "Write to the operator of this node; its page says who that is."),
    _UNKNOWN,
)
TERMS_NOT_ACCEPTED: Final = Reason(
    403,
    "terms-not-accepted",
    Text("此密钥的用户尚未同意现行的服务条款。", "The account of this key has not accepted the terms that hold now."),
    Text("请在门户阅读并同意服务条款。", "Read and accept them on the portal."),
    Today(403, 301001, "非法key", "请到控制台阅读并同意服务条款"),
    TERMS,
)
COMPANION_MISSING: Final = Reason(
    403,
    "companion-missing",
    Text("此密钥要求安全密钥 sk，请求中没有。", "This key asks for its second secret `sk`, and the request has none."),
    Text("请把安全密钥作为 sk 参数一并发送。", "Send the second secret too, as `sk`."),
    _COMPANION,
)
COMPANION_WRONG: Final = Reason(
    403,
    "companion-wrong",
    Text("安全密钥 sk 不对。", "The second secret `sk` is wrong."),
    Text("请核对安全密钥，或更换密钥。", "Compare it with what you noted, or rotate the key."),
    _COMPANION,
)
PAGE_NOT_BOUND: Final = Reason(
    403,
    "page-not-bound",
    Text("此浏览器端密钥没有绑定该网页的域名。", "This browser key is not bound to the host of this page."),
    Text(
        "密钥的绑定不能更改：请在门户中为该域名创建密钥。",
        "What a key is bound to does not change: make one for this host on the portal.",
    ),
    Today(403, 301007, "域名不匹配", "请检查Key绑定的域名"),
)
PAGE_UNKNOWN: Final = Reason(
    403,
    "page-unknown",
    Text(
        "此密钥为浏览器端密钥，请求没有说明来自哪个网页（既无 Referer 也无 Origin）。",
        "This is a browser key, and the request does not say which page it comes from: no Referer and no Origin.",
    ),
    Text(
        "网页请使用 strict-origin 一类的 Referer 策略，或以 CORS 方式请求；"
        "桌面软件和服务器请改用不绑定的密钥或服务器端密钥。",
        "On a page, use a referrer policy such as strict-origin, or request with CORS; elsewhere use a key that is "
        "bound to nothing, or a server key.",
    ),
    Today(403, 301012, "权限类型错误", _PAGE),
)
ADDRESS_NOT_BOUND: Final = Reason(
    403,
    "address-not-bound",
    Text("此服务器端密钥没有绑定该网络地址。", "This server key is not bound to this network address."),
    Text(
        "密钥的绑定不能更改：请在门户中为该地址或网段创建密钥。",
        "What a key is bound to does not change: make one for this address or its network on the portal.",
    ),
    Today(403, 301013, "权限类型错误", _SERVER),
)
TIER_TOO_LOW: Final = Reason(
    403,
    "tier-too-low",
    Text(
        "此密钥的用户等级不能使用此数据；批量数据只向登记的专业用户提供。",
        "The tier of this key does not reach this; bulk data is for registered professional users.",
    ),
    Text(
        "请登记为专业用户（办法第十六条），或请节点的运行维护单位更改等级。",
        "Register as a professional user (article 16), or ask the operator of this node for another tier.",
    ),
    Today(403, 301012, "权限类型错误", "请登记为专业用户"),
    QUOTAS,
)
NEVER_OUTSIDE: Final = Reason(
    403,
    "internal",
    Text("此产品不对外提供。", "This product is for internal use."),
    Text("请与节点的运行维护单位联系。", "Write to the operator of this node; its page says who that is."),
    Today(403, 301012, "权限类型错误", "不对外提供"),
)
LINK_EXPIRED: Final = Reason(
    403,
    "link-expired",
    Text("此下载链接已过期。", "This link has expired."),
    Text("请重新取得链接。", "Ask for a new one."),
    _UNKNOWN,
)
LINK_WRONG: Final = Reason(
    403,
    "link-wrong",
    Text("此下载链接的签名与地址不符。", "The signature of this link does not belong to this address."),
    Text("请原样使用所给的链接；每个链接只用于一个文件。", "Use the link exactly as it was given, for its own file."),
    _UNKNOWN,
)
TOO_FAST: Final = Reason(
    429,
    "too-fast",
    Text("请求过快。", "Requests come too fast."),
    Text("请按 Retry-After 稍候再试，并减少并发。", "Wait as Retry-After says, and send fewer at once."),
    Today(429, 429, "访问过于频繁", "请稍后再试"),
    QUOTAS,
)
DAY_USED_UP: Final = Reason(
    429,
    "day-used-up",
    Text("今日的配额已用完，北京时间零点重新计算。", "The day's quota is used up; it begins anew at 00:00 China time."),
    Text("请明日再试，或申请更高的配额。", "Come back tomorrow, or apply for a higher quota."),
    Today(429, 429, "今日配额已用完", "请明日再试"),
    QUOTAS,
)
TOO_MANY_GUESSES: Final = Reason(
    429,
    "too-many-guesses",
    Text("来自该网段的无效密钥过多。", "Too many wrong keys came from this network."),
    Text("请检查密钥，稍后再试。", "See to the key, and wait as Retry-After says."),
    Today(429, 429, "访问过于频繁", "请稍后再试"),
    QUOTAS,
)
STORE_UNAVAILABLE: Final = Reason(
    503,
    "store-unavailable",
    Text("用户和配额的存储暂时没有应答。", "The store of accounts and quotas does not answer."),
    Text("请按 Retry-After 稍候再试。", "Wait as Retry-After says, and repeat the request."),
    Today(503, 503, "服务暂不可用", "请稍后再试"),
)

CATALOG: Final = (
    KEY_MISSING,
    KEY_MALFORMED,
    KEY_AMBIGUOUS,
    KEY_UNKNOWN,
    KEY_REVOKED,
    KEY_EXPIRED,
    ACCOUNT_SUSPENDED,
    TERMS_NOT_ACCEPTED,
    COMPANION_MISSING,
    COMPANION_WRONG,
    PAGE_NOT_BOUND,
    PAGE_UNKNOWN,
    ADDRESS_NOT_BOUND,
    TIER_TOO_LOW,
    NEVER_OUTSIDE,
    LINK_EXPIRED,
    LINK_WRONG,
    TOO_FAST,
    DAY_USED_UP,
    TOO_MANY_GUESSES,
    STORE_UNAVAILABLE,
)
