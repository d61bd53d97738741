"""The one way out: what publishing and rolling back ask before a release becomes current (articles 9 and 15)."""

from __future__ import annotations

from typing import Protocol

from tianlake.lake.releases import Manifest
from tianlake.lake.reviews.approval import Approval


class Gate(Protocol):
    """Lets releases out, or not."""

    def admit(self, manifest: Manifest, sha256: str) -> Approval:
        """Return the approval of a release, signed; it is put beside the release's files.

        Args:
            manifest: Of the release, which names every file with its hash.
            sha256: Of the manifest's bytes.

        Raises:
            LakeError: The release must not be published; one line names the rule and the command that comes next.
        """
