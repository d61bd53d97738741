"""Where the command's parts meet: a node's bucket, who describes it, what its page is made of."""

from __future__ import annotations

import getpass
import platform
import tempfile
from pathlib import Path

from tianlake.cli.registry import signing_key
from tianlake.cli.session import Session
from tianlake.lake.derived import Desk
from tianlake.lake.describe import Document
from tianlake.lake.leaks import Surroundings


def open_desk(session: Session, code: str) -> Desk:
    """Return the desk of one node's publishers."""
    from tianlake.portal import portal_files  # noqa: PLC0415 - only what publishes needs STAC and the page
    from tianlake.stac import StacDescriber  # noqa: PLC0415
    from tianlake.stac.federation import Upward  # noqa: PLC0415

    workspace = session.workspace
    store = session.store(code)
    extras = {file.name: Document(file.body, file.media_type) for file in portal_files()}
    return Desk(
        session.card(code),
        store,
        StacDescriber(),
        extras,
        surroundings(workspace.root),
        workspace.quotas(),
        workspace.terms(),
        Upward(store, signing_key(workspace.root, code)),
    )


def surroundings(workspace: Path) -> Surroundings:
    """Return what of this machine must not be read in public: who and where we are."""
    try:
        user, home = getpass.getuser(), str(Path.home())
    except (KeyError, OSError, RuntimeError):  # a container may run us under a number that nobody has
        user, home = "", ""
    return Surroundings(user, platform.node(), (home, str(workspace), tempfile.gettempdir()))
