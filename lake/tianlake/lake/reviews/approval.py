"""The public record that lets a release out: `releases/<product>/<release>/approval.json`, signed by the node.

It names organisations and times, not persons, and leads by SHA-256 to the private steps that persons signed.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tianlake.lake import keys
from tianlake.lake.errors import LakeError, NotFoundError, fault
from tianlake.lake.nodes import NodeCode
from tianlake.lake.records import dump_json, dump_record, parse_record
from tianlake.lake.reviews.standing import Standing
from tianlake.lake.reviews.steps import Exemption, Step, StepKind
from tianlake.lake.signed import public_key
from tianlake.lake.store import Store
from tianlake.lake.words import Instant, ProductId, PublicKey, ReleaseId, Sha256

FORM: Final = "tianlake-approval 1"
DEMO: Final = "演示 Demo"
"""The mark of what went out under a policy for demonstrations."""


def demo_mark(notice: str | None) -> str:
    """Return what marks a demonstration: the node's own notice where that says so, else `DEMO` and the notice."""
    if notice is None:
        return DEMO
    return notice if "演示" in notice or "demo" in notice.casefold() else f"{DEMO} · {notice}"


@dataclass(frozen=True, slots=True)
class Answered:
    """Who answers for a step, in public."""

    step: StepKind
    organisation: str
    at: Instant
    sha256: Sha256
    """Of the private step that a person of this organisation signed."""
    level: int = 0
    """Of a review."""


@dataclass(frozen=True, slots=True)
class MapRecord:
    """The map approval of a release, in public (地图管理条例, articles 21 and 22)."""

    numbers: tuple[str, ...]
    approved: date | None
    until: date | None
    """Its last day in China, where the policy counts validity."""
    exemption: Exemption | None
    reason: str
    """Of an exemption."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What lets a release out."""

    node: NodeCode
    product: ProductId
    release: ReleaseId
    manifest: Sha256
    policy: str
    """Label of the policy: `cn-public-map 2026.1`."""
    policy_digest: Sha256
    demo: bool
    """Whether nobody reviewed the release, as the policy is one for demonstrations."""
    report: Sha256
    """Of the report of the checks."""
    steps: tuple[Answered, ...]
    map: MapRecord | None
    key: PublicKey
    """Of the node; whoever checks the signature knows it from elsewhere."""
    signature: str = ""
    """Ed25519 (RFC 8032) of the canonical JSON (RFC 8785) of all other members, in base64."""
    form: Literal["tianlake-approval 1"] = FORM

    @property
    def numbers(self) -> tuple[str, ...]:
        """The map-approval numbers (审图号) to be shown beside the map."""
        return self.map.numbers if self.map else ()


def public_steps(standing: Standing) -> tuple[Answered, ...]:
    """Return the valid steps of a review without the persons."""
    return tuple(
        Answered(each.step.kind, each.step.organisation, each.step.at, each.link.digest, each.step.level)
        for each in standing.counting
    )


def public_map(standing: Standing) -> MapRecord | None:
    """Return the map approval of a review, where there is one."""
    maps: list[Step] = [each.step for each in standing.counting if each.step.map is not None]
    found = maps[-1].map if maps else None
    if found is None:
        return None
    reason = maps[-1].reason if found.exemption else ""
    return MapRecord(found.numbers, found.approved, standing.validity.until, found.exemption, reason)


def sign_approval(approval: Approval, seed: bytes) -> Approval:
    """Return an approval signed with the node's key. Equal input gives equal bytes."""
    unsigned = replace(approval, key=public_key(seed))
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(said(_plain(unsigned)))
    return replace(unsigned, signature=base64.b64encode(signature).decode())


def is_signed(approval: Approval, key: str) -> bool:
    """Say whether an approval is signed with a node's public key (`ed25519:BASE64`)."""
    try:
        raw = base64.b64decode(key.removeprefix("ed25519:"), validate=True)
        Ed25519PublicKey.from_public_bytes(raw).verify(
            base64.b64decode(approval.signature, validate=True), said(_plain(approval))
        )
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return approval.key == key


def said(document: dict[str, Any]) -> bytes:
    """Return what is signed of an approval: canonical JSON (RFC 8785) without `signature`.

    Its numbers are whole and its member names ASCII; then Python's escapes and order are those of the RFC.
    """
    unsigned = {name: value for name, value in document.items() if name != "signature"}
    return json.dumps(unsigned, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def approval_bytes(approval: Approval) -> bytes:
    """Return the document."""
    return dump_json(_plain(approval))


def read_approval(store: Store, product: str, release: str) -> Approval | None:
    """Return the approval beside a release's files, or None where there is none; its signature is not checked.

    Raises:
        LakeError: It is there and is no approval of this release.
    """
    key = keys.release_file(product, release, keys.APPROVAL)
    try:
        body = store.get(key)[1]
    except NotFoundError:
        return None
    found = parse_record(Approval, body, file=key)
    if (found.product, found.release) != (product, release):
        raise fault(key, "release", f"is of {found.product}/{found.release}; restore it from a backup")
    return found


def _plain(approval: Approval) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(dump_record(approval)))


def approved_by(seed: bytes | None, code: str) -> bytes:
    """Return the node's seed, which signs approvals; raises `LakeError` where it is not here."""
    if seed is None:
        raise LakeError(
            f"signing/{code}.key: missing: an approval is signed with the node's key; restore it",
            zh=f"signing/{code}.key：缺失：发布记录由节点密钥签名；请从备份恢复",
        )
    return seed
