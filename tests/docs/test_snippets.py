"""Every fenced snippet of the docs is run by a test, or is in the list of those that are not, with the reason."""

from __future__ import annotations

import re
from typing import Final

import pytest
from docs_kit import PAGES, Snippet, snippets
from kit import REPO

WALKS: Final = "tests/docs/test_walks.py"

RUN_BY: Final[dict[tuple[str, str], str]] = {
    ("docs/accounts.md", "bash"): "tests/functions/accounts/test_accounts_page.py",
    ("docs/audit.md", "bash"): WALKS,
    ("docs/audit.md", "python"): WALKS,
    ("docs/connect.md", "python"): "tests/acceptance/test_connect_page.py",
    ("docs/cookbook.md", "bash"): "tests/acceptance/test_cookbook.py",
    ("docs/cookbook.md", "python"): "tests/acceptance/test_cookbook.py",
    ("docs/cookbook.md", "sql"): "tests/acceptance/test_cookbook.py",
    ("docs/data-users.md", "python"): "tests/acceptance/test_demo_served.py",
    ("docs/data-users.md", "sql"): "tests/acceptance/test_demo_served.py",
    ("docs/map-developers.md", "js"): "tests/functions/gateway/test_map_guide.py",
    ("docs/map-developers.md", "python"): "tests/functions/gateway/test_map_guide.py",
    ("docs/ogc.md", "bash"): "tests/functions/web/ogc/test_documents.py",
    ("docs/ogc.md", "python"): "tests/functions/web/ogc/test_documents.py",
    ("docs/operate.md", "bash"): WALKS,
    ("docs/policy.md", "sh"): WALKS,
    ("docs/policy.md", "toml"): "tests/lake/policy/test_policy_page.py",
    ("docs/products.md", "toml"): "tests/lake/test_products_page.py",
    ("docs/replicas.md", "bash"): WALKS,
    ("docs/review.md", ""): WALKS,
    ("docs/runbooks.md", "bash"): WALKS,
    ("docs/sql.md", "bash"): "tests/acceptance/test_sql_page.py",
    ("docs/sql.md", "python"): "tests/acceptance/test_sql_page.py",
    ("docs/stac.md", "python"): "tests/functions/web/stac/test_page.py",
    ("docs/stac.md", "sh"): "tests/functions/web/stac/test_page.py",
    ("docs/tutorial.md", "bash"): WALKS,
}
"""Page and language of its snippets → the test that runs them."""

NOT_RUN: Final[dict[tuple[str, str], str]] = {
    ("README.md", "bash"): "`make demo` and `make test` themselves: CI",
    ("README.md", "js"): "two statements of a page; tests/portal/test_snippets.py runs whole pages with the same calls",
    ("README.md", "sql"): "the first query of docs/data-users.md, shorter",
    ("docs/cases.md", "bash"): "needs a citizen's request: tests/acceptance/test_removal_drill.py walks a case",
    ("docs/cases.md", "toml"): "an excerpt of tianlake.toml: tests/lake/cases",
    ("docs/accounts.md", "toml"): "an excerpt with a key left out: tests/cli/test_keys_sync.py",
    ("docs/clusters.md", ""): "needs several machines: tests/build/engine starts the same commands in namespaces",
    ("docs/clusters.md", "hcl"): "an excerpt of a node's variables: tests/infra/test_cluster.py reads the like",
    ("docs/clusters.md", "toml"): "an excerpt of tianlake.toml: tests/build/engine/test_tls.py",
    ("docs/data-users.md", "bash"): "the like of each is in docs/cookbook.md, which is run",
    ("docs/data-users.md", "js"): "statements of a page; tests/portal/test_snippets.py runs whole pages with them",
    ("docs/embed.md", "html"): "addresses of a made-up node: tests/portal/test_embed.py opens such pages",
    ("docs/engines.md", ""): "needs those engines; tests/cli/test_ddl.py reads what it prints",
    ("docs/front-door.md", ""): "forms of addresses and answers: tests/functions/admission/test_front_door_page.py",
    ("docs/front-door.md", "json"): "an answer: tests/functions/admission/test_front_door_page.py",
    ("docs/layout.md", ""): "drawings of the layout: tests/test_layout_page.py",
    ("docs/logs.md", ""): "a workspace's settings and its own log: tests/cli/test_stats.py runs the command",
    ("docs/logs.md", "sql"): "reads a node's own log: tests/lake/logs read the like with pyarrow",
    ("docs/map-developers.md", "toml"): "an excerpt of node.toml: tests/cli/test_layers.py",
    (
        "docs/on-premises.md",
        "bash",
    ): "changes a machine's services: tests/acceptance/test_nginx.py runs the files it installs",
    ("docs/on-premises.md", "toml"): "an excerpt of tianlake.toml: tests/acceptance/test_on_s3.py has the like",
    ("docs/operate.md", ""): "the list of a workspace's files",
    ("docs/operate.md", "nginx"): "a part of a server's configuration: tests/acceptance/test_nginx.py runs a whole one",
    ("docs/operate.md", "toml"): "read by tests/lake/test_quotas.py and tests/acceptance/test_operate_page.py",
    (
        "docs/stac-browser.md",
        "js",
    ): "settings of another program: tests/acceptance/test_stac_browser.py runs it with its own",
    (
        "docs/reports.md",
        "",
    ): "trees of nodes of their own: tests/cli/test_report.py and tests/cli/test_evaluate.py run them",
    ("docs/security.md", "bash"): "minutes each, some with the network: tests/security/test_supply.py runs their parts",
    ("docs/stac-browser.md", "text"): "an address",
    ("docs/web-api.md", ""): "addresses: tests/functions/web asks the like",
    ("docs/web-api.md", "json"): "an answer",
    ("infra/README.md", "hcl"): "an excerpt of backend.hcl with a made-up name",
}
"""Page and language of snippets that no test runs → why."""

NAMED: Final = set(re.findall(r"^ +- (\S+\.md)$", (REPO / "mkdocs.yml").read_text("utf-8"), re.MULTILINE))
ALL: Final = [
    snippet for page in PAGES for snippet in snippets(page) if page.parent != REPO / "docs" or page.name in NAMED
]
"""Of the pages that the navigation gives a place: another one is looked at when it gets its own."""


@pytest.mark.parametrize("snippet", ALL, ids=str)
def test_a_snippet_is_run_or_is_listed_with_a_reason(snippet: Snippet) -> None:
    named = (snippet.page, snippet.language)
    assert (named in RUN_BY) != (named in NOT_RUN), "run it in a test, and name that test in this file"


@pytest.mark.parametrize("page", sorted({page for page, _ in RUN_BY}))
def test_the_test_that_runs_a_page_reads_it(page: str) -> None:
    for name in {test for (each, _), test in RUN_BY.items() if each == page}:
        text = (REPO / name).read_text("utf-8")
        assert page.removeprefix("docs/") in text


def test_what_stands_in_the_lists_is_there() -> None:
    there = {(each.page, each.language) for each in ALL}
    assert not (RUN_BY.keys() | NOT_RUN.keys()) - there
    told = re.findall(r"tests/[a-z0-9_/]+(?:\.py)?", " ".join([*RUN_BY.values(), *NOT_RUN.values()]))
    assert not [name for name in told if not (REPO / name).exists()]
