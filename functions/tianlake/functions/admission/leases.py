"""Quotas leased in slices: what a worker may spend without asking, and how the store gives it out. Pure.

Each account has, for each meter, one *schedule* (the generic cell rate algorithm, ITU-T I.371 annex A): unit after
unit becomes due at `per_second`, and the schedule lags behind the clock by at most `burst` units. A lease is a run of
units of that schedule. Because no unit is in two leases, and none is spent before it is due, all workers together keep
to the account's rate and to its day, without talking to each other. What a worker that died had leased is never spent.

A lease is *kept* until the day ends where there is room for it, so that who asks for little, now and then, is written
once and not each time. Units that are kept may be spent at once, long after they were due: they are part of the burst,
by which the schedule lags so much less.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, NamedTuple

from tianlake.lake.quotas import DAY, Limit, Meter

AHEAD_S: Final = 10.0
"""How far ahead of the clock units are leased, seconds: longer means fewer writes, and longer waits elsewhere."""

GRACE_S: Final = 30.0
"""How long after its last unit became due a lease that is not kept may still be spent, seconds."""

EARLY_SLICES: Final = 10
"""Slices that must be left of the day for a lease that nobody waits for yet."""

Reason = Literal["rate", "day"]
"""Why there is nothing to spend now: too fast, or the day's quota is used up."""


def window_of(now: float) -> int:
    """Return the quota day that a time (seconds since the epoch) lies in: the date as a number, 20261127."""
    date = datetime.fromtimestamp(now, DAY)
    return date.year * 10_000 + date.month * 100 + date.day


def oldest_kept(now: float) -> int:
    """Return the oldest quota day that a store keeps: yesterday.

    Its row tells a new day how far the schedule had come, and a clock that is set back finds what that day had.
    """
    return window_of(now - 86_400)


def day_before(window: int) -> int:
    """Return the quota day before another."""
    return window_of(window_start(window) - 1)


def window_start(window: int) -> float:
    """Return when a quota day begins, seconds since the epoch."""
    return datetime(window // 10_000, window // 100 % 100, window % 100, tzinfo=DAY).timestamp()


def window_end(now: float) -> float:
    """Return when the quota day of `now` ends, seconds since the epoch."""
    offset = DAY.utcoffset(None).total_seconds()
    return (now + offset) // 86_400 * 86_400 + 86_400 - offset


class Lease(NamedTuple):
    """A run of units that one worker may spend; a tuple, because two are made for each request that is let in."""

    account: str
    meter: Meter
    window: int
    """Quota day it belongs to."""
    units: int
    """Still to be spent."""
    due: float
    """When the unit before the next one was due, seconds since the epoch: unit k from here is due k/rate later."""
    rate: float
    """Units a second."""
    until: float
    """When it is void, seconds since the epoch."""
    used: int
    """Units of the day that the whole account was given when this lease was, this lease included."""
    per_day: int
    kept: int = 0
    """Units that it had when it was granted, where it is kept; 0 where it is not."""

    @property
    def remaining(self) -> int:
        """Units of the day that are left to the account as far as this worker can know."""
        left = self.per_day - self.used
        return self.units + left if left > 0 else self.units


@dataclass(frozen=True, slots=True)
class Spent:
    """There is nothing to spend: why, and when to come back."""

    reason: Reason
    retry: float
    """When the same may be asked again, seconds since the epoch."""
    used: int
    per_day: int


def spend(lease: Lease, cost: int, now: float) -> Lease | Spent | None:
    """Return the lease after `cost` units were spent, or why they cannot be spent yet, or None to take another lease.

    A cost above one needs only its first unit to be due; the rest is waited for by those who come after.
    """
    if lease.units < cost or now >= lease.until:
        return None
    rate, due = lease.rate, lease.due
    if due + 1 / rate > now:
        if _is_astray(due, lease.per_day / rate, now):
            return None
        return Spent("rate", due + 1 / rate, lease.used - lease.units, lease.per_day)
    return after(lease, cost)


def after(lease: Lease, cost: int) -> Lease:
    """Return the lease after `cost` of its units were spent, which it must have."""
    # Written out, for `_replace` takes twice the time, and this is done for many a request.
    return Lease(
        lease.account,
        lease.meter,
        lease.window,
        lease.units - cost,
        lease.due + cost / lease.rate,
        lease.rate,
        lease.until,
        lease.used,
        lease.per_day,
        lease.kept,
    )


def units_due(lease: Lease, now: float) -> int:
    """Return how many units of a lease are due: each of them may be spent as long as the lease is good."""
    return max(0, min(lease.units, int((now - lease.due) * lease.rate)))


@dataclass(frozen=True, slots=True)
class Held:
    """What the store holds of one account, meter and day: all that two workers have to agree upon.

    Each day has a row of its own, so that workers whose clocks differ, around midnight or by years, each count in the
    day they are in, and none forgets what another day had.
    """

    window: int = 0
    granted: int = 0
    """Units of that day that are leased and not given back."""
    due: float = 0.0
    """When the last leased unit is due, seconds since the epoch."""
    kept: int = 0
    """Units of that day in leases that are kept, as many as they had when they were granted, and not come back."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a worker asks of the store."""

    account: str
    meter: Meter
    limit: Limit
    want: int
    """Units that it would like: few at first, `limit.slice` once it has seen that it spends them, so that an account
    that asks little of many workers does not wait for what one of them holds."""
    need: int = 1
    """Units without which the lease is of no use."""
    back: Lease | None = None
    """A lease that is given back in the same write: its units count as never leased, if its day is not over. Whatever
    comes of the call, it must not be spent from or given back again: an answer may be lost after the write."""
    early: bool = False
    """Whether nobody waits for it yet: granted as a whole from what is due already, while much of the day is left, so
    that what one worker keeps at hand is nothing that another one is refused for."""
    keep: bool = False
    """Whether the worker can keep it until the day ends; it then has as many units as there is room for. Granted so
    where all of them are due: who asks as fast as they may keeps nothing that others wait for."""


def grant(ask: Ask, held: Held, now: float) -> tuple[Held, Lease | Spent]:
    """Return what the store holds after it granted what is asked, and the lease; or why there is none.

    `held` is of the day of `now`, or, where nothing is held of it yet, of the newest day before it.

    A lease starts with a unit that is due now, and reaches up to `AHEAD_S` (or one slice) into what is due later. A
    unit that is given back counts for the day again; its place in the schedule is gone.
    """
    limit, window = ask.limit, window_of(now)
    today = held if held.window == window else Held(window, due=held.due)
    step = 1 / limit.per_second
    # What is kept lags behind instead of the schedule; what comes back now, too, for it may just have been spent.
    due = max(today.due, now - (limit.burst - min(today.kept, limit.burst * 2 // 3)) * step)
    if _is_astray(due, limit.per_day * step, now):
        due = now - step  # the day still counts what was leased; the schedule starts anew, without a burst
    today = replace(today if ask.back is None else returned(today, ask.back), due=due)
    left = limit.per_day - today.granted
    if left < ask.need:
        return today, Spent("day", window_end(now), today.granted, limit.per_day)
    room = min(limit.slice, left, (most_kept(limit) - today.kept) // 3)
    keep = ask.keep and room >= max(ask.want, ask.need) and due + room * step <= now
    want = room if keep else max(ask.want, ask.need)
    if ask.early and (no := _not_early(ask, want, today, now)) is not None:
        return today, no
    if due + step > now:
        return today, Spent("rate", due + step, today.granted, limit.per_day)
    within = int((now + max(AHEAD_S, limit.slice * step) - due) * limit.per_second)
    units = min(left, max(ask.need, min(want, within)))
    last, end, granted = due + units * step, window_end(now), today.granted + units
    until = end if keep else min(max(last, now) + GRACE_S, end)
    kept = units if keep else 0
    lease = Lease(ask.account, ask.meter, window, units, due, limit.per_second, until, granted, limit.per_day, kept)
    return Held(window, granted, last, today.kept + kept), lease


def most_kept(limit: Limit) -> int:
    """Return how many units all workers together may keep of an account: two thirds of its burst, a tenth of its day.

    Whoever takes a lease gets a third of the room that is left, so that there is some for others. Where there is too
    little, leases are good for half a minute, as those that a worker cannot keep.
    """
    return min(limit.burst * 2 // 3, limit.per_day // 10)


def returned(held: Held, lease: Lease) -> Held:
    """Return what is held once a lease came back: its units count as never leased, if they are of that day."""
    if lease.window != held.window:
        return held
    return replace(held, granted=max(0, held.granted - lease.units), kept=max(0, held.kept - lease.kept))


def _not_early(ask: Ask, want: int, today: Held, now: float) -> Spent | None:
    """Return why a lease is not granted early, and when it may be worth another question."""
    limit = ask.limit
    if limit.per_day - today.granted < EARLY_SLICES * limit.slice:
        return Spent("day", window_end(now), today.granted, limit.per_day)
    last = today.due + want / limit.per_second
    return Spent("rate", last, today.granted, limit.per_day) if last > now else None


def changes(held: Held, after: Held) -> bool:
    """Tell whether a refusal has to be written: units of this day came back with what was asked."""
    return after.window == held.window and (after.granted, after.kept) != (held.granted, held.kept)


def _is_astray(due: float, day: float, now: float) -> bool:
    """Tell whether a clock went back: not even a whole day's units (`day`, seconds) in one lease reach so far ahead.

    Without this, a clock that was years ahead for a moment would shut an account out for years.
    """
    return due > now + AHEAD_S + day
