"""A node's key is replaced: the trail tells of it, and nothing that breaks off loses the key that counts."""

from __future__ import annotations

from pathlib import Path

from tianlake.cli.registry import SIGNING, make_signing_key, signing_key
from tianlake.lake.errors import LakeError
from tianlake.lake.signed import public_key
from tianlake.lake.trail import Trail, read_entry


def replace_key(workspace: Path, trail: Trail, lost: str | None) -> bytes:
    """Give a node another key, or its first one, and put that on its trail; return the seed.

    The new key lies in a file before the trail names it, so that whatever breaks off, the key that counts is here; the
    same call again goes on.

    Args:
        workspace: Its root.
        trail: The node's, with the key of before; None where that is not here.
        lost: Why the key of before is not here and will not be.

    Raises:
        LakeError: There is a trail, and the key of before is not here; or it is, though said to be lost.
    """
    code = trail.code
    end = trail.end()
    if end is not None and trail.seed is None and lost is None:
        rule = "restore it from a backup; if it is lost for good: --new-key --lost REASON"
        raise LakeError(f"{SIGNING}/{code}.key: missing, and the node has an audit trail: {rule}")
    if trail.seed is not None and lost is not None:
        raise LakeError(f"{SIGNING}/{code}.key: is here, so it is not lost; leave out --lost")
    following = f"{code}.next"
    seed = signing_key(workspace, following) or make_signing_key(workspace, following)
    if end is not None and read_entry(end).details.get("key") != public_key(seed):
        if lost is None:
            trail.change_key(seed)
        else:
            trail.replace_lost_key(seed, lost)
    (workspace / SIGNING / f"{following}.key").replace(workspace / SIGNING / f"{code}.key")
    return seed
