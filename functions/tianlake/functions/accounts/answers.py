"""What may go wrong with an account call: one kind of error that says which, and where in what was sent."""

from __future__ import annotations

from typing import Final

from tianlake.functions.calls import CallError
from tianlake.functions.problems import Problem
from tianlake.lake.plain import Text

FORM: Final = Problem(400, "form-wrong", Text("所填内容有误。", "Something in the form is wrong."))
BODY: Final = Problem(400, "body-wrong", Text("请求体不是 JSON 对象。", "The body is not a JSON object."))
TOKEN_MISSING: Final = Problem(
    401,
    "token-missing",
    Text(
        "需要管理令牌：Authorization: Bearer t…；查询用量（/usage）也可用密钥：?tk=…",
        "This needs a management token: Authorization: Bearer t…; for /usage a key will do, too: ?tk=…",
    ),
)
TOKEN_WRONG: Final = Problem(401, "token-wrong", Text("没有这个管理令牌。", "There is no such management token."))
KEY_WRONG: Final = Problem(401, "key-unknown", Text("没有这个密钥。", "There is no such key."))
SUSPENDED: Final = Problem(
    403,
    "account-suspended",
    Text(
        "此用户已被停用，请与节点的运行维护单位联系。", "This account is suspended; write to the operator of the node."
    ),
)
TERMS_DUE: Final = Problem(
    403,
    "terms-not-accepted",
    Text("请先同意现行的服务条款。", "Accept the terms of service that hold now first."),
)
KIND_CLOSED: Final = Problem(
    403,
    "kind-not-open",
    Text(
        "此类用户不能自行登记，请与节点的运行维护单位联系。",
        "Accounts of this kind do not register by themselves; write to the operator of the node.",
    ),
)
NODES_ONLY: Final = Problem(
    403, "nodes-only", Text("只有节点用户可以取密钥快照。", "The snapshot of keys is for accounts of nodes.")
)
NOT_FOUND: Final = Problem(404, "not-found", Text("没有这个对象。", "There is no such object."))
ELSEWHERE: Final = Problem(
    404,
    "accounts-elsewhere",
    Text("本节点不签发密钥，请到签发节点登记。", "This node issues no keys; register where they are issued."),
)
METHOD: Final = Problem(405, "method-not-allowed", Text("不支持此方法。", "This method is not served here."))
CHANGED: Final = Problem(
    409, "changed-meanwhile", Text("数据刚被修改，请重试。", "Somebody else changed it meanwhile; try again.")
)
OTHER_TERMS: Final = Problem(
    409,
    "terms-changed",
    Text("所同意的不是现行条款，请重新阅读。", "These are not the terms that hold now; read them again."),
)
TOO_MANY_KEYS: Final = Problem(
    409,
    "too-many-keys",
    Text("密钥数已达上限，请先撤销不用的。", "That is as many keys as an account may have; revoke one."),
)
KEY_DEAD: Final = Problem(
    409,
    "key-not-active",
    Text("此密钥已撤销、过期或已被更换。", "This key is revoked, has expired, or was rotated already."),
)
CLOSED: Final = Problem(
    409,
    "account-closed",
    Text("此用户已注销，不能恢复；请重新登记。", "This account is closed for good; register another."),
)
TOO_LARGE: Final = Problem(413, "body-too-large", Text("请求体过大。", "The body is too large."))
MEDIA_TYPE: Final = Problem(
    415, "media-type", Text("请求体须为 application/json。", "The body must be application/json.")
)
TOO_MANY_TRIES: Final = Problem(
    429,
    "too-many-guesses",
    Text("来自该网段的登记或无效令牌过多。", "Too many registrations or wrong tokens came from this network."),
)
INTERNAL: Final = Problem(
    500, "internal", Text("服务器内部错误，已记入日志。", "An error on our side; it is in the server's log.")
)
UNAVAILABLE: Final = Problem(
    503,
    "store-unavailable",
    Text("用户和配额的存储暂时没有应答。", "The store of accounts and quotas does not answer."),
)

CATALOG: Final = (
    *(FORM, BODY, TOKEN_MISSING, TOKEN_WRONG, KEY_WRONG, SUSPENDED, TERMS_DUE, KIND_CLOSED, NODES_ONLY, NOT_FOUND),
    *(ELSEWHERE, METHOD, CHANGED, OTHER_TERMS, TOO_MANY_KEYS, KEY_DEAD, CLOSED, TOO_LARGE, MEDIA_TYPE, TOO_MANY_TRIES),
    *(INTERNAL, UNAVAILABLE),
)


def wrong(field: str, zh: str, en: str) -> CallError:
    """Return the error for one field of what was sent."""
    return CallError(FORM, field=field, rule=Text(zh, en))
