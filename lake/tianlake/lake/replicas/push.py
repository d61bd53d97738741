"""Files a copy, brings it up to date, ends it: each step is on record before anything leaves the node."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

from tianlake.lake import keys
from tianlake.lake.errors import LakeError, NotFoundError, StoreError
from tianlake.lake.history import known_products
from tianlake.lake.replicas.filing import Filing, Standing
from tianlake.lake.replicas.papers import claim_of, known_claim
from tianlake.lake.replicas.plan import CopyPlan, Keeper, copied_releases, plan_copy
from tianlake.lake.replicas.send import Sent, Transfer, listed_before, unwanted
from tianlake.lake.store import ABSENT, Store
from tianlake.lake.trail import Act, ActKind

EMPTY: Final = "nothing of this copy lies at its place; is the medium there?"

BEIJING: Final = timezone(timedelta(hours=8))
"""Days of filings are those of China's time."""


Progress = Callable[[int], AbstractContextManager[Callable[[int], None]]]


def _ignore(_size: int) -> None:
    """Draw no progress."""


def today(now: float) -> date:
    """Return the day in China's time; `now` is seconds since the epoch."""
    return datetime.fromtimestamp(now, UTC).astimezone(BEIJING).date()


def file_copy(keeper: Keeper, filing: Filing) -> Standing:
    """File a copy, or file it anew with other terms (a later day, more products); return how it stands.

    Raises:
        LakeError: A product is unknown here or internal, the filing is over already, or the copy was revoked.
    """
    register = keeper.register
    before = _find(keeper, filing.id)
    if before is not None and before.revoked:
        raise LakeError(
            f"replica {filing.id}: was revoked on {before.revoked}; file another one, by another id",
            zh=f"副本 {filing.id}：已于 {before.revoked} 终止；请以新的编号另行备案",
        )
    if before is not None and before.filing.place != filing.place and before.held:
        rule = f"lies at {before.filing.place}; take it back there first: tianlake replica revoke {filing.id}"
        raise LakeError(
            f"replica {filing.id}: place: {rule}",
            zh=f"副本 {filing.id}：现在位于 {before.filing.place}；请先收回：tianlake replica revoke {filing.id}",
        )
    if filing.is_over(today(register.clock())):
        raise LakeError(
            f"replica {filing.id}: expires: {filing.expires} has passed; name a later day",
            zh=f"副本 {filing.id}：到期日 {filing.expires} 已过；请填以后的日期",
        )
    known = known_products(keeper.desk.store)
    if strange := [each for each in filing.products if each not in known]:
        rule = f"the node never published {strange[0]!r}; it published: {', '.join(known) or 'nothing'}"
        raise LakeError(
            f"replica {filing.id}: products: {rule}",
            zh=f"副本 {filing.id}：节点从未发布 {strange[0]!r}；已发布：{', '.join(known) or '无'}",
        )
    copied_releases(keeper, Standing(filing, ""))  # refuses what never leaves the node
    record_act(keeper, "replica.file", filing.id, products=list(filing.products), expires=filing.expires)
    register.take(filing.id, "file", asdict(filing), keeper.hand)
    return register.find(filing.id)


def push(keeper: Keeper, replica: str, holder: Store, *, progress: Progress = lambda _: nullcontext(_ignore)) -> Sent:
    """Bring a copy to the current releases of its products; what it holds else of the node is deleted there.

    A push that broke off is finished by the next one: what arrived whole is kept.

    Args:
        keeper: The node's side.
        replica: Id of the filing.
        holder: Where the copy lies.
        progress: Is opened with all bytes of the copy, and then called with those of each file that is there.

    Raises:
        ConflictError: Somebody else writes at the holder.
        LakeError: The filing is over or revoked, nothing of it is published, or the place holds something else.
        StoreError: One of the two stores failed, or the copy is not where it was; the same call may be repeated.
    """
    standing = keeper.register.find(replica)
    plan = planned(keeper, standing, holder)
    transfer = _begun(keeper, standing, plan, holder)
    listed = listed_before(holder)
    with progress(plan.size) as done:
        transfer.send(plan.data, done)
        for part in plan.documents:  # one after the other: nothing leads to what is not there yet
            done(transfer.send_one(part))
    deleted = transfer.delete(unwanted(transfer.existing, plan, listed))
    transfer.remember()
    sent = Sent(transfer.files, transfer.size, transfer.kept, tuple(deleted))
    if sent.changed or standing.held != plan.held or standing.pending or standing.sums != plan.sums:
        details = {"releases": sorted(plan.held), "sums": plan.sums, "files": sent.files, "bytes": sent.size}
        keeper.register.take(replica, "push", details | {"deleted": len(deleted)}, keeper.hand)
    return sent


def planned(keeper: Keeper, standing: Standing, holder: Store) -> CopyPlan:
    """Return what a push would make of a copy.

    Raises:
        LakeError: The filing is over or revoked, or nothing of it is published.
    """
    filing = standing.filing
    if standing.revoked:
        raise LakeError(
            f"replica {filing.id}: was revoked on {standing.revoked}: nothing is sent any more",
            zh=f"副本 {filing.id}：已于 {standing.revoked} 终止，不再推送",
        )
    if filing.is_over(today(keeper.register.clock())):
        rule = (
            f"its filing was good until {filing.expires}; file it anew: tianlake replica file {filing.id} --expires …"
        )
        raise LakeError(
            f"replica {filing.id}: {rule}",
            zh=f"副本 {filing.id}：{filing.expires} 已到期；重新备案：tianlake replica file {filing.id} --expires …",
        )
    histories = copied_releases(keeper, standing)
    if not histories:
        rule = f"none of its products is published now: {', '.join(filing.products)}"
        raise LakeError(
            f"replica {filing.id}: {rule}; to take back what was sent: tianlake replica push --recall",
            zh=f"副本 {filing.id}：所列产品现在都没有发布；收回已推送的：tianlake replica push --recall",
        )
    return plan_copy(keeper, standing, holder, histories)


def claim_place(keeper: Keeper, standing: Standing, transfer: Transfer) -> None:
    """See that a place holds this copy, or nothing; then mark it as this copy's.

    Raises:
        LakeError: It holds something else, which a push would destroy.
        StoreError: It is empty, though the copy was sent there: what holds it is elsewhere, and would be forgotten.
    """
    if is_this_copy(keeper, standing, transfer.holder):
        return
    if transfer.existing:
        what = f"{len(transfer.existing)} other objects"
        raise LakeError(
            f"replica {standing.id}: the place {standing.filing.place} holds {what}; name an empty one",
            zh=f"副本 {standing.id}：{standing.filing.place} 已有别的内容；请指明空的位置",
        )
    if standing.held:
        end = f"if it is gone for good: tianlake replica revoke {standing.id} --declared …, and file another"
        raise StoreError(f"replica {standing.id}: {EMPTY} {end}")
    claim = claim_of(keeper.desk.node, standing.filing, keeper.seed, {})
    transfer.existing[keys.COPY] = transfer.holder.put(
        keys.COPY, claim.body, media_type=claim.media_type, condition=ABSENT
    )


def is_this_copy(keeper: Keeper, standing: Standing, holder: Store) -> bool:
    """Say whether a place holds this very copy: by its claim, else by the list that was sent last."""
    claim = known_claim(holder)
    if claim is not None:
        return (claim.node, claim.replica) == (keeper.desk.node.code, standing.id)
    try:
        return hashlib.sha256(holder.get(keys.COPY_SUMS)[1]).hexdigest() == standing.sums
    except NotFoundError:
        return False


def record_act(keeper: Keeper, kind: ActKind, replica: str, **details: Any) -> None:  # noqa: ANN401 - JSON
    """Put what is about to be done with a copy on the node's trail."""
    keeper.desk.trail.record(Act(kind, replica, keeper.hand.by, details))


def _begun(keeper: Keeper, standing: Standing, plan: CopyPlan, holder: Store) -> Transfer:
    """Look at the holder, and put on record what it is about to get."""
    transfer = Transfer(keeper.desk.store, holder, standing.id)
    transfer.begin()
    claim_place(keeper, standing, transfer)
    fresh = sorted(plan.held - standing.held)
    if fresh:
        record_act(keeper, "replica.push", standing.id, releases=fresh, holder=standing.filing.holder)
        keeper.register.take(standing.id, "push.begin", {"releases": fresh}, keeper.hand)
    return transfer


def _find(keeper: Keeper, replica: str) -> Standing | None:
    try:
        return keeper.register.find(replica)
    except NotFoundError:
        return None
