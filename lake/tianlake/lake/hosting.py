"""Hosted nodes (依托上级的节点): a city without a bucket and a server of its own lives under its province's.

Its objects lie in the parent's bucket, beside the parent's and never among them: the first folder says whose they are.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.naming import node_name
from tianlake.lake.nodes import NodeSettings
from tianlake.lake.store.locations import Bucket, node_url, parse_location


def hosted_settings(settings: NodeSettings, parent: NodeSettings) -> NodeSettings:
    """Return the settings of a hosted node with its address, where it names no host of its own.

    A server answers each of its nodes at `/<code>`: a parent that is itself found there has its guests beside it.
    """
    if settings.url is not None or parent.url is None:
        return settings
    return replace(settings, url=f"{parent.url.removesuffix(f'/{parent.code}')}/{settings.code}")


def host_of(code: str) -> str:
    """Return the code of the node that would host another: its parent.

    Raises:
        LakeError: It has none, or the code is no node's.
    """
    parent = node_name(code, load_divisions()).parent
    if parent is None:
        raise LakeError(f"node {code}: has no parent that could host it")
    return parent


def check_hosted(code: str, parent: str, lake_url: str) -> None:
    """Refuse a place of a hosted node that is not in its parent's bucket.

    Raises:
        LakeError: `[lake] url` gives each node a bucket of its own.
    """
    own, above = (parse_location(node_url(lake_url, each), Path()) for each in (code, parent))
    if isinstance(own, Bucket) and isinstance(above, Bucket) and own.name != above.name:
        rule = "a hosted node lies in its parent's bucket: {code} must come after the bucket's name"
        raise fault("tianlake.toml", "lake.url", f"{rule}; got {lake_url!r}")
