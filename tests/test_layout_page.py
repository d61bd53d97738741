"""docs/layout.md says what the lake does: its tables against the records, its formulas against a published release."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import fields

import pytest
from kit import REPO
from lake_kit import PlainDescriber, candidate, desk

from tianlake.functions.gateway.places import locate
from tianlake.lake import keys
from tianlake.lake.describe import Tombstone
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.handed import HandedDown, Handing, PinnedState
from tianlake.lake.publishing import publish, rollback, seal, withdraw
from tianlake.lake.records import parse_record
from tianlake.lake.releases import Asset, Candidate, FileEntry, Manifest, Quality
from tianlake.lake.reviews import Approval, Bound, MapApproval, Step
from tianlake.lake.store import ABSENT, DirectoryStore, Matches
from tianlake.stac.federation.records import Child, Health, Offer

PAGE = (REPO / "docs/layout.md").read_text()
SECTIONS = {part.splitlines()[0]: part for part in PAGE.split("\n## ")[1:]}


def first_column(section):
    """Return the code spans in the first column of a section's tables."""
    rows = [line for line in SECTIONS[section].splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split(" | ")[0])]


def said(pattern):
    """Return what the page says where `pattern` has its group."""
    match = re.search(pattern, PAGE, re.DOTALL)
    assert match
    return match[1]


def names(record):
    return {field.name for field in fields(record)}


class Recorder(DirectoryStore):
    """A directory that writes down what is asked of it, and under which condition."""

    def __init__(self, root):
        super().__init__(root)
        self.calls = []

    def put(self, key, body, *, media_type, condition=None):
        self.calls.append(("put", key, condition))
        return super().put(key, body, media_type=media_type, condition=condition)

    def delete(self, key, *, condition=None):
        self.calls.append(("delete", key, condition))
        super().delete(key, condition=condition)


@pytest.fixture
def store(tmp_path):
    return Recorder(tmp_path / "lake")


def release(store, tmp_path, marker, built):
    folder = tmp_path / marker
    return seal(candidate(folder, marker, built=built), folder, desk(store).node, PlainDescriber())


@pytest.fixture
def first(store, tmp_path):
    found = release(store, tmp_path, "one", "2026-11-01T02:03:04Z")
    publish(desk(store), found)
    return found


def test_the_manifest_table_names_every_member_and_no_other():
    listed = first_column("2 The manifest")
    by_record = {"": Manifest, "files[]": FileEntry, "candidate": Candidate}
    wanted = [f"{prefix}.{name}".lstrip(".") for prefix, record in by_record.items() for name in names(record)]
    assert sorted(listed) == sorted(wanted)


def test_the_members_of_quality_and_tombstone_are_named():
    quality = next(line for line in PAGE.splitlines() if line.startswith("| `candidate.quality`"))
    assert names(Quality) == set(re.findall(r"`(\w+)`", quality)) - {"candidate"}
    tombstone = said(r"A tombstone holds (.*?)\. A release")
    assert names(Tombstone) == set(re.findall(r"`(\w+)`", tombstone))


@pytest.mark.parametrize(
    "key",
    [
        keys.NODE,
        keys.CATALOG,
        keys.LAKE_SQL,
        keys.FEED_JSON,
        keys.FEED_ATOM,
        keys.ITEMS,
        keys.PORTAL,
        keys.PRIVATE,
        keys.matrix_set("<matrix set>"),
        keys.OFFER,
        keys.HARVEST,
        f"{keys.INDEX}<digest>/",
        keys.MERGED,
        keys.copies("<child>"),
        keys.taken_prefix("<child>", "<snapshot>"),
        keys.harvested(["<child>"], ""),
        keys.DOWN,
        keys.FOREIGN,
        keys.foreign_taken("<name>", "<snapshot>"),
        keys.foreign_copy("<name>", ""),
        keys.down_file("<digest>", ""),
    ]
    + [keys.pointer("<product>"), keys.product_document("<product>", "versions.json")]
    + [
        keys.release_file("<product>", "<release>", name)
        for name in (keys.MANIFEST, keys.RELEASE, keys.STYLE, keys.TOMBSTONE)
    ],
)
def test_the_drawing_of_the_bucket_shows_every_key(key):
    drawing = SECTIONS["1 Objects"].split("```")[1]
    assert re.search(rf"^(.*, )?{re.escape(key)}(,|\s|…)", drawing, re.MULTILINE)


def test_the_tables_of_federation_name_every_member_and_no_other():
    listed = set(first_column("10 Federation"))
    assert listed == names(Offer) | names(Child) | names(HandedDown)
    assert {"layout", "node", "made", "documents"} == names(Handing)
    pinned = next(line for line in PAGE.splitlines() if line.startswith("4. `handed` of `node.json`"))
    assert names(PinnedState) == set(re.findall(r"`(\w+)`", pinned)) - {"handed"}
    below = next(line for line in PAGE.splitlines() if line.startswith("| `below`"))
    assert names(Health) == set(re.findall(r"`(\w+)`", below)) - {"below", "fresh", "stale", "removed"}


def test_a_release_id_follows_from_the_manifest_as_the_page_says(store, first):
    key = keys.release_file("places", first.manifest.release, keys.MANIFEST)
    body = store.get(key)[1]
    manifest = json.loads(body)
    lines = "\n".join(f"{each['sha256']}  {each['path']}" for each in manifest["files"])
    assert manifest["release"] == "20261101T020304Z-" + hashlib.sha256(lines.encode()).hexdigest()[:8]
    assert manifest["candidate"]["built"] == "2026-11-01T02:03:04Z"
    assert [each["path"] for each in manifest["files"]] == sorted(each["path"] for each in manifest["files"])
    assert body == (json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
    assert manifest["layout"] == int(said(r"Layout version \*\*(\d+)\*\*"))


def test_members_that_a_reader_does_not_know_are_ignored(first, store):
    key = keys.release_file("places", first.manifest.release, keys.MANIFEST)
    manifest = json.loads(store.get(key)[1])
    for place in (manifest, manifest["files"][0], manifest["candidate"], manifest["candidate"]["assets"][0]):
        place["later"] = "than this reader"
    assert parse_record(Manifest, json.dumps(manifest).encode(), file=key) == first.manifest
    assert names(Asset) == manifest["candidate"]["assets"][0].keys() - {"later"}


def test_steps_and_approvals_have_the_members_of_the_page():
    listed = first_column("12 Chains of signed documents, and the trail")
    steps = listed[listed.index("person") - 6 :]
    assert names(Step) - {"seq", "previous"} <= {*steps, "node", "product", "release", "kind", "at", "organisation"}
    told = said(r"`approval\.json` is a JSON object: (.*?)\. `signature` is")
    assert names(Approval) <= set(re.findall(r"`([a-z0-9_]+)`", told))
    assert names(MapApproval) <= set(re.findall(r"`([a-z]+)`", said(r"\| `map` \|(.*?)\n")))
    assert names(Bound) <= set(re.findall(r"`([a-z]+)`", said(r"\| `bound` \|(.*?)\n")))


def recorded(seq):
    """Return how an act is put on record."""
    return ("put", keys.audit_entry(seq), ABSENT), ("put", keys.AUDIT_HINT, None)


def test_publishing_writes_in_the_order_of_the_page(store, first, tmp_path):
    store.calls.clear()
    etag = store.head(keys.pointer("places")).etag
    second = release(store, tmp_path, "two", "2026-11-02T00:00:00Z")
    publish(desk(store), second)
    prefix = keys.release_prefix("places", second.manifest.release)
    files = [entry.path for entry in second.manifest.files]
    count = len(files) + 6
    assert store.calls[:count] == [
        *(("put", f"{prefix}{path}", ABSENT) for path in files),
        ("put", f"{prefix}{keys.MANIFEST}", ABSENT),
        ("put", f"{prefix}{keys.APPROVAL}", None),
        *recorded(3),
        ("put", f"collections/places/{second.manifest.release}/scene.json", None),
        ("put", keys.pointer("places"), Matches(etag)),
    ]
    derived = store.calls[count:]
    assert derived
    assert all(not key.startswith(keys.RELEASES) and condition is not None for _, key, condition in derived)


def test_the_first_release_puts_its_pointer_only_where_there_is_none(store, first):
    assert ("put", keys.pointer("places"), ABSENT) in store.calls


def test_rolling_back_is_one_conditional_write_of_the_pointer(store, first, tmp_path):
    publish(desk(store), release(store, tmp_path, "two", "2026-11-02T00:00:00Z"))
    etag = store.head(keys.pointer("places")).etag
    store.calls.clear()
    target = rollback(desk(store), "places")
    assert store.calls[:4] == [
        *recorded(4),
        ("put", f"collections/places/{target}/scene.json", None),
        ("put", keys.pointer("places"), Matches(etag)),
    ]
    assert all(not key.startswith(keys.RELEASES) for _, key, _ in store.calls)


def test_withdrawing_deletes_the_pointer_first_and_the_files_after_the_tombstone(store, first):
    etag = store.head(keys.pointer("places")).etag
    store.calls.clear()
    withdraw(desk(store), "places", "privacy")
    prefix = keys.release_prefix("places", first.manifest.release)
    assert store.calls[:3] == [*recorded(3), ("delete", keys.pointer("places"), Matches(etag))]
    assert store.calls[3][:2] == ("put", f"{prefix}{keys.TOMBSTONE}")
    deleted = {key for what, key, _ in store.calls[4:] if what == "delete" and key.startswith(prefix)}
    beside = {f"{prefix}{keys.MANIFEST}", f"{prefix}{keys.APPROVAL}"}
    assert deleted == {f"{prefix}{entry.path}" for entry in first.manifest.files} | beside


@pytest.mark.parametrize(
    "key", ["a//b", "/a", "a/", "a/../b", "./a", "a\\b", "a\nb", ".tmp/x", "a" * 256, "a/" * 512 + "b", ""]
)
def test_keys_that_the_page_forbids_are_refused(key, store):
    with pytest.raises(LakeError):
        store.put(key, b"", media_type="text/plain")


def test_the_longest_key_of_the_page_is_kept(store):
    key = "/".join(["a" * 255] * 4)
    assert len(key) == 1023
    store.put(key, b"x", media_type="text/plain")
    assert [info.key for info in store.list()] == [key]


@pytest.mark.parametrize("alias", first_column("7 Aliases"))
def test_every_alias_of_the_page_is_one_of_the_gateway(alias):
    sample = {"<product>": "places", "{z}": "3", "{x}": "4", "{y}": "3", "<ext>": "mvt", "<path>": "places.parquet"}
    sample |= {"<variant>": "c", "<release>": "20261101T000000Z-11111111", "{layer}": "vec", r"{w\|c}": "c"}
    for name, value in sample.items():
        alias = alias.replace(name, value)
    path, _, query = alias.partition("?")
    assert type(locate(path.encode(), (), query.encode()).target).__name__ not in {"Stored", "Malformed"}


def test_every_style_of_the_gateway_is_on_the_page():
    styles = {name for name in first_column("7 Aliases") if name.startswith("/tiles/<product>/") and "{" not in name}
    assert {"/tiles/<product>/style.json", "/tiles/<product>/over-basemap.json"} <= styles


@pytest.mark.parametrize("path", ["/private/keys.json", "/.tmp/part", "/private/", "/156130000/private/keys.json"])
def test_what_the_page_keeps_private_is_not_served(path):
    with pytest.raises(NotFoundError):
        locate(path.encode(), {"156130000"})
