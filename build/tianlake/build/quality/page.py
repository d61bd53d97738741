"""`quality.html`: the report as one page that needs no script and asks for nothing."""

from __future__ import annotations

from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from tianlake.build.quality.document import Document
from tianlake.build.quality.picture import MapPicture
from tianlake.lake.recipes import ProductCard

FATES: Final = {
    "dropped": ("丢弃", "dropped"),
    "left_out": ("略去", "left out"),
    "changed": ("修改", "changed"),
    "kept": ("保留", "kept"),
}


def draw_page(document: Document, card: ProductCard, picture: MapPicture | None) -> str:
    """Return the page; whatever a source or a recipe says in it is text, never markup."""
    return _template().render(document=document, card=card, picture=picture, fates=FATES)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("tianlake.build.quality", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.jinja")
