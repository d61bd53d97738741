"""A report as one page that needs no script and asks for nothing."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from tianlake.build.reports.layout import Paper
from tianlake.build.reports.values import NO_DATA


def draw_page(paper: Paper) -> bytes:
    """Return the page; whatever a node says in it is text, never markup."""
    environment = Environment(
        loader=PackageLoader("tianlake.build.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("page.jinja").render(
        title=paper.title,
        subtitle=paper.subtitle,
        meta=paper.meta,
        warning=paper.warning,
        blocks=paper.blocks,
        nodata=NO_DATA,
    )
    return text.encode()
