"""What whole runs share: one LocalStack, browsers that end with their module, Ctrl-C, which tests stay together."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path
from typing import Final

import duckdb
import pytest
from browser_kit import browser, browser_page, open_page
from demo_kit import demo, served
from hypothesis import settings
from localstack_kit import localstack

__all__ = ["browser", "browser_page", "demo", "localstack", "open_page", "served"]

TESTS: Final = Path(__file__).parent
ACCEPTANCE: Final = TESTS / "acceptance"
PORTAL: Final = TESTS / "portal"
QUICK: Final = TESTS / "_kit/quick"
FIRST: Final = ("portal", "demo", "localstack", "terraform", "deploy", "build/raster", "stac/federation")
"""Groups that take minutes, the longest first."""
TERRAFORM_S: Final = 1200
"""The first of these tests waits for all plans: 130 s of one processor, 300 s were seen on a busy machine."""


def pytest_configure() -> None:
    """Prepare a run.

    Programs that tests start are to hear Ctrl-C: a shell without job control has what it runs with `&` ignore it.
    DuckDB checks the signature of `spatial`, 80 MB, whenever it is loaded: half a second of a processor, thousands of
    times. Databases of tests and of programs that they start do without; those that answer `/sql` do not.
    Hypothesis is not to hold a test to 200 ms where other programs run beside it.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.register_profile("shared", deadline=None)
    settings.load_profile("shared")
    if str(QUICK) not in os.environ.get("PYTHONPATH", ""):
        os.environ["PYTHONPATH"] = os.pathsep.join([str(QUICK), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    sys.path[:] = [each for each in sys.path if each != str(QUICK)]
    unsigned = run_path(str(QUICK / "sitecustomize.py"))["unsigned"]
    unsigned(duckdb)


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep on one worker what needs the same slow thing: with `--dist loadgroup` it is made once.

    The longest groups come first, or one worker would end long after the other.
    """
    for item in items:
        group = _group(item)
        if group is not None and group not in _names(item):
            item.add_marker(pytest.mark.xdist_group(group))
        if group == "terraform":
            item.add_marker(pytest.mark.timeout(TERRAFORM_S))
    items.sort(key=_rank)


def _group(item: pytest.Item) -> str | None:
    """Return the group of an item by what it asks for, its file where that is nothing; None where it names its own.

    What asks for something that is made once for a session stays with all that do.
    """
    chosen = getattr(getattr(item, "callspec", None), "params", {})
    fixtures = set(getattr(item, "fixturenames", ()))
    asked = {*fixtures, *(each for each in chosen.values() if isinstance(each, str))}
    if asked & {"localstack", "edge"}:  # "edge": a server chosen by a parameter, which needs LocalStack
        return "localstack"
    if fixtures & {"demo", "served"} and item.path.parent in {ACCEPTANCE, PORTAL}:
        return "demo"
    if "infra" in fixtures:
        return "terraform"
    if _names(item):
        return None
    shared = max(_shared(item), key=len, default="")
    if shared or "browser" in fixtures:
        return shared or _named(item.path.parent)
    return _named(item.path)


def _shared(item: pytest.Item) -> Iterator[str]:
    """Yield the folders and files, below this one, whose fixtures for a whole session an item asks for."""
    info = getattr(item, "_fixtureinfo", None)
    for *_, last in info.name2fixturedefs.values() if info else ():
        if last.scope == "session" and "/" in last.baseid:
            yield _named(item.config.rootpath / last.baseid)


def _named(path: Path) -> str:
    return path.relative_to(TESTS).as_posix()


def _rank(item: pytest.Item) -> int:
    return min((FIRST.index(name) for name in _names(item) if name in FIRST), default=len(FIRST))


def _names(item: pytest.Item) -> list[str]:
    return [mark.args[0] for mark in item.iter_markers("xdist_group")]
