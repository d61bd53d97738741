"""What `tianlake doctor` looks at: one check a function, each of which yields what is wrong and what to do."""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tianlake.cli.ails import Ail, Check, wrong
from tianlake.cli.certificates import days_left
from tianlake.cli.doctoring_due import check_cases, check_incidents, check_snapshot
from tianlake.cli.registry import parent_of
from tianlake.cli.session import Session
from tianlake.cli.stack.saved import FRESH
from tianlake.lake import keys
from tianlake.lake.backup import fresh, results
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.history import published_products, read_pointer, read_release
from tianlake.lake.keyfiles import SIGNING, signing_key
from tianlake.lake.layout import refuse_newer
from tianlake.lake.patrol import last_patrol
from tianlake.lake.plain import LAYOUT, Text
from tianlake.lake.releases import JSON
from tianlake.lake.reviews.approval import read_approval
from tianlake.lake.store import ABSENT, Matches, Store
from tianlake.lake.store.locations import Folder, node_url, parse_location
from tianlake.lake.trail import Trail

SKEW_S: Final = 60.0
"""How far the clocks of this machine and the store may be apart, seconds: quotas and signatures go by them."""
LITTLE_BYTES: Final = 2_000_000_000
NOTHING_BYTES: Final = 200_000_000
"""Free bytes below which a disk is told as a warning, and as wrong."""
SOON_DAYS: Final = 30
PATROL_DAYS: Final = 31


def check_settings(session: Session, code: str) -> Iterator[Ail]:
    """Look at node.toml, the policy and every recipe."""
    for read in (lambda: session.card(code), lambda: session.policy(code), lambda: session.workspace.people(code)):
        try:
            read()
        except LakeError as error:
            yield wrong(error, "correct the file")
    for product in session.workspace.product_ids(code):
        try:
            session.workspace.recipe(code, product)
        except LakeError as error:
            yield wrong(error, "correct the recipe")


def check_store(session: Session, code: str) -> Iterator[Ail]:
    """See that conditional writes hold, and that the store's clock is ours; what is put for that is deleted again."""
    store = session.store(code)
    key = f"{keys.PRIVATE}doctor/{secrets.token_hex(8)}.json"
    began = time.time()
    info = store.put(key, b"{}\n", media_type=JSON, condition=ABSENT)
    try:
        for condition in (ABSENT, Matches("0" * 32)):
            try:
                store.put(key, b"[]\n", media_type=JSON, condition=condition)
            except ConflictError:
                continue
            rule = Text(
                "存储不遵守条件写入：发布可能互相覆盖",
                "the store ignores conditions of writes: publishers would overwrite each other",
            )
            yield Ail("wrong", rule, "use a store that honours If-Match and If-None-Match: docs/on-premises.md")
            return
        ahead = store.head(info.key).modified - began
        if abs(ahead) > SKEW_S:
            en = f"the store's clock is {ahead:+.0f} s from that of this machine"
            what = Text(f"本机时钟与存储相差 {ahead:.0f} 秒", en)
            yield Ail("wrong", what, "set the clocks (NTP)")
    finally:
        store.delete(key)


def check_layout(session: Session, code: str) -> Iterator[Ail]:
    """See that the lake is of the layout of this version."""
    found = refuse_newer(session.store(code), code)
    if found is not None and found < LAYOUT:
        what = Text(f"湖的布局版本为 {found}", f"the lake's layout is {found}, of an earlier version")
        yield Ail("warning", what, "tianlake migrate --dry-run")


def check_releases(session: Session, code: str) -> Iterator[Ail]:
    """Follow every pointer to its manifest, approval and files."""
    store = session.store(code)
    for product in published_products(store):
        try:
            pointer = read_pointer(store, product)
            if pointer is None:
                continue
            manifest = read_release(store, product, pointer.release).manifest
            approval = read_approval(store, product, pointer.release)
        except NotFoundError:
            en = f"{product}: its pointer leads to a release without a manifest"
            what = Text(f"{product}：指针所指的版本没有清单", en)
            yield Ail("wrong", what, "tianlake patrol, or tianlake restore")
            continue
        except LakeError as error:
            yield wrong(error, "tianlake patrol, or tianlake restore")
            continue
        prefix = keys.release_prefix(product, pointer.release)
        sizes = {info.key.removeprefix(prefix): info.size for info in store.list(prefix)}
        lost = [each.path for each in manifest.files if sizes.get(each.path) != each.size]
        if lost:
            what = Text(
                f"{product}：{len(lost)} 个文件缺失或大小不符（{lost[0]}）",
                f"{product}: {len(lost)} files are missing or of another size, the first: {lost[0]}",
            )
            yield Ail("wrong", what, "tianlake patrol")
        if approval is None:
            yield Ail("wrong", Text(f"{product}：没有审核记录", f"{product}: has no approval"), "tianlake publish")


def check_catalog(session: Session, code: str) -> Iterator[Ail]:
    """See that the documents that lead to everything are there, can be read, and lead to what is there."""
    store = session.store(code)
    if not published_products(store):
        return
    for key in (keys.NODE, keys.CATALOG):
        try:
            document = json.loads(store.get(key)[1])
        except (NotFoundError, ValueError):
            yield Ail(
                "wrong", Text(f"{key}：缺失或无法读取", f"{key}: is missing or cannot be read"), "tianlake publish"
            )
            continue
        for href in _children(document) if key == keys.CATALOG else ():
            if not _is_there(store, href):
                what = Text(f"{key}：链接 {href} 没有内容", f"{key}: leads to {href}, where nothing is")
                yield Ail("wrong", what, "tianlake publish")


def check_keys(session: Session, code: str) -> Iterator[Ail]:
    """See that the node's key is here, readable by nobody else, and the one that its trail goes on with."""
    root = session.workspace.root
    names = [code, f"{code}.cases", f"{code}.backup", f"{code}.exclusions"]
    for name in names:
        try:
            signing_key(root, name)
        except LakeError as error:
            yield wrong(error, f"chmod 600 {SIGNING}/{name}.key, or restore it")
            return
    seed = signing_key(root, code)
    end = Trail(session.store(code), code, None).end()
    if seed is None and end is not None:
        what = Text(
            f"{SIGNING}/{code}.key：缺失", f"{SIGNING}/{code}.key: is missing: nothing can be done at this node"
        )
        yield Ail("wrong", what, "restore it from where it is kept")
    try:
        Trail(session.store(code), code, seed).own_end()
    except LakeError as error:
        yield wrong(error, "tianlake audit verify")


def check_certificates(session: Session, code: str) -> Iterator[Ail]:
    """Ask the node's public address, and its parent's, until when their certificates are good."""
    parent = parent_of(session.workspace.root, code)
    for url in filter(None, (session.workspace.node(code).url, parent.url if parent else None)):
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            continue
        try:
            left = days_left(parts.hostname, parts.port or 443, session.workspace.ca_file)
        except LakeError as error:
            yield Ail("warning", Text(error.zh, str(error)), "look at the server, its name and its certificate")
            continue
        if left < SOON_DAYS:
            what = Text(f"{url}：证书还有 {left:.0f} 天到期", f"{url}: its certificate ends in {left:.0f} days")
            yield Ail("warning", what, "renew the certificate")


def check_disk(session: Session, code: str) -> Iterator[Ail]:
    """See that there is room where the workspace, the lake and scratch files are."""
    workspace = session.workspace
    place = parse_location(node_url(workspace.settings.lake.url, code), workspace.root)
    folders = [workspace.root, Path(tempfile.gettempdir()), *([place.root] if isinstance(place, Folder) else [])]
    for folder in dict.fromkeys(each for each in folders if each.is_dir()):
        free = shutil.disk_usage(folder).free
        if free < LITTLE_BYTES:
            what = Text(f"{folder}：只剩 {free // 1_000_000} MB", f"{folder}: {free // 1_000_000} MB are left")
            yield Ail("wrong" if free < NOTHING_BYTES else "warning", what, "make room")


def check_care(session: Session, code: str) -> Iterator[Ail]:
    """Tell whether objects were looked through, and lately saved where every byte was read."""
    store, now = session.store(code), datetime.now(UTC)
    if not published_products(store):
        return
    patrol = last_patrol(store)
    if patrol is not None and patrol.left:
        count = len(patrol.left)
        what = Text(
            f"巡检发现 {count} 处损坏尚未修复", f"{count} objects were wrong at the last patrol, and not mended"
        )
        yield Ail("wrong", what, "tianlake patrol")
    if patrol is None or now - datetime.fromisoformat(patrol.round) > timedelta(days=PATROL_DAYS):
        what = Text(f"{PATROL_DAYS} 天内没有巡检", f"no patrol began within {PATROL_DAYS} days")
        yield Ail("warning", what, "tianlake patrol, or the nightly timer")
    if not fresh(results(store), now, FRESH):
        what = Text(f"{FRESH.days} 天内没有读遍核对的备份", f"no backup was read whole within {FRESH.days} days")
        yield Ail("warning", what, "tianlake backup --to URL --verify")


CHECKS: Final[dict[str, Check]] = {
    "settings": check_settings,
    "disk": check_disk,
    "store": check_store,
    "layout": check_layout,
    "releases": check_releases,
    "catalog": check_catalog,
    "keys": check_keys,
    "certificates": check_certificates,
    "snapshot": check_snapshot,
    "cases": check_cases,
    "incidents": check_incidents,
    "care": check_care,
}


def _children(document: object) -> Iterator[str]:
    links = document.get("links", []) if isinstance(document, dict) else []
    yield from (each["href"] for each in links if isinstance(each, dict) and each.get("rel") == "child")


def _is_there(store: Store, href: str) -> bool:
    if not href.startswith("./") or "://" in href:  # another node's, or a copy of what was harvested
        return True
    try:
        store.head(href.removeprefix("./"))
    except NotFoundError:
        return False
    return True
