"""What a visitor has from a node before a story begins: an account, and a key."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from browser_kit import BrowserPage


def register(base: str, kind: str = "company") -> str:
    """Register at a node, accept its terms, and return the management token."""
    form = {
        "name": "李雷",
        "kind": kind,
        "organisation": "示例公司",
        "email": "lilei@example.cn",
        "purpose": "公交线路图",
    }
    made = _post(f"{base}/accounts", form)
    token = str(made["token"])
    _post(f"{base}/accounts/me/terms", {"version": made["account"]["terms"]["current"]}, token)
    return token


def make_key(base: str, kind: str = "company") -> str:
    """Return a key of a new account that is bound to nothing."""
    return str(_post(f"{base}/accounts/me/keys", {"kind": "any", "label": "网站"}, register(base, kind))["key"])


def _post(url: str, form: dict[str, Any], token: str = "") -> Any:
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, json.dumps(form).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def open_sheet(page: BrowserPage, url: str) -> None:
    """Open a page beside the map and wait until it says what it is about, and whose it is."""
    page.page.goto(url)
    page.until("document.getElementById('sheet-message').hidden && document.getElementById('responsible').textContent")


def fits(page: BrowserPage) -> bool:
    """Return whether the page is no wider than the window."""
    return bool(page.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
