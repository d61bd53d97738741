"""Links of a node's catalog that lead to its reports and incidents: what the page of status lists."""

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
INCIDENTS_REL: Final = "tianlake:incidents"

_PAGE: Final = re.compile(
    rf"{keys.QUARTERLY}(\d{{4}}Q[1-4])/({re.escape(keys.REPORT_PAGE)}|{re.escape(keys.EVALUATION_PAGE)})"
)
_TITLES: Final = {
    keys.REPORT_PAGE: ("", ""),
    keys.EVALUATION_PAGE: ("下一级节点综合评估通报", ": evaluation of the nodes below"),
}


def with_reports(catalog: Document, present: Iterable[str]) -> Document:
    """Return a node's catalog with a link to its incidents and to each report and evaluation, newest quarter first.

    Args:
        catalog: STAC Catalog.
        present: Keys of the objects that are in the node's store.
    """
    there = set(present)
    found = {(match[1], match[2]) for key in there if (match := _PAGE.fullmatch(key))}
    if not found and keys.NOTICES not in there:
        return catalog
    body = json.loads(catalog.body)
    for name, page in sorted(found, reverse=True):  # of one quarter the report first
        title, (zh, en) = Quarter.parse(name).title, _TITLES[page]
        href = f"./{keys.report_file(name, page)}"
        link = {"rel": REL, "href": href, "type": "text/html", "title": f"{title.zh}{zh} · {title.en}{en}"}
        body["links"].append(link)
    if keys.NOTICES in there:
        told = {"href": f"./{keys.NOTICES}", "type": "application/json", "title": "安全事件 · Incidents"}
        body["links"].append({"rel": INCIDENTS_REL, **told})
    return Document(dump_json(body), catalog.media_type)
