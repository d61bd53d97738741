"""A document of headings, tables and plots, which the page and the PDF are both made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tianlake.build.rendering.fonts import Face
from tianlake.build.reports.charts import Chart, charts
from tianlake.build.reports.fonts import faces_for
from tianlake.build.reports.values import cell, quantity, shown
from tianlake.lake.reports.quarter import Quarter
from tianlake.lake.reports.report import Report, Section, Table

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,%–-+/:() ，。：；（）第页共无数据"
"""What is written beside what a report says."""
_MOST = 60
"""Rows of a table that are shown; all are in the JSON."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as people see it."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    why: str = ""
    """Why there are no rows."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part under a heading."""

    title: str
    tables: tuple[Grid, ...] = ()
    charts: tuple[Chart, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """All of it."""

    title: str
    subtitle: str
    meta: tuple[str, ...]
    blocks: tuple[Block, ...]
    faces: tuple[Face, ...]
    """Fonts that have all of its letters, the one that has most of them first."""
    warning: str = ""

    @property
    def texts(self) -> Iterator[str]:
        """Everything that is written."""
        yield from (self.title, self.subtitle, self.warning, *self.meta)
        for block in self.blocks:
            yield block.title
            for grid in block.tables:
                yield from (grid.caption, grid.why, *grid.head)
                for row in grid.rows:
                    yield from row


def paper_of(report: Report) -> Paper:
    """Return a quarterly report as people read it.

    Raises:
        CannotDrawError: No font of this machine has its letters.
    """
    quarter = Quarter.parse(report.quarter)
    sections = [Block(each.title.zh, (section_grid(each),)) for each in report.sections]
    tables = tuple(table_grid(each) for each in report.tables)
    details = Block("明细", tables)
    blocks = (
        Block(
            "合计（本级与已上报的下级）", (section_grid(report.total), *([below_grid(report)] if report.below else []))
        ),
        *sections,
        details,
    )
    plain = Paper(
        f"{report.name}运行情况季度报告",
        f"{quarter.title.zh}（{quarter.window.since} 至 {quarter.window.until}，北京时间）",
        (
            f"运行维护单位：{report.operator}　主管部门：{report.authority}　节点代码：{report.node}",
            f"编制时间：{report.made}（UTC）　依据《地理信息公共服务平台管理办法》第二十条",
            "数据来源：访问日志、审计记录、发布版本、巡检与备份结果；report.txt 由节点签名，含本文件的 SHA-256。",
        ),
        blocks,
        (),
        "" if report.whole else "本季度尚未结束，以下为截至编制时间的数据。",
    )
    return drawn(plain, lambda face: charts(report, face))


def drawn(plain: Paper, plots: Callable[[Face], list[Chart]]) -> Paper:
    """Return the same with the fonts that it takes, and plots written with the first of them below its first part.

    Raises:
        CannotDrawError: No font of this machine has its letters.
    """
    faces = tuple(faces_for([*plain.texts, _LETTERS]))
    blocks = plain.blocks
    if found := plots(faces[0]):
        blocks = (blocks[0], Block("图表", (), tuple(found)), *blocks[1:])
    return Paper(plain.title, plain.subtitle, plain.meta, blocks, faces, plain.warning)


def section_grid(section: Section) -> Grid:
    """Return figures as a table of two columns."""
    return Grid("", (), tuple((each.title.zh, shown(each)) for each in section.figures))


def table_grid(table: Table) -> Grid:
    """Return a table, its first rows."""
    rows = tuple(tuple(cell(each) for each in row) for row in table.rows[:_MOST])
    more = f"（前 {_MOST} 行，共 {len(table.rows)} 行）" if len(table.rows) > _MOST else ""
    return Grid(
        f"{table.title.zh}{more}", tuple(each.zh for each in table.columns), rows, table.why.zh if table.why else ""
    )


def below_grid(report: Report) -> Grid:
    """Return what each node right below reported."""
    rows = []
    for each in report.below:
        if each.why is not None:
            rows.append((f"{each.node} {each.name}", f"无数据：{each.why.zh}", "", "", ""))
            continue
        share = "无数据" if each.availability is None else quantity(each.availability, "ratio")
        size = "无数据" if each.bytes is None else quantity(each.bytes, "bytes")
        rows.append((f"{each.node} {each.name}", cell(each.requests), size, share, cell(each.releases)))
    return Grid("下级节点", ("节点", "请求", "流量", "本级可用率", "发布"), tuple(rows))
