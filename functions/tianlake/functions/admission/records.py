"""What admission decides from: a key's record, a request as every adapter sees it, and what its path demands."""

from __future__ import annotations

import hashlib
import secrets
import string
from dataclasses import dataclass, field
from typing import Final, Literal

from tianlake.lake.plain import Access
from tianlake.lake.quotas import Meter

KeyKind = Literal["browser", "server", "any"]
"""What a key is bound to: hosts of pages, addresses of servers, or neither."""

KEY_LENGTH: Final = 32
"""Characters of a key: what today's clients check for (tianditu.md §1.3)."""

_ALPHABET: Final = string.ascii_lowercase + string.digits


def new_key() -> str:
    """Return a new key: 32 of a-z and 0-9, 165 random bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(KEY_LENGTH))


def digest(secret: str) -> str:
    """Return the SHA-256 of a key or token in hex: the only form in which one is stored.

    A fast hash serves, because what it hides is random and longer than anybody can search through.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is known of a key without knowing the key: enough to decide without asking anybody."""

    digest: str
    """SHA-256 of the key, hex."""
    id: str
    """Short name of the key within its account, safe to show and to log."""
    account: str
    """Id of the account; all keys of one account share its quota."""
    tier: str
    kind: KeyKind
    hosts: tuple[str, ...] = ()
    """Of a browser key: hosts of the pages that may use it, `example.org` or `*.example.org`, lower case."""
    networks: tuple[str, ...] = ()
    """Of a server key: addresses that may use it, in CIDR form."""
    state: Literal["active", "revoked", "suspended"] = "active"
    expires: float | None = None
    """Seconds since the epoch."""
    terms: str = ""
    """Version of the terms that the account accepted last."""
    companion: str | None = None
    """SHA-256 of the second secret `sk` (安全密钥), hex, where the key asks for one."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a path asks for, as far as it matters to admission. Made from the path alone."""

    meter: Meter | None
    """What the request is counted as; None for what is open to all and not counted: catalog, portal, terms."""
    product: str | None = None
    """Id of the product whose `access` decides, or of none."""
    layer: str | None = None
    """Layer of today's clients that stands for a product, `vec`, until the node's settings say for which."""
    node: str | None = None
    """Code of the node; None for the one that is served at `/`."""
    bulk: bool = False
    """Whether it is bulk data, which professional products keep for professional users; their tiles need any key."""
    access: Access | None = None
    """What is asked for where neither a product nor a layer decides."""


@dataclass(frozen=True, slots=True)
class SignedLink:
    """What a signed link says, before anybody checked it (`links.py`)."""

    path: str
    """Of the request, as it was sent, without its query."""
    expires: str
    """Seconds since the epoch, as it was sent."""
    key: str
    """`KeyRecord.digest` of the key that the link stands for, as it was sent."""
    signature: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as every adapter hands it in."""

    demand: Demand
    access: Access
    """Of the demanded product; `open` where none is demanded."""
    client: str
    """Address of the client, as text: that of the connection, or what a trusted proxy says."""
    credential: str | None = field(default=None, repr=False)
    """The key that was sent, or None."""
    companion: str | None = field(default=None, repr=False)
    """The second secret that was sent as `sk`, or None."""
    ambiguous: str | None = None
    """Where several different keys were sent, `tk` for example; then none of them counts."""
    link: SignedLink | None = None
    """The signed link that the request came by, or None."""
    referer: str | None = None
    """Host of `Referer`, lower case, with its port where it has one; None where there is none."""
    origin: str | None = None
    """Host of `Origin`, likewise."""
    agent: str = ""
    """`User-Agent`."""
    size: int | None = None
    """Bytes that the answer will have, where the request alone tells it: a bounded `Range`."""
