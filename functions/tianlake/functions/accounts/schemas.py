"""What account calls send and get, as JSON Schema (2020-12). Limits are taken from the code that holds them."""

from __future__ import annotations

from typing import Any, Final

from tianlake.functions.accounts import answers, forms
from tianlake.functions.admission.links import LONGEST_S
from tianlake.lake.quotas import METERS, REACHES

_Json = dict[str, Any]

_TEXT: Final[_Json] = {"type": "string"}
_TIME: Final[_Json] = {"type": "string", "format": "date-time"}
_FLAG: Final[_Json] = {"type": "boolean"}
_COUNT: Final[_Json] = {"type": "integer", "minimum": 0}
_TOKEN: Final[_Json] = {"type": "string", "pattern": "^t[a-z0-9]{40}$"}
_KEY: Final[_Json] = {"type": "string", "pattern": "^[a-z0-9]{32}$"}
_EXPIRES: Final[_Json] = {
    "type": ["string", "null"],
    "description": "A date (the end of that day in China) or a time with its offset (RFC 3339), within ten years",
}


def _maybe(schema: _Json) -> _Json:
    return schema | {"type": [schema["type"], "null"]}


def _object(required: str, optional: _Json | None = None, **members: _Json) -> _Json:
    """Return the schema of an object: `required` names the members that are always there."""
    properties = members | (optional or {})
    return {"type": "object", "required": required.split(), "properties": properties, "additionalProperties": False}


def _ref(name: str) -> _Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _line(least: int, longest: int) -> _Json:
    return {"type": "string", "minLength": least, "maxLength": longest}


_BOUND: Final[_Json] = {"type": "array", "maxItems": forms.BOUND_TO, "items": _TEXT}
_ACCEPTED: Final = _object("version sha256 at", version=_TEXT, sha256=_TEXT, at=_TIME)
_TERMS: Final = _object(
    "current due keys_end accepted",
    current=_maybe(_TEXT),
    due=_FLAG | {"description": "Terms have to be accepted before keys are made"},
    keys_end=_maybe(_TIME) | {"description": "When keys stop, unless the terms are accepted"},
    accepted={"type": "array", "items": _ACCEPTED},
)
_ACCOUNT: Final = _object(
    "id name organisation kind email purpose tier state created closed terms",
    id=_TEXT,
    name=_TEXT,
    organisation=_TEXT,
    kind={"enum": list(forms.KINDS)},
    email=_TEXT,
    purpose=_TEXT,
    tier=_TEXT,
    state={"enum": ["active", "suspended", "closed"]},
    created=_TIME,
    closed=_maybe(_TIME),
    terms=_TERMS,
)
_KEY_MEMBERS: Final[_Json] = {
    "id": _TEXT,
    "label": _TEXT,
    "kind": {"enum": list(forms.KEY_KINDS)},
    "hosts": _BOUND,
    "networks": _BOUND,
    "with_sk": _FLAG,
    "state": {"enum": ["active", "suspended", "revoked", "expired"]},
    "created": _TIME,
    "expires": _maybe(_TIME),
    "revoked": _maybe(_TIME),
    "replaced_by": _maybe(_TEXT),
}
_USED: Final = _object("used limit remaining warning", used=_COUNT, limit=_COUNT, remaining=_COUNT, warning=_FLAG)
_SOURCE: Final = _object(
    "from",
    {"from": {"enum": ["accounts", "snapshot"]}, "age_s": _maybe(_COUNT)},
    issuer=_maybe(_TEXT),
    issued=_maybe(_TIME),
)
_BOTH: Final = _object("zh en", zh=_TEXT, en=_TEXT)
SCHEMAS: Final[_Json] = {
    "Registration": _object(
        "name kind email purpose",
        {"terms": _line(1, 100) | {"description": "Version of the terms that is accepted with it"}},
        name=_line(1, 100),
        organisation=_line(0, 200),
        kind={"enum": list(forms.KINDS)},
        email=_line(6, 254),
        purpose=_line(4, 1000),
    ),
    "KeyWish": _object(
        "kind",
        kind={"enum": list(forms.KEY_KINDS)},
        label=_line(0, 100),
        hosts=_BOUND,
        networks=_BOUND,
        expires=_EXPIRES,
        with_sk=_FLAG,
    ),
    "Version": _object("version", version=_line(1, 100)),
    "Overlap": _object("", overlap_hours={"type": "integer", "minimum": 0, "maximum": 168, "default": 24}),
    "Nothing": _object(""),
    "LinkWish": _object(
        "path",
        path=_line(2, 1025),
        key=_line(1, 100),
        seconds={"type": "integer", "minimum": 60, "maximum": LONGEST_S, "default": 3600},
    ),
    "Account": _ACCOUNT,
    "NewAccount": _object("token account", token=_TOKEN, account=_ref("Account")),
    "Key": _object(" ".join(_KEY_MEMBERS), _KEY_MEMBERS),
    "NewKey": _object(" ".join(("key", *_KEY_MEMBERS)), _KEY_MEMBERS, key=_KEY, sk=_KEY),
    "Keys": _object("keys", keys={"type": "array", "items": _ref("Key")}),
    "Link": _object("href expires key", href=_TEXT, expires=_TIME, key=_TEXT),
    "Usage": _object(
        "account tier title reach resets warning meters keys",
        account=_TEXT,
        tier=_TEXT,
        title={"oneOf": [_BOTH, {"type": "null"}]},
        reach={"enum": [*REACHES, None]},
        resets=_TIME,
        warning=_FLAG,
        meters={"type": "object", "propertyNames": {"enum": list(METERS)}, "additionalProperties": _USED},
        keys=_SOURCE,
    ),
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "code", "message"],
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer"},
            "code": {"enum": sorted({each.code for each in answers.CATALOG})},
            "message": _BOTH,
            "detail": _TEXT,
            "rule": _BOTH,
            "field": _TEXT,
        },
    },
}
