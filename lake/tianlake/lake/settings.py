"""What `tianlake.toml` says: where a workspace publishes, keeps accounts, and by which policies (docs/operate.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from tianlake.lake.cases.settings import CaseSettings
from tianlake.lake.records import STRICT
from tianlake.lake.store import S3Settings


@dataclass(frozen=True, slots=True)
class LakeSettings:
    """`[lake]`: where published objects lie."""

    url: str = "file:lake"
    """`file:DIR` (relative to the workspace) or `s3://bucket/prefix`; holds `{code}`, or gets `/<code>` appended."""

    __pydantic_config__ = STRICT


_ACCOUNTS: Final = re.compile(r"sqlite:[^\s?#][^?#]*|dynamodb:[A-Za-z0-9_.-]{1,200}")
_ISSUER: Final = re.compile(r"https?://[^/@?#\s]+(/[^@?#\s]*[^/@?#\s])?")
_PUBLIC_KEY: Final = re.compile(r"ed25519:[A-Za-z0-9+/]{43}=")
"""An Ed25519 public key (RFC 8032), 32 bytes, in base64."""


@dataclass(frozen=True, slots=True)
class AccountsSettings:
    """`[accounts]`: where accounts, keys and quotas are kept, and who issues them (articles 8(2) and 16)."""

    url: str = "sqlite:accounts.sqlite"
    """`sqlite:FILE` (relative to the workspace) or `dynamodb:PREFIX`, the prefix of the tables' names."""
    strict: bool = False
    """Whether refusals are answered as today's Tianditu does (tianditu.md §1.3)."""
    issuer: str | None = None
    """Base URL of the node that issues accounts, without a final `/`, where it is another one."""
    issuer_key: str | None = None
    """Public key of the node that issues accounts, where it is another one: `ed25519:BASE64`, as `tianlake keys issuer`
    prints it there. Keys are then taken from that node's signed snapshot, and none is made here."""

    __pydantic_config__ = STRICT

    def __post_init__(self) -> None:
        """Refuse what names no store, and an issuer whose signature nobody could check."""
        if not _ACCOUNTS.fullmatch(self.url):
            msg = "url must be sqlite:FILE or dynamodb:PREFIX"
        elif self.issuer is not None and not _ISSUER.fullmatch(self.issuer):
            msg = "issuer must be http(s)://HOST[:PORT][/PATH] without a final '/'"
        elif self.issuer_key is not None and not _PUBLIC_KEY.fullmatch(self.issuer_key):
            msg = "issuer_key must be ed25519: and 44 characters of base64; it is printed by: tianlake keys issuer"
        elif self.issuer is not None and self.issuer_key is None:
            msg = "issuer needs an issuer_key: keys are taken from nobody whose signature is not checked"
        else:
            return
        raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class HttpsSettings:
    """`[https]`: how other nodes are known over HTTPS."""

    ca_file: str | None = None
    """PEM file (relative to the workspace) of authorities whose certificates are believed beside the system's."""

    __pydantic_config__ = STRICT


_PYTHON: Final = re.compile(r"3\.\d{2}")


@dataclass(frozen=True, slots=True)
class DeploySettings:
    """`[deploy]`: how a node's stack is made in a cloud (`tianlake deploy`)."""

    stack: str | None = None
    """Folder of the Terraform root (relative to the workspace); `{code}` in it is the node's code."""
    python: str = "3.12"
    """Lambda's Python; another one for an emulator that runs the Python that is there."""

    __pydantic_config__ = STRICT

    def __post_init__(self) -> None:
        """Refuse what is no version of Python."""
        if not _PYTHON.fullmatch(self.python):
            msg = "python must be a version such as 3.12"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """`[cluster]`: by what a Dask cluster that speaks TLS knows this workspace, and is known to it (docs/clusters.md).

    PEM files, relative to the workspace.
    """

    ca_file: str | None = None
    """Of the cluster's own authority: whoever it signed for belongs to the cluster."""
    cert_file: str | None = None
    key_file: str | None = None

    __pydantic_config__ = STRICT

    def __post_init__(self) -> None:
        """Refuse a part without the others."""
        if len({each is None for each in (self.ca_file, self.cert_file, self.key_file)}) > 1:
            msg = "ca_file, cert_file and key_file go together"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """`[policy]`: which policy files hold beside the one that is shipped (docs/policy.md)."""

    files: tuple[str, ...] = ()
    """Relative to the workspace, national first."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """What `tianlake.toml` says."""

    lake: LakeSettings = field(default_factory=LakeSettings)
    aws: S3Settings = field(default_factory=S3Settings)
    accounts: AccountsSettings = field(default_factory=AccountsSettings)
    https: HttpsSettings = field(default_factory=HttpsSettings)
    cases: CaseSettings = field(default_factory=CaseSettings)
    policy: PolicySettings = field(default_factory=PolicySettings)
    deploy: DeploySettings = field(default_factory=DeploySettings)
    cluster: ClusterSettings = field(default_factory=ClusterSettings)

    __pydantic_config__ = STRICT
