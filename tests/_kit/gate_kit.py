"""A gate that lets everything out, for tests that are not about reviews: its approvals say what they are told to."""

from __future__ import annotations

from dataclasses import dataclass

from trail_kit import seed_of

from tianlake.lake.releases import Manifest
from tianlake.lake.reviews.approval import Approval, MapRecord, sign_approval


@dataclass(frozen=True)
class Open:
    """Approves whatever it is asked for, with the key of the node as `trail_kit.seed_of` has it."""

    map: MapRecord | None = None
    demo: bool = False

    def admit(self, manifest: Manifest, sha256: str) -> Approval:
        """Return an approval without a review."""
        node = manifest.candidate.node
        approval = Approval(
            node=node,
            product=manifest.candidate.card.id,
            release=manifest.release,
            manifest=sha256,
            policy="test 1",
            policy_digest="0" * 64,
            demo=self.demo,
            report="0" * 64,
            steps=(),
            map=self.map,
            key="",
        )
        return sign_approval(approval, seed_of(node))
