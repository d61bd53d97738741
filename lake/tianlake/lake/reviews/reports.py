"""Reports of the checks of a candidate, kept beside the steps that are bound to them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from tianlake.lake import keys
from tianlake.lake.errors import LakeError, NotFoundError, fault
from tianlake.lake.releases import JSON
from tianlake.lake.store import Store
from tianlake.lake.words import Text


@dataclass(frozen=True, slots=True)
class Checked:
    """What checks found in the bytes of a release."""

    body: bytes
    """The report, as JSON with the members `manifest`, `policy` and `findings` (each with `rule` and `severity`)."""

    @property
    def digest(self) -> str:
        """SHA-256 of the report, hex: what signatures are bound to."""
        return hashlib.sha256(self.body).hexdigest()

    def require(self, where: str, manifest: str, policy: str) -> None:
        """Raise `LakeError` where a release, which `where` names, must not be published; see `refused`."""
        refusal = self.refused(manifest, policy)
        if refusal is not None:
            command = "tianlake check"
            raise LakeError(f"{where}: {refusal.en}; see: {command}", zh=f"{where}：{refusal.zh}；请查看：{command}")

    def refused(self, manifest: str, policy: str) -> Text | None:
        """Return why a release must not be published: the first rule that refuses it. None where none does.

        Raises:
            LakeError: It is no such report.
        """
        try:
            document = json.loads(self.body)
            if (document["manifest"], document["policy"]) != (manifest, policy):
                return Text("检查报告属于其他内容或其他政策", "its report is of other bytes or another policy")
            refusing = [each["rule"] for each in document["findings"] if each["severity"] == "refuse"]
        except (ValueError, KeyError, TypeError):
            raise LakeError(
                f"report {self.digest}: is no report of checks; submit the release again",
                zh=f"检查报告 {self.digest}：不是检查报告；请重新提交",
            ) from None
        if not refusing:
            return None
        first, more = refusing[0], len(refusing) - 1
        return Text(
            f"政策规则 {first}{f' 等 {more + 1} 项' if more else ''}拒绝发布",
            f"rule {first}{f' and {more} more' if more else ''} of the policy refuses it",
        )


def keep_report(store: Store, product: str, release: str, checked: Checked) -> None:
    """Store a report; what has this name already has these bytes."""
    store.put(keys.review_report(product, release, checked.digest), checked.body, media_type=JSON)


def read_report(store: Store, product: str, release: str, digest: str) -> Checked:
    """Return a stored report; raises `LakeError` where it is missing or was changed."""
    key = keys.review_report(product, release, digest)
    try:
        found = Checked(store.get(key)[1])
    except NotFoundError:
        raise fault(
            key,
            "",
            "the report that the review is bound to is missing; submit the release again",
            zh="审核所依据的检查报告缺失；请重新提交",
        ) from None
    if found.digest != digest:
        raise fault(
            key, "", "is not the report that was signed; submit the release again", zh="不是所签的检查报告；请重新提交"
        )
    return found
