"""Looks through a copy, byte by byte, without a network: is it the one that the node signed, and still that one?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from tianlake.lake import keys
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.plain import Text
from tianlake.lake.replicas.filing import Standing
from tianlake.lake.replicas.papers import Claim, is_signed, known_claim, read_claim, read_sums
from tianlake.lake.replicas.plan import Keeper, copied_releases
from tianlake.lake.replicas.push import record_act, today
from tianlake.lake.replicas.recall import open_recalls
from tianlake.lake.store import ObjectInfo, Store
from tianlake.lake.verified import stored_sha256
from tianlake.lake.words import instant

Rule = Literal["empty", "unsigned", "missing", "changed", "extra", "older", "recalled", "expired", "revoked", "resent"]

DAY_S: Final = 86_400

RULES: Final[dict[Rule, Text]] = {
    "empty": Text("此处没有副本", "there is no copy here"),
    "unsigned": Text("文件清单缺失，或不是来源节点所签", "the list of files is missing, or not signed by the node"),
    "missing": Text("缺少", "is missing"),
    "changed": Text("内容已被改动", "is not the file that was sent"),
    "extra": Text("不属于副本", "is no part of the copy"),
    "older": Text("来源节点已有新版本", "the node has a newer release"),
    "recalled": Text("应收回而尚未收回", "is to be taken back"),
    "expired": Text("备案已到期", "the filing has expired"),
    "revoked": Text("备案已终止", "the filing was ended"),
    "resent": Text("清单不是最近一次推送的", "the list is not the one that was sent last"),
}


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing in which a copy is not what it should be."""

    rule: Rule
    what: str
    """A file of the copy, a release, or a day."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was found at a copy."""

    claim: Claim | None
    files: int
    size: int
    """Bytes that were read."""
    drifts: tuple[Drift, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.drifts


def look_through(
    holder: Store, key: str, now: float, *, done: Callable[[int], None] = lambda _: None, sums: str | None = None
) -> Look:
    """Read every file of a copy and compare it with the list that the node signed.

    Args:
        holder: Where it lies.
        key: The node's public key, known from elsewhere: the one in the copy could be anybody's.
        now: Seconds since the epoch.
        done: Is called with the bytes of each file.
        sums: SHA-256 of the list that was sent last, where it is known.

    Raises:
        LakeError: Its list is signed by the node, and of a form that is not known here.
        StoreError: The holder failed.
    """
    existing = {info.key: info for info in holder.list()}
    claim = known_claim(holder)
    if claim is None and keys.COPY_SUMS not in existing:
        return Look(None, 0, 0, (Drift("empty", keys.COPY),))
    drifts = list(_signed_wrong(holder, existing, key, sums))
    if drifts and drifts[0].rule == "unsigned":
        return Look(claim, 0, 0, tuple(drifts))
    listed = read_sums(holder.get(keys.COPY_SUMS)[1])
    size = 0
    for name, digest in sorted(listed.items()):
        info = existing.get(name)
        if info is None:
            drifts.append(Drift("missing", name))
            continue
        if _sha256(holder, info) != digest:
            drifts.append(Drift("changed", name))
        size += info.size
        done(info.size)
    own = {keys.COPY_SUMS, keys.COPY_SIGNATURE}
    drifts += [Drift("extra", name) for name in sorted(set(existing) - set(listed) - own)]
    if claim is not None and today(now).isoformat() > claim.expires:
        drifts.append(Drift("expired", claim.expires))
    return Look(claim, len(listed), size, tuple(drifts))


def trusted_claim(holder: Store, now: float, key: str | None = None) -> Claim:
    """Return what a copy says of itself, where its node signed that and its filing is not over; reads no data.

    Args:
        holder: Where it lies.
        now: Seconds since the epoch.
        key: The node's public key, known from elsewhere; None: the one that the copy itself names.

    Raises:
        LakeError: It is no copy, not signed, changed, or expired.
    """
    claim = read_claim(holder)
    if claim is None:
        rule = "missing: this is no front-deployed copy; name the folder it lies in"
        raise LakeError(f"{keys.COPY}: {rule}", zh=f"{keys.COPY}：缺失：此处不是前置副本，请指明副本所在目录")
    existing = {info.key: info for info in holder.list(keys.COPY_SUMS)}
    for drift in _signed_wrong(holder, existing, key or claim.key, None):
        raise _untrusted(drift.rule, drift.what)
    listed = read_sums(holder.get(keys.COPY_SUMS)[1])
    if listed.get(keys.COPY) != _sha256(holder, holder.head(keys.COPY)):
        raise _untrusted("changed", keys.COPY)
    if today(now).isoformat() > claim.expires:
        raise _untrusted("expired", claim.expires)
    return claim


def _untrusted(rule: Rule, what: str) -> LakeError:
    words = RULES[rule]
    zh = f"{what}：{words.zh}；不提供服务。请由来源节点重新推送（到期的先延期备案），或核对：tianlake replica verify"
    follow = "let its node push it again (an expired filing is filed anew first), or look: tianlake replica verify"
    return LakeError(f"{what}: {words.en}; it is not served: {follow}", zh=zh)


def behind(keeper: Keeper, standing: Standing) -> Iterator[Drift]:
    """Yield what a copy lacks by what its node knows: newer releases, open recalls, an end."""
    if standing.revoked:
        yield Drift("revoked", standing.revoked)
    elif standing.filing.is_over(today(keeper.register.clock())):
        yield Drift("expired", standing.filing.expires)
    recalls = open_recalls(keeper.desk.store, standing)
    yield from (Drift("recalled", each) for each in recalls)
    if standing.revoked:
        return
    for product, history in copied_releases(keeper, standing).items():
        if f"{product}/{history.current}" not in standing.held:
            yield Drift("older", f"{product}/{history.current}")


def note_look(keeper: Keeper, replica: str, *, sound: bool, found: int) -> None:
    """Put on record what a look at a copy found: at most once a day, unless it is another thing than before."""
    standing = keeper.register.find(replica)
    day = instant(keeper.register.clock() - DAY_S)
    if standing.verified is not None and standing.verified > day and standing.sound == sound:
        return
    record_act(keeper, "replica.verify", replica, sound=sound, found=found)
    keeper.register.take(replica, "verify", {"sound": sound, "found": found}, keeper.hand)


def _signed_wrong(holder: Store, existing: dict[str, ObjectInfo], key: str, sums: str | None) -> Iterator[Drift]:
    if not {keys.COPY_SUMS, keys.COPY_SIGNATURE} <= existing.keys():
        yield Drift("unsigned", keys.COPY_SUMS)
        return
    body, signature = holder.get(keys.COPY_SUMS)[1], holder.get(keys.COPY_SIGNATURE)[1]
    if not is_signed(body, signature, key):
        yield Drift("unsigned", keys.COPY_SUMS)
    elif sums is not None and existing and stored_sha256(holder, existing[keys.COPY_SUMS]) != sums:
        yield Drift("resent", keys.COPY_SUMS)


def _sha256(holder: Store, info: ObjectInfo) -> str | None:
    try:
        return stored_sha256(holder, info)
    except NotFoundError:
        return None
