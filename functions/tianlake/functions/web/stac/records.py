"""Records of collections, as the merged index or a node's own pointers have them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, Final

from tianlake.functions.web.ogc.records import plain

Json = dict[str, Any]

_SEARCHED: Final = ("title", "keywords", "description")
"""What free text is looked for in (STAC API, free-text extension 1.0.0-rc.1), the best first."""

_HAN: Final = re.compile(r"[㐀-䶿一-鿿]{4,}")
"""Four Chinese characters or more: they may be several words, for none is set apart."""


@dataclass(frozen=True)
class Record:
    """One collection of the tree."""

    id: str
    node: str
    """Code of the node that publishes it."""
    base: str
    """URL of that node's root, without a final `/`; empty for the node that is asked where it has no public address."""
    key: str
    """Of the document within that node: `collections/<product>/collection.json`."""
    document: str = field(repr=False)
    """JSON."""
    etag: str = ""
    """Of the document, where it is the node's own."""

    def body(self) -> Json:
        """Return the document, made anew: whoever asked may change it."""
        found: Json = json.loads(self.document)
        return found

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What it is found and sorted by; times as RFC 3339, the box as west, south, east, north."""
        body = self.body()
        extent = body.get("extent") or {}
        start, end = next(iter((extent.get("temporal") or {}).get("interval") or ()), (None, None))
        box = next(iter((extent.get("spatial") or {}).get("bbox") or ()), (-180, -90, 180, 90))
        theme = next((each["id"] for theme in body.get("themes", ()) for each in theme.get("concepts", ())), None)
        return {
            "id": self.id,
            "title": body.get("title"),
            "description": body.get("description"),
            "license": body.get("license"),
            "updated": body.get("updated"),
            "version": body.get("version"),
            "start_datetime": start,
            "end_datetime": end,
            "node": self.node,
            "theme": theme,
            "tianlake:access": body.get("tianlake:access"),
            "bbox": [*box[:2], *box[-2:]] if len(box) == 4 else [*box[:2], *box[3:5]],  # noqa: PLR2004 - with heights
        }

    @cached_property
    def words(self) -> tuple[str, ...]:
        """What free text is looked for in, in plain form, the best first."""
        body = self.body()
        return tuple(plain(" ".join(_texts(body.get(name)))) for name in _SEARCHED)

    def fits(self, term: str) -> int:
        """Return how well the record fits a term in plain form: 0 not at all, more where the title has it.

        A term fits where it stands as it is. One of Chinese characters fits, too, where it can be cut into words of two
        characters or more that all stand there: `河北影像` is `河北` and `影像`.
        """
        for place, text in enumerate(self.words):
            if term in text:
                return len(self.words) - place + 1
        return int(_HAN.fullmatch(term) is not None and _can_be_cut(term, "\n".join(self.words)))


def _can_be_cut(term: str, text: str) -> bool:
    reached = {0}
    for end in range(2, len(term) + 1):
        if any(start in reached and term[start:end] in text for start in range(end - 1)):
            reached.add(end)
    return len(term) in reached


def _texts(found: Any) -> Sequence[str]:  # noqa: ANN401 - JSON
    if isinstance(found, str):
        return [found]
    return list(chain.from_iterable(_texts(each) for each in found)) if isinstance(found, list) else []
