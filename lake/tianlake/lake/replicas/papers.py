"""What lies in a copy beside the data: who holds it on what terms, how to check it, the signed list of its files."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import Field

from tianlake.lake import keys
from tianlake.lake.describe import Document
from tianlake.lake.errors import LakeError, NotFoundError, StoreError, fault
from tianlake.lake.nodes import NodeCard, NodeCode
from tianlake.lake.records import dump_record, parse_record
from tianlake.lake.releases import JSON
from tianlake.lake.replicas.filing import Filing
from tianlake.lake.signed import public_key
from tianlake.lake.store import Store
from tianlake.lake.words import PublicKey

TEXT: Final = "text/plain"
MARKDOWN: Final = "text/markdown"
BINARY: Final = "application/octet-stream"

_LINE: Final = re.compile(r"([0-9a-f]{64})  ([^\r\n]+)")


@dataclass(frozen=True, slots=True)
class Claim:
    """`replica.json`: a copy says whose it is. Members may be added: a reader passes over those it does not know."""

    layout: Literal[1]
    node: NodeCode
    replica: str
    holder: str
    purpose: str
    number: str
    """备案号 of the filing."""
    expires: str
    key: PublicKey
    """Of the node: it signed the list of files."""
    origin: str | None
    """Public URL of the node that the copy is of."""
    releases: Annotated[dict[str, str], Field(default_factory=dict)]
    """Product → release, of all that the copy holds."""


def claim_of(node: NodeCard, filing: Filing, seed: bytes, releases: Mapping[str, str]) -> Document:
    """Return `replica.json`."""
    own = (filing.id, filing.holder, filing.purpose, filing.number, filing.expires)
    found = Claim(1, node.code, *own, public_key(seed), node.settings.url, dict(releases))
    return Document(dump_record(found), JSON)


def read_claim(store: Store) -> Claim | None:
    """Return what the copy in a store says of itself, or None where none is there."""
    try:
        body = store.get(keys.COPY)[1]
    except NotFoundError:
        return None
    return parse_record(Claim, body, file=keys.COPY)


def known_claim(store: Store) -> Claim | None:
    """Return what the copy in a store says of itself, or None where it says nothing that can be read."""
    try:
        return read_claim(store)
    except StoreError:
        raise
    except LakeError:
        return None


def pem(key: str) -> bytes:
    """Return a public key in the form that OpenSSL reads (RFC 8410, RFC 7468)."""
    raw = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.partition(":")[2]))
    return raw.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def write_sums(files: Iterable[tuple[str, str]]) -> bytes:
    """Return the list of files, given key and SHA-256 of each: sorted, in the form of `sha256sum`."""
    return "".join(f"{digest}  {key}\n" for key, digest in sorted(files)).encode()


def read_sums(body: bytes) -> dict[str, str]:
    """Return key → SHA-256.

    Raises:
        LakeError: A line is of another form, or a file is there twice.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(body.decode("utf-8", "replace").split("\n")[:-1], 1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in found:
            raise fault(keys.COPY_SUMS, f"line {number}", "must be a SHA-256, two spaces and a file, each file once")
        found[match[2]] = match[1]
    return found


def sign_sums(body: bytes, seed: bytes) -> bytes:
    """Return the signature of the list: 64 bytes as `openssl pkeyutl -verify -rawin` reads them (RFC 8032)."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(body)


def is_signed(body: bytes, signature: bytes, key: str) -> bool:
    """Say whether the list is signed by the owner of a public key; raises `LakeError` where `key` is none."""
    try:
        owner = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.partition(":")[2], validate=True))
    except ValueError:
        raise LakeError(
            f"public key {key!r}: must be ed25519: and 32 bytes in base64",
            zh=f"公钥 {key!r}：须为 ed25519: 加 base64 的 32 字节",
        ) from None
    try:
        owner.verify(signature, body)
    except InvalidSignature:
        return False
    return True


def readme(node: NodeCard, filing: Filing, releases: Mapping[str, str], key: str) -> Document:
    """Return the page that whoever opens the copy reads first, in both languages."""
    values: dict[str, Any] = {
        "name": node.identity.short_name,
        "code": node.code,
        "holder": filing.holder,
        "purpose": filing.purpose,
        "number": filing.number,
        "expires": filing.expires,
        "operator": node.settings.operator.name,
        "origin": node.settings.url or "-",
        "key": key,
        "listed": "\n".join(f"| {product} | {release} |" for product, release in sorted(releases.items())),
    }
    return Document(_README.format_map(values).encode(), MARKDOWN)


_README: Final = """\
# {name} 前置副本 · A front-deployed copy of node {code}

| | |
|---|---|
| 持有单位 · Holder | {holder} |
| 用途 · Purpose | {purpose} |
| 备案号 · Filing number | {number} |
| 有效期至 · Good until | {expires} |
| 来源节点 · Copied from | {code}, {origin} |
| 运行维护单位 · Operated by | {operator} |

| 产品 · Product | 版本 · Release |
|---|---|
{listed}

## 使用 · Use

本目录是一个完整的节点数据湖，只能按备案的用途使用，到期即应删除；来源节点撤下的数据会从这里收回。许可见各产品的
`collections/<产品>/README.md`，服务条款见 `terms.json`，审核记录见各版本的 `approval.json`（如有）。

This folder is a complete lake of a node. It may be used for the purpose of its filing only, and is to be deleted when
the filing ends; what its node withdraws is taken back from here. Licences are in `collections/<product>/README.md`, the
terms of service in `terms.json`, approvals in `approval.json` of each release that has one. In this folder:

```
duckdb -init lake.sql                 # 全部视图 · a view of each product
tianlake serve --copy .               # 门户、瓦片、STAC · portal, tiles, STAC
```

## 核对 · Check

无需网络，也无需 Tianlake · Without a network, and without Tianlake:

```
sha256sum --check --quiet SHA256SUMS
openssl pkeyutl -verify -pubin -inkey node.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
```

`node.pem` 中应是来源节点的公钥，见该节点的 `audit.json` · `node.pem` must hold the public key of the node, which its
`audit.json` names: `{key}`
"""
