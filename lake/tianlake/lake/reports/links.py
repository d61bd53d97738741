"""Links of a node's catalog that lead to its reports: what the page of status lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from tianlake.lake import keys
from tianlake.lake.describe import Document
from tianlake.lake.records import dump_json
from tianlake.lake.reports.quarter import Quarter

REL: Final = "tianlake:report"

_PAGE: Final = re.compile(rf"{keys.QUARTERLY}(\d{{4}}Q[1-4])/{re.escape(keys.REPORT_PAGE)}")


def with_reports(catalog: Document, present: Iterable[str]) -> Document:
    """Return a node's catalog with a link to each of its reports, newest first.

    Args:
        catalog: STAC Catalog.
        present: Keys of the objects that are in the node's store.
    """
    quarters = sorted({found[1] for key in present if (found := _PAGE.fullmatch(key))}, reverse=True)
    if not quarters:
        return catalog
    body = json.loads(catalog.body)
    for name in quarters:
        title = Quarter.parse(name).title
        href = f"./{keys.report_file(name, keys.REPORT_PAGE)}"
        body["links"].append({"rel": REL, "href": href, "type": "text/html", "title": f"{title.zh} · {title.en}"})
    return Document(dump_json(body), catalog.media_type)
