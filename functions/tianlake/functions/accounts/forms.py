"""What people send to the account service, read and checked. Pure; every error names its field, in both languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, cast, get_args

from tianlake.functions.accounts.answers import wrong
from tianlake.functions.admission.bindings import host_pattern, network_pattern
from tianlake.functions.admission.records import KeyKind
from tianlake.lake.quotas import DAY, AccountKind

Form = Mapping[str, object]
"""A JSON object as it was sent."""

KINDS: Final[tuple[AccountKind, ...]] = get_args(AccountKind)
KEY_KINDS: Final[tuple[KeyKind, ...]] = get_args(KeyKind)

BOUND_TO: Final = 50
"""Hosts or networks that one key may be bound to: records must stay small enough to be held by the thousand."""

_LONGEST_OVERLAP_H: Final = 168
_OVERLAP_H: Final = 24
_EMAIL: Final = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")
"""An address as people have them, of any script (RFC 6531); whether it exists only its owner knows."""
_EMAIL_LENGTH: Final = 254
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)")
"""RFC 3339, with the offset that it asks for."""
_FARTHEST: Final = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Registration:
    """Who registers, what for (article 16)."""

    name: str
    organisation: str
    kind: AccountKind
    email: str
    purpose: str
    terms: str | None = None
    """Version of the terms that is accepted with it."""


@dataclass(frozen=True, slots=True)
class KeyWish:
    """A key that is asked for."""

    label: str
    kind: KeyKind
    hosts: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    expires: float | None = None
    """Seconds since the epoch."""
    companion: bool = False
    """Whether it is to have a second secret `sk`."""


def registration(form: Form, *, complete: bool = True) -> Registration:
    """Return what a form says of who registers; raises `CallError`, the first field that is wrong first.

    Without `complete`, as the operator registers others, all but name and kind may be left out.
    """
    known(form, ("name", "organisation", "kind", "email", "purpose", "terms"))
    kind = chosen(form, "kind", KINDS)
    return Registration(
        name=text(form, "name", 100),
        # A person may stand for nobody else.
        organisation=text(form, "organisation", 200, least=0 if kind == "person" or not complete else 1),
        kind=cast("AccountKind", kind),
        email=email(form) if complete or "email" in form else "",
        purpose=text(form, "purpose", 1000, least=4) if complete or "purpose" in form else "",
        terms=text(form, "terms", 100) if "terms" in form else None,
    )


def key_wish(form: Form, now: float) -> KeyWish:
    """Return the key that a form asks for; raises `CallError`."""
    known(form, ("label", "kind", "hosts", "networks", "expires", "with_sk"))
    kind = cast("KeyKind", chosen(form, "kind", KEY_KINDS))
    hosts = tuple(dict.fromkeys(_host(each) for each in texts(form, "hosts", BOUND_TO)))
    networks = tuple(dict.fromkeys(_network(each) for each in texts(form, "networks", BOUND_TO)))
    _matching("hosts", hosts, kind, "browser")
    _matching("networks", networks, kind, "server")
    label = text(form, "label", 100, least=0)
    return KeyWish(label, kind, hosts, networks, expiry(form, now), flag(form, "with_sk"))


def _matching(field: str, values: tuple[str, ...], kind: KeyKind, of: KeyKind) -> None:
    if kind == of and not values:
        raise wrong(field, f"{of} 类密钥须绑定至少一项。", f"a key of kind {of!r} is bound to at least one")
    if kind != of and values:
        raise wrong(field, f"只有 {of} 类密钥可以绑定。", f"only a key of kind {of!r} is bound to these")


def _host(value: str) -> str:
    try:
        return host_pattern(value)
    except ValueError as error:
        shape = "写作 example.org、*.example.org 或 localhost:8080，不含 https:// 和路径"
        raise wrong("hosts", f"{_shown(value)} 不是可绑定的域名；{shape}。", str(error)) from None


def _network(value: str) -> str:
    try:
        return network_pattern(value)
    except ValueError as error:
        shape = "写作 203.0.113.7 或 203.0.113.0/24，前缀以外的位须为零，且不能是全部地址"
        raise wrong("networks", f"{_shown(value)} 不是可绑定的网络地址；{shape}。", str(error)) from None


def _shown(value: str) -> str:
    return repr(value if len(value) <= 60 else f"{value[:57]}...")  # noqa: PLR2004 - as much as a line shows


def known(form: Form, names: Collection[str]) -> None:
    """Refuse members that nothing is known of: a field with a slip in its name would silently not count."""
    for name in form:
        if name not in names:
            listed = ", ".join(names) or "-"
            shown = name if name.isprintable() and len(name) < 40 else "?"  # noqa: PLR2004 - as much as a line shows
            raise wrong(shown, f"没有此字段；可用：{listed}。", f"there is no such field; there are: {listed}")


def text(form: Form, name: str, longest: int, *, least: int = 1) -> str:
    """Return a text on one line, with single spaces, in Unicode's NFC."""
    value = form.get(name, "")
    if not isinstance(value, str):
        raise wrong(name, "须为文本。", "must be a text")
    value = unicodedata.normalize("NFC", " ".join(value.split()))
    if not value.isprintable():  # control characters, unpaired surrogates, marks that turn the reading direction
        raise wrong(name, "含有不可显示的字符。", "holds characters that cannot be shown")
    if not least <= len(value) <= longest:
        raise wrong(name, f"长度须为 {least} 至 {longest} 个字符。", f"must have {least} to {longest} characters")
    return value


def email(form: Form) -> str:
    """Return an e-mail address. Its text is in no message: messages are shown and logged."""
    value = text(form, "email", _EMAIL_LENGTH)
    if not _EMAIL.fullmatch(value):
        raise wrong("email", "不是电子邮件地址。", "is not an e-mail address")
    return value


def chosen(form: Form, name: str, among: Collection[str]) -> str:
    """Return one of the values that a field may have."""
    value = form.get(name)
    if not isinstance(value, str) or value not in among:
        listed = ", ".join(among)
        raise wrong(name, f"须为其中之一：{listed}。", f"must be one of: {listed}")
    return value


def texts(form: Form, name: str, most: int) -> list[str]:
    """Return a list of texts; none where the field is missing."""
    value = form.get(name, [])
    if not isinstance(value, list) or len(value) > most or not all(isinstance(each, str) for each in value):
        raise wrong(name, f"须为至多 {most} 项文本的列表。", f"must be a list of at most {most} texts")
    return value


def flag(form: Form, name: str) -> bool:
    """Return true or false; false where the field is missing."""
    value = form.get(name, False)
    if not isinstance(value, bool):
        raise wrong(name, "须为 true 或 false。", "must be true or false")
    return value


def whole(form: Form, name: str, least: int, most: int, default: int) -> int:
    """Return a whole number within bounds."""
    value = form.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise wrong(name, f"须为 {least} 至 {most} 的整数。", f"must be a whole number from {least} to {most}")
    return value


def overlap(form: Form) -> int:
    """Return for how many hours a key that is rotated still works: a day, unless the form says otherwise."""
    known(form, ("overlap_hours",))
    return whole(form, "overlap_hours", 0, _LONGEST_OVERLAP_H, _OVERLAP_H)


def expiry(form: Form, now: float) -> float | None:
    """Return when a key expires, seconds since the epoch: a time (RFC 3339), or the end of a day in China."""
    value = form.get("expires")
    if value is None:
        return None
    moment = _moment(value) if isinstance(value, str) else None
    if moment is None:
        raise wrong("expires", "须为日期或带时区的时间。", "must be a date, or a time with its offset (RFC 3339)")
    if not now < moment.timestamp() <= now + _FARTHEST.total_seconds():
        raise wrong("expires", "须在今后十年之内。", "must lie within the next ten years")
    return moment.timestamp()


def _moment(value: str) -> datetime | None:
    try:
        if _DATE.fullmatch(value):
            day = date.fromisoformat(value) + timedelta(days=1)
            return datetime(day.year, day.month, day.day, tzinfo=DAY)
        return datetime.fromisoformat(value).astimezone(UTC) if _TIME.fullmatch(value) else None
    except (ValueError, OverflowError):
        return None
