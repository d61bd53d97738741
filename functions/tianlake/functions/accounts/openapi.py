"""The description of account calls, OpenAPI 3.1.0: `/accounts/openapi.json`."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from tianlake.functions.accounts import answers
from tianlake.functions.accounts.schemas import SCHEMAS
from tianlake.functions.accounts.snapshot import MEDIA_TYPE
from tianlake.functions.problems import MEDIA_TYPE as PROBLEM
from tianlake.functions.problems import Problem

_Json = dict[str, Any]

_JSON: Final = "application/json"
_TOKEN: Final[list[_Json]] = [{"token": []}]
_KEY: Final[list[_Json]] = [{"token": []}, {"key": []}, {"key_header": []}, {"key_bearer": []}]
_TOKEN_ERRORS: Final = (answers.TOKEN_WRONG, answers.TOO_MANY_TRIES, answers.ELSEWHERE, answers.UNAVAILABLE)
_FORM_ERRORS: Final = (answers.FORM, answers.TOO_LARGE, answers.MEDIA_TYPE)
_CHANGE_ERRORS: Final = (*_FORM_ERRORS, *_TOKEN_ERRORS, answers.CHANGED)
_KEY_ID: Final[_Json] = {
    "name": "key_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^k[a-z0-9]{11}$"},
}


@cache
def document() -> dict[str, Any]:
    """Return the description; made once."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tianlake accounts · 天湖用户与密钥",
            "version": "1",
            "summary": "Register, accept the terms of service, make keys, see what was used (article 16)",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": ".."}],
        "paths": _paths(),
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Management token: t and 40 characters"},
                "key": {"type": "apiKey", "in": "query", "name": "tk"},
                "key_header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                "key_bearer": {"type": "http", "scheme": "bearer", "description": "Key: 32 characters"},
            },
        },
    }


def _paths() -> _Json:
    own = {"security": _TOKEN}
    mine, key = "/accounts/me", "/accounts/me/keys/{key_id}"
    return {
        "/accounts": {
            "post": _call(
                "register",
                "登记用户；管理令牌只显示这一次",
                (201, "NewAccount"),
                (*_FORM_ERRORS, answers.KIND_CLOSED, answers.OTHER_TERMS, *_TOKEN_ERRORS[1:]),
                sends="Registration",
            )
        },
        mine: {
            "get": own | _call("account", "本用户", (200, "Account"), _TOKEN_ERRORS),
            "delete": own
            | _call(
                "close_account",
                "注销：个人信息清除，全部密钥失效，不能恢复",
                (200, "Account"),
                (*_TOKEN_ERRORS, answers.CHANGED),
            ),
        },
        f"{mine}/terms": {
            "post": own | _call("accept_terms", "同意服务条款", (200, "Account"), _CHANGE_ERRORS, sends="Version")
        },
        f"{mine}/keys": {
            "get": own | _call("list_keys", "列出密钥", (200, "Keys"), _TOKEN_ERRORS),
            "post": own
            | _call(
                "create_key",
                "创建密钥；只显示这一次",
                (201, "NewKey"),
                (*_CHANGE_ERRORS, answers.SUSPENDED, answers.TOO_MANY_KEYS),
                sends="KeyWish",
            ),
        },
        key: {
            "parameters": [_KEY_ID],
            "delete": own | _call("revoke_key", "撤销密钥", (200, "Key"), (*_TOKEN_ERRORS, answers.CHANGED)),
        },
        f"{key}/rotate": {
            "parameters": [_KEY_ID],
            "post": own
            | _call(
                "rotate_key",
                "更换密钥；旧密钥在重叠期后失效",
                (201, "NewKey"),
                (*_CHANGE_ERRORS, answers.SUSPENDED),
                sends="Overlap",
                optional=True,
            ),
        },
        f"{mine}/token": {
            "post": own
            | _call(
                "replace_token",
                "更换管理令牌；旧令牌立即失效",
                (200, "NewAccount"),
                _CHANGE_ERRORS,
                sends="Nothing",
                optional=True,
            )
        },
        f"{mine}/links": {
            "post": own | _call("sign_link", "签发短期下载链接", (201, "Link"), _CHANGE_ERRORS, sends="LinkWish")
        },
        "/accounts/snapshot": {"get": own | _snapshot()},
        "/usage": {"get": {"security": _KEY} | _call("usage", "用量：凭管理令牌或密钥", (200, "Usage"), _TOKEN_ERRORS)},
    }


def _call(
    name: str,
    summary: str,
    gets: tuple[int, str],
    errors: tuple[Problem, ...],
    *,
    sends: str | None = None,
    optional: bool = False,
) -> _Json:
    status, schema = gets
    content = {_JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    told: _Json = {
        "operationId": name,
        "summary": summary,
        "responses": {str(status): {"description": schema, "content": content}} | _refusals(errors),
    }
    if sends:
        told["requestBody"] = {
            "required": not optional,
            "content": {_JSON: {"schema": {"$ref": f"#/components/schemas/{sends}"}}},
        }
    return told


def _snapshot() -> _Json:
    told = _call("snapshot", "密钥快照：仅限节点用户", (200, "Problem"), (*_TOKEN_ERRORS, answers.NODES_ONLY))
    told["responses"]["200"] = {"description": "Signed keys, for `tianlake keys sync`", "content": {MEDIA_TYPE: {}}}
    return told


def _refusals(errors: tuple[Problem, ...]) -> _Json:
    """Return the answers that tell of errors, by status: several may share one."""
    by_status: dict[int, list[Problem]] = {}
    for each in errors:
        by_status.setdefault(each.status, []).append(each)
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        str(status): {"description": "; ".join(each.code for each in found), "content": content}
        for status, found in sorted(by_status.items())
    }
