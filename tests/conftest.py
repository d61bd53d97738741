"""What whole runs share: one LocalStack, browsers that end with their module, Ctrl-C, which tests stay together."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Final

import pytest
from browser_kit import browser, browser_page, open_page
from demo_kit import demo, served
from localstack_kit import localstack

__all__ = ["browser", "browser_page", "demo", "localstack", "open_page", "served"]

DEMO: Final = Path(__file__).parent / "acceptance"
PORTAL: Final = Path(__file__).parent / "portal"
TERRAFORM_S: Final = 1200
"""The first of these tests waits for all plans: 130 s of one processor, 300 s were seen on a busy machine."""


def pytest_configure() -> None:
    """Let programs that tests start hear Ctrl-C: a shell without job control has what it runs with `&` ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep on one worker what needs the same slow thing: with `--dist loadgroup` it is made once."""
    for item in items:
        chosen = getattr(getattr(item, "callspec", None), "params", {})
        asked = {*getattr(item, "fixturenames", ()), *(each for each in chosen.values() if isinstance(each, str))}
        if asked & {"localstack", "edge"}:  # "edge": a server chosen by a parameter, which needs LocalStack
            item.add_marker(pytest.mark.xdist_group("localstack"))
        elif item.path.is_relative_to(DEMO) or (item.path.is_relative_to(PORTAL) and "served" in asked):
            item.add_marker(pytest.mark.xdist_group("demo"))
        elif "infra" in asked:
            item.add_marker(pytest.mark.xdist_group("terraform"))
            item.add_marker(pytest.mark.timeout(TERRAFORM_S))
        elif "browser" in asked or "lake" in asked:
            item.add_marker(pytest.mark.xdist_group(item.path.parent.name))
