"""What a node of the workspace hands down: terms, limits, the list of divisions, policies, and what it has pinned."""

from __future__ import annotations

import json
import re
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Final

from pydantic import Field

from tianlake.cli.session import Session
from tianlake.lake import handed
from tianlake.lake.divisions import load_divisions, packaged_divisions
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.handed import Kind, Version
from tianlake.lake.pinned import pinned_body, read_pins
from tianlake.lake.plain import Text
from tianlake.lake.policy.files import NODE_FILE, read_policy
from tianlake.lake.records import STRICT, dump_json, read_record
from tianlake.lake.releases import JSON
from tianlake.lake.store import Store, media_type_of
from tianlake.lake.workspace import QUOTAS, TERMS
from tianlake.stac.federation.downward import Downward, Given

FILE: Final = "down.toml"

_UNFIT: Final = re.compile(r"[^a-z0-9]+")
_Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,61}[a-z0-9]$")]


@dataclass(frozen=True, slots=True)
class _Listed:
    """A further document: `[[documents]]`."""

    name: _Slug
    path: str
    """Relative to the workspace."""
    version: Version
    title: Text
    kind: Kind = "document"

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class _Down:
    """What `nodes/<code>/down.toml` says."""

    issuer: bool = False
    """Whether this workspace issues keys: then its public key goes down, by which snapshots of keys are verified."""
    documents: tuple[_Listed, ...] = ()

    __pydantic_config__ = STRICT


def downward(session: Session, code: str, store: Store, seed: bytes | None) -> Downward:
    """Return what a node hands down; it is public.

    Raises:
        LakeError: Its `down.toml` is wrong, or a file that it names is missing or too large.
    """
    root = session.workspace.root
    pins = read_pins(root, code)
    pinned = tuple((pin, pinned_body(root, code, pin)) for pin in (pins.pins if pins else ()))
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return Downward(store, seed, tuple(_given(session, code)), pinned, now)


def _given(session: Session, code: str) -> list[Given]:
    workspace = session.workspace
    found = []
    if (workspace.root / TERMS).is_file():
        terms = workspace.terms(code)
        title = Text("服务条款", "Terms of service")
        found.append(Given("terms", handed.TERMS, title, terms.version, dump_json(terms.document())))
    if (workspace.root / QUOTAS).is_file():
        quotas = workspace.quotas(code)
        title = Text("用户级别与限额", "Tiers and limits of use")
        found.append(Given("quotas", handed.QUOTAS, title, quotas.version, dump_json(quotas.document())))
    if session.name(code).parent is None:  # the list is the nation's; others hand on what they pinned
        title = Text("行政区划名录", "Administrative divisions")
        found.append(Given("divisions", handed.DIVISIONS, title, load_divisions().fetched, packaged_divisions()))
    return [*found, *_policies(session, code), *_listed(session, code)]


def _policies(session: Session, code: str) -> Iterator[Given]:
    """Yield the policies of a node, which bind those below it; not one for demonstrations: it would loosen theirs."""
    workspace = session.workspace
    own = f"nodes/{code}/{NODE_FILE}"
    for path in (own, *workspace.settings.policy.files):
        file = workspace.root / path
        if path == own and not file.is_file():
            continue
        policy = read_policy(file, path)
        if policy.node == code and not policy.demo:
            name = "policy" if path == own else f"policy-{_UNFIT.sub('-', policy.id.lower()).strip('-')}"
            yield Given(
                name, handed.POLICY, policy.title, policy.version, file.read_bytes(), "application/toml", f"{name}.toml"
            )


def _listed(session: Session, code: str) -> list[Given]:
    workspace = session.workspace
    file = workspace.root / "nodes" / code / FILE
    shown = workspace.shown(file)
    try:
        down = read_record(_Down, tomllib.loads(file.read_text("utf-8")), file=shown)
    except FileNotFoundError:
        return []
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise fault(shown, "", f"not TOML in UTF-8: {error}") from None
    found = [_document(session, shown, each) for each in down.documents]
    return [*found, _issuer(session, code)] if down.issuer else found


def _document(session: Session, shown: str, listed: _Listed) -> Given:
    path = PurePosixPath(listed.path)
    if path.is_absolute() or ".." in path.parts or "\\" in listed.path:
        raise fault(shown, f"documents.{listed.name}.path", "a path inside the workspace, with '/' between parts")
    try:
        body = (session.workspace.root / path).read_bytes()
    except OSError as error:
        raise fault(shown, f"documents.{listed.name}.path", f"{path} cannot be read: {error.strerror}") from None
    if len(body) > handed.LARGEST_DOCUMENT:
        rule = f"{path}: {len(body)} bytes, more than the {handed.LARGEST_DOCUMENT} that may be handed down"
        raise fault(shown, f"documents.{listed.name}.path", rule)
    file = f"{listed.name}{path.suffix.lower()}"
    return Given(listed.name, listed.kind, listed.title, listed.version, body, media_type_of(file), file)


def _issuer(session: Session, code: str) -> Given:
    """Return whose keys hold in the tree: an address and a public key; the snapshot itself goes to nodes alone."""
    from tianlake.cli.bureau import open_service  # noqa: PLC0415 - only who issues keys needs accounts
    from tianlake.functions.accounts.snapshot import SECRET, public_key  # noqa: PLC0415

    url = session.workspace.node(code).url
    if url is None:
        raise LakeError(f"nodes/{code}/node.toml: url: whoever issues keys needs the address where nodes ask for them")
    with open_service(session) as service:
        key = public_key(service.store.secret(SECRET))
    body = json.dumps({"issuer": url, "issuer_key": key, "snapshot": f"{url}/accounts/snapshot"}, indent=2)
    title = Text("密钥签发节点", "The node that issues keys")
    return Given("issuer", handed.ISSUER, title, "1", f"{body}\n".encode(), JSON)
