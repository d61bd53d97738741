"""The feed of a node's releases, for whoever follows it: JSON Feed 1.1 and Atom (RFC 4287). Pure.

Sources: https://www.jsonfeed.org/version/1.1/, https://www.rfc-editor.org/rfc/rfc4287. An entry's time is that of the
event and never changes: the build of a release, the withdrawal, or the move of the pointer to a release that is not the
newest. Its id is a name-based UUID (RFC 9562 §5.5) of node, product, release and event, so that a node may change its
address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from tianlake.lake import keys
from tianlake.lake.counts import changes_text
from tianlake.lake.describe import Document, History, Published, Tombstone
from tianlake.lake.nodes import NodeCard
from tianlake.lake.records import dump_json
from tianlake.lake.releases import Changes
from tianlake.lake.words import Text

ENTRIES: Final = 200
"""The newest that a feed holds."""

FEED: Final = "application/feed+json"
ATOM: Final = "application/atom+xml"

CHANGES_FILE: Final = "changes.parquet"

NEVER: Final = "1970-01-01T00:00:00Z"
"""When a node without any release was updated: Atom wants a time."""

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_NO_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold (https://www.w3.org/TR/xml/, "Char")."""

Event = Literal["released", "withdrawn", "current"]


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that an entry leads to."""

    href: str
    """Relative to the node's base."""
    media_type: str
    size: int
    title: Text


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened at a node."""

    node: str
    product: str
    release: str
    event: Event
    when: str
    """UTC, RFC 3339."""
    title: Text
    text: Text
    href: str
    """What it is about, relative to the node's base."""
    changes: Changes | None = None
    attached: tuple[Attached, ...] = ()
    rights: str = ""

    @property
    def id(self) -> str:
        """A URN that stays, whatever the node's address."""
        moved = f"/{self.when}" if self.event == "current" else ""
        return _urn(f"{self.node}/{self.product}/{self.release}/{self.event}{moved}")


def feed_documents(node: NodeCard, histories: Sequence[History]) -> dict[str, Document]:
    """Return both feeds of a node by key.

    Args:
        node: Whose feed it is; its public URL is what addresses start with, and without one they are relative.
        histories: Of every product that has or had a release.
    """
    entries = feed_entries(node.code, histories)
    moved = [each.updated for each in histories if each.updated]
    updated = max([NEVER, *moved, *(entry.when for entry in entries)])
    return {
        keys.FEED_JSON: Document(_json_feed(node, entries), FEED),
        keys.FEED_ATOM: Document(_atom_feed(node, entries, updated), ATOM),
    }


def feed_entries(code: str, histories: Sequence[History]) -> list[Entry]:
    """Return what happened at a node, newest first, at most `ENTRIES`."""
    found = [entry for history in histories for entry in _entries(code, history)]
    return sorted(found, key=lambda each: (each.when, each.product, each.release, each.event), reverse=True)[:ENTRIES]


def _entries(code: str, history: History) -> Iterator[Entry]:
    for published in history.releases:
        yield _released(code, history.product, published)
    for stone in history.withdrawn:
        yield _withdrawn(code, history.product, stone)
    current = history.find(history.current or "")
    if current is not None and history.updated and current != history.releases[-1]:
        yield _again(code, history, current, history.updated)


def _released(code: str, product: str, published: Published) -> Entry:
    manifest = published.manifest
    candidate = manifest.candidate
    card, changes = candidate.card, candidate.changes
    written = candidate.quality.written
    features = Text(f"{written:,} 个要素", f"{written:,} features") if written else card.description
    form = "Parquet" if card.kind == "table" else "GeoParquet"
    told = Text(f"变化的要素（{form}）", f"Changed features ({form})")
    attached = tuple(
        Attached(keys.release_file(product, manifest.release, each.path), each.media_type, each.size, told)
        for each in manifest.files
        if each.path == CHANGES_FILE
    )
    about = keys.RELEASE if keys.RELEASE in {each.path for each in manifest.files} else keys.MANIFEST
    return Entry(
        node=code,
        product=product,
        release=manifest.release,
        event="released",
        when=candidate.built,
        title=Text(f"{card.title.zh}：发布版本 {manifest.release}", f"{card.title.en}: release {manifest.release}"),
        text=changes_text(changes) if changes else features,
        href=keys.release_file(product, manifest.release, about),
        changes=changes,
        attached=attached,
        rights=f"{card.attribution} · {card.license}",
    )


def _withdrawn(code: str, product: str, stone: Tombstone) -> Entry:
    return Entry(
        node=code,
        product=product,
        release=stone.release,
        event="withdrawn",
        when=stone.withdrawn,
        title=Text(f"{product}：撤下版本 {stone.release}", f"{product}: release {stone.release} withdrawn"),
        text=Text(f"原因：{stone.reason}", f"Reason: {stone.reason}"),
        href=keys.release_file(product, stone.release, keys.TOMBSTONE),
    )


def _again(code: str, history: History, current: Published, moved: str) -> Entry:
    """Tell that the pointer stands at a release that is not the newest, as after a rollback."""
    card, release = current.manifest.candidate.card, current.manifest.release
    title = Text(f"{card.title.zh}：当前版本为 {release}", f"{card.title.en}: {release} is current")
    return Entry(
        node=code,
        product=history.product,
        release=release,
        event="current",
        when=moved,
        title=title,
        text=Text("当前版本不是最新构建的版本。", "The current release is not the one built last."),
        href=keys.pointer(history.product),
    )


def _json_feed(node: NodeCard, entries: Sequence[Entry]) -> bytes:
    base = f"{node.settings.url}/" if node.settings.url else ""
    addresses = {"home_page_url": base, "feed_url": f"{base}{keys.FEED_JSON}"} if base else {}
    operator = node.settings.operator
    author = {"name": operator.name} | ({"url": operator.url} if operator.url else {})
    return dump_json(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": _title(node),
            "description": _both(_about(node)),
            "language": "zh",
            "authors": [author],
            "items": [_item(entry, base) for entry in entries],
            **addresses,
        }
    )


def _item(entry: Entry, base: str) -> dict[str, object]:
    own = {"node": entry.node, "product": entry.product, "release": entry.release, "event": entry.event}
    attached = [
        {
            "url": f"{base}{each.href}",
            "mime_type": each.media_type,
            "size_in_bytes": each.size,
            "title": _both(each.title),
        }
        for each in entry.attached
    ]
    return {
        "id": entry.id,
        "url": f"{base}{entry.href}",
        "title": _both(entry.title),
        "content_text": _both(entry.text),
        "date_published": entry.when,
        "tags": [entry.product, entry.event],
        "_tianlake": own | ({"changes": asdict(entry.changes)} if entry.changes else {}),
        **({"attachments": attached} if attached else {}),
    }


def _atom_feed(node: NodeCard, entries: Sequence[Entry], updated: str) -> bytes:
    ET.register_namespace("", _ATOM.strip("{}"))
    feed = ET.Element(f"{_ATOM}feed", {f"{_XML}lang": "zh"})
    if node.settings.url:
        feed.set(f"{_XML}base", f"{node.settings.url}/")
    _add(feed, "id", _urn(node.code))
    _add(feed, "title", _title(node))
    _add(feed, "subtitle", _both(_about(node)))
    _add(feed, "updated", updated)
    author = _add(feed, "author")
    _add(author, "name", node.settings.operator.name)
    if node.settings.operator.url:
        _add(author, "uri", node.settings.operator.url)
    _add(feed, "link", rel="self", href=keys.FEED_ATOM, type=ATOM)
    _add(feed, "link", rel="alternate", href="./" if node.settings.url else keys.CATALOG)
    for entry in entries:
        _add_entry(feed, entry)
    ET.indent(feed)
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _add_entry(feed: ET.Element, entry: Entry) -> None:
    made = _add(feed, "entry")
    _add(made, "id", entry.id)
    _add(made, "title", _both(entry.title))
    _add(made, "published", entry.when)
    _add(made, "updated", entry.when)
    _add(made, "summary", _both(entry.text))
    _add(made, "category", term=entry.product)
    _add(made, "category", term=entry.event)
    if entry.rights:
        _add(made, "rights", entry.rights)
    _add(made, "link", rel="alternate", href=entry.href)  # of no type: readers follow only those of HTML and of none
    for each in entry.attached:
        title, length = _both(each.title), str(each.size)
        _add(made, "link", rel="enclosure", href=each.href, type=each.media_type, length=length, title=title)


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, f"{_ATOM}{name}", {key: _NO_XML.sub(" ", value) for key, value in attributes.items()})
    made.text = None if text is None else _NO_XML.sub(" ", text)
    return made


def _title(node: NodeCard) -> str:
    mark = f"{node.settings.notice} " if node.settings.notice else ""
    return f"{mark}{node.identity.short_name} 版本更新 · Releases of {node.code}"


def _about(node: NodeCard) -> Text:
    name = node.identity.name
    return Text(f"{name}各产品的发布、撤下和变化。", f"What {name} ({node.code}) publishes, withdraws and changes.")


def _both(text: Text) -> str:
    return f"{text.zh} · {text.en}"


def _urn(name: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'tianlake:{name}')}"
