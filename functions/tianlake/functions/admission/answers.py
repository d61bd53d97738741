"""What admission answers: let in, or refused and why. The same bytes from every adapter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from typing import Any, Final

from tianlake.functions.admission.guests import Guest
from tianlake.functions.admission.headers import Fields, Headers
from tianlake.functions.admission.refusals import KEY_MISSING, Reason
from tianlake.functions.problems import MEDIA_TYPE, problem_body
from tianlake.lake.plain import Text

Seen = Mapping[str, str | int | None]
"""What was checked, and what was seen there. Never a key: see `redacted`."""

_LONGEST: Final = 100
"""Characters of a seen value that are repeated to the client."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not let in, and what to do about it."""

    reason: Reason
    seen: Seen = field(default_factory=dict)
    retry_after: int | None = None
    """Seconds after which the same request may do; of 429 and 503 (RFC 9110 §10.2.3)."""
    quota: Headers = field(default_factory=list)

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.reason.status

    @property
    def code(self) -> str:
        """Stable code of the reason."""
        return self.reason.code

    @property
    def message(self) -> Text:
        """What is wrong."""
        return self.reason.message

    @property
    def resolve(self) -> Text:
        """What to do about it."""
        return self.reason.resolve

    @property
    def hint(self) -> str:
        """Where to read on, relative to the node's root."""
        return self.reason.hint

    @property
    def headers(self) -> Headers:
        """Header fields beside `content-type`: never cached, when to come back, which quota was met."""
        told = [("cache-control", "no-store"), *self.quota]
        if self.retry_after is not None:
            told.append(("retry-after", str(self.retry_after)))
        if self.reason is KEY_MISSING:  # RFC 9110 §15.5.2: a 401 names a scheme. No browser asks its user for Bearer.
            told.append(("www-authenticate", 'Bearer realm="tianlake"'))
        return told

    def status_code(self, strict: bool = False) -> int:  # noqa: FBT001, FBT002 - one word at every call
        """Return the HTTP status, as today's interface has it if `strict`."""
        return self.reason.today.status if strict else self.reason.status

    def content_type(self, strict: bool = False) -> str:  # noqa: FBT001, FBT002
        """Return the media type of `body`."""
        return "application/json" if strict else MEDIA_TYPE

    def body(self, strict: bool = False, base: str = "/") -> bytes:  # noqa: FBT001, FBT002
        """Return one line of JSON: a problem document, or today's members if `strict`.

        Args:
            strict: Answer as Tianditu does today (tianditu.md §1.3).
            base: Path of the node's root, with a final `/`; `hint` is made absolute with it.
        """
        if strict:
            return json.dumps(_today(self.reason), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        return _document(self.reason, base, tuple(self.seen.items()))


@lru_cache(maxsize=256)
def _document(reason: Reason, base: str, seen: tuple[tuple[str, str | int | None], ...]) -> bytes:
    """Return a problem document; whoever sends too much is told the same again and again."""
    resolve = {"zh": reason.resolve.zh, "en": reason.resolve.en}
    return problem_body(reason, {"resolve": resolve, "hint": f"{base}{reason.hint}", "seen": dict(seen)})


def _today(reason: Reason) -> dict[str, Any]:
    today = reason.today
    told: dict[str, Any] = {"code": today.code, today.member: today.message}
    return {**told, "resolve": today.resolve} if today.resolve else told


def redacted(seen: Seen, *secrets: str | None) -> Seen:
    """Return `seen` without values that hold one of `secrets` in any case, long values shortened."""
    hidden = [secret.lower() for secret in secrets if secret]
    return {name: _safe(value, hidden) for name, value in seen.items()}


def _safe(value: str | int | None, hidden: list[str]) -> str | int | None:
    if not isinstance(value, str):
        return value
    if any(secret in value.lower() for secret in hidden):
        return "***"
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"


def seconds_until(moment: float, now: float) -> int:
    """Return whole seconds from `now` to `moment`, at least one: a `Retry-After`."""
    return max(1, ceil(moment - now))


@dataclass(frozen=True, slots=True)
class Admission:
    """A request is let in and counted."""

    guest: Guest | None = None
    """On whom it is counted; None where nothing is."""
    fields: Fields = field(default_factory=list)
    """Header fields of the quota with the least left."""

    @property
    def account(self) -> str | None:
        """Id of the account, or of the subnet of an anonymous client; None where nothing is counted."""
        return self.guest.account if self.guest is not None else None

    @property
    def key(self) -> str | None:
        """Short name of the key within its account (`KeyRecord.id`), for logs; None without a key."""
        return self.guest.standing.key if self.guest is not None else None

    @property
    def headers(self) -> Headers:
        """The same fields as text."""
        return [(name.decode(), value.decode()) for name, value in self.fields]


UNCOUNTED: Final = Admission()
"""Documents: open to all, not counted, no matter what was sent."""
