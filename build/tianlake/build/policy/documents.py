"""Documents and metadata: JSON, styles, texts of catalogs, footers and tags of data files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from tianlake.build.policy.findings import Finding, finding
from tianlake.build.policy.look import Look
from tianlake.build.policy.words import Words
from tianlake.build.quality.document import NAME as QUALITY
from tianlake.lake.leaks import Surroundings, find_leaks
from tianlake.lake.leaks.texts import texts_in
from tianlake.lake.words import Text

LAYER: Final = Text("图层", "layer")
FIELD: Final = Text("字段", "field")

_LAYER: Final = frozenset({"id", "source-layer"})
"""Members of a layer of a MapLibre style that name layers."""


def check_document(look: Look, name: str, body: bytes | Path, around: Surroundings) -> Iterator[Finding]:
    """Yield what the texts of a file hold: leaks, words, numbers of persons, classes of secrecy, accuracies."""
    for rule in look.policy.of("leaks"):
        for leak in find_leaks(name, body, around):
            yield finding(rule, name, leak.place, Text(f"不得公开：{leak.rule}", leak.rule))
    try:
        for text in texts_in(name, body):
            yield from look.texts.in_text(name, text.place, text.text)
    except (ValueError, RecursionError):
        return  # the leak gate tells of a file that nobody can read
    if name.endswith((".json", ".geojson")) and name != QUALITY:
        yield from _members(look, name, body)


def _members(look: Look, name: str, body: bytes | Path) -> Iterator[Finding]:
    """Yield what members of a JSON document state; a file that is no JSON states nothing."""
    try:
        value = json.loads(body if isinstance(body, bytes) else body.read_bytes())
    except (ValueError, RecursionError):
        return
    for place, key, each in _walk(value, ""):
        yield from look.stated.look(name, place, key, each)
        if key in _LAYER and ".layers." in f".{place}" and isinstance(each, str):
            yield from named(look.layers, name, place, each, LAYER)
        if ".properties." in f".{place}" and name.endswith(".geojson"):
            yield from named(look.fields, name, place, key, FIELD)


def named(rules: Iterable[Words], file: str, place: str, name: str, kind: Text) -> Iterator[Finding]:
    """Yield the findings of a name of a layer or an attribute."""
    for words in rules:
        if (word := words.names(name)) is not None:
            text = Text(f"{kind.zh} {name} 含“{word}”", f"{kind.en} {name} holds “{word}”")
            yield finding(words.rule, file, place, text)


def _walk(value: Any, place: str) -> Iterator[tuple[str, str, Any]]:  # noqa: ANN401 - a JSON value
    """Yield place, key and value of every member of a JSON value."""
    if isinstance(value, dict):
        for key, each in value.items():
            within = f"{place}.{key}" if place else str(key)
            yield within, str(key), each
            yield from _walk(each, within)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _walk(each, f"{place}.{index}" if place else str(index))
