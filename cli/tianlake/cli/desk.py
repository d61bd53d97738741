"""Where the command's parts meet: a node's bucket, who describes it, what its page is made of."""

from __future__ import annotations

import getpass
import platform
import tempfile
from pathlib import Path

from tianlake.cli.checking import checker
from tianlake.cli.output import tell
from tianlake.cli.registry import SIGNING, make_signing_key, signing_key
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.derived import Desk
from tianlake.lake.describe import Document
from tianlake.lake.leaks import Surroundings
from tianlake.lake.reviews import ReviewGate
from tianlake.lake.trail import Trail
from tianlake.lake.trail.pending import seal


def open_desk(session: Session, code: str) -> Desk:
    """Return the desk of one node's publishers."""
    from tianlake.cli.handing import downward  # noqa: PLC0415
    from tianlake.portal import portal_files  # noqa: PLC0415 - only what publishes needs STAC and the page
    from tianlake.stac import StacDescriber  # noqa: PLC0415
    from tianlake.stac.federation import Upward  # noqa: PLC0415
    from tianlake.stac.federation.both import BothWays  # noqa: PLC0415
    from tianlake.stac.foreign.documents import ForeignTrees  # noqa: PLC0415

    workspace = session.workspace
    trail = open_trail(session, code)
    policy = session.policy(code)
    gate = ReviewGate(trail, workspace.people(code), policy, checker(session, code, policy))
    extras = {file.name: Document(file.body, file.media_type) for file in portal_files()}
    return Desk(
        session.card(code),
        trail.store,
        StacDescriber(),
        trail,
        gate,
        extras,
        surroundings(workspace.root),
        workspace.quotas(code),
        workspace.terms(code),
        BothWays(
            Upward(trail.store, trail.seed),
            downward(session, code, trail.store, trail.seed),
            ForeignTrees(trail.store),
        ),
    )


def open_trail(session: Session, code: str) -> Trail:
    """Return the audit trail of one node."""
    trail = Trail(session.store(code), code, node_seed(session, code))
    if trail.seed is not None:
        seal(trail)  # what servers without the key put on record comes first
    return trail


def node_seed(session: Session, code: str) -> bytes | None:
    """Return the node's signing key; one is made before the first act of a node, as every act is signed.

    A node with a trail and no key here has lost it, or is worked on from another workspace: then None.
    """
    root = session.workspace.root
    seed = signing_key(root, code)
    if seed is None and Trail(session.store(code), code, None).end() is None:
        seed = make_signing_key(root, code)
        file = f"{SIGNING}/{code}.key"
        tell(say(f"{code}：新的签名密钥在 {file}，请备份", f"{code}: its new signing key is {file}; back it up"))
    return seed


def surroundings(workspace: Path) -> Surroundings:
    """Return what of this machine must not be read in public: who and where we are."""
    try:
        user, home = getpass.getuser(), str(Path.home())
    except (KeyError, OSError, RuntimeError):  # a container may run us under a number that nobody has
        user, home = "", ""
    return Surroundings(user, platform.node(), (home, str(workspace), tempfile.gettempdir()))
