"""A report as PDF, by fpdf2: letters that are used are embedded, and no browser is needed."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, Final

from tianlake.build.reports.layout import Block, Grid, Paper
from tianlake.build.reports.values import NO_DATA

if TYPE_CHECKING:
    from fpdf import FPDF

_MARGIN: Final = 18
_WIDTH: Final = 210 - 2 * _MARGIN
"""Of the text, millimetres on A4."""
_CHART_MM: Final = 62
"""Height of a plot."""


def draw_pdf(paper: Paper, made: str) -> bytes:
    """Return the PDF; `made` is the moment it says it was made at, RFC 3339."""
    from fpdf import FPDF  # noqa: PLC0415 - for reports alone

    class Sheets(FPDF):
        def footer(self) -> None:
            self.set_y(-12)
            self.set_font("body", size=8)
            self.set_text_color(91, 100, 114)
            self.cell(0, 6, f"{paper.title}　第 {self.page_no()} 页，共 {{nb}} 页", align="C")

    pdf = Sheets(format="A4")
    pdf.set_margins(_MARGIN, _MARGIN)
    pdf.set_auto_page_break(auto=True, margin=_MARGIN)
    pdf.set_creation_date(datetime.fromisoformat(made))
    pdf.set_title(paper.title)
    pdf.set_lang("zh-CN")
    for number, face in enumerate(paper.faces):
        pdf.add_font("body" if number == 0 else f"more{number}", fname=face.file, collection_font_number=face.number)
    pdf.set_fallback_fonts([f"more{number}" for number in range(1, len(paper.faces))])
    pdf.add_page()
    _head(pdf, paper)
    for block in paper.blocks:
        _block(pdf, block)
    return bytes(pdf.output())


def _head(pdf: FPDF, paper: Paper) -> None:
    _text(pdf, paper.title, 18, 9)
    _text(pdf, paper.subtitle, 11, 7)
    for line in (*paper.meta, paper.warning):
        if line:
            _text(pdf, line, 9, 5.5)


def _text(pdf: FPDF, text: str, size: float, height: float) -> None:
    pdf.set_font("body", size=size)
    pdf.set_text_color(28, 36, 48)
    pdf.multi_cell(_WIDTH, height, text, align="L", new_x="LMARGIN", new_y="NEXT")


def _block(pdf: FPDF, block: Block) -> None:
    pdf.ln(4)
    if pdf.will_page_break(30):
        pdf.add_page()
    _text(pdf, block.title, 13, 8)
    pdf.set_draw_color(31, 95, 153)
    pdf.line(_MARGIN, pdf.get_y(), _MARGIN + _WIDTH, pdf.get_y())
    pdf.ln(2)
    for grid in block.tables:
        _grid(pdf, grid)
    for chart in block.charts:
        if pdf.will_page_break(_CHART_MM + 8):
            pdf.add_page()
        _text(pdf, chart.title, 10, 6)
        pdf.image(io.BytesIO(chart.png), w=_WIDTH, alt_text=chart.title)
        pdf.ln(2)


def _grid(pdf: FPDF, grid: Grid) -> None:
    if grid.caption:
        pdf.ln(2)
        if pdf.will_page_break(20):
            pdf.add_page()
        _text(pdf, grid.caption, 10, 6)
    if not grid.rows:
        _text(pdf, f"{NO_DATA}：{grid.why}", 9, 5.5)
        return
    from fpdf import FontFace  # noqa: PLC0415

    pdf.set_font("body", size=9)
    pdf.set_draw_color(215, 220, 227)
    columns = len(grid.rows[0])
    widths = (1.4, *([1.0] * (columns - 1)))
    head = FontFace(color=(91, 100, 114))
    with pdf.table(
        width=_WIDTH,
        col_widths=widths,
        line_height=5.5,
        text_align="LEFT",
        borders_layout="HORIZONTAL_LINES",
        first_row_as_headings=bool(grid.head),
        headings_style=head,
    ) as table:
        for cells in [grid.head] if grid.head else []:
            table.row(cells)
        for cells in grid.rows:
            table.row(cells)
