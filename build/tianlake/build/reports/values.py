"""Values of reports as people read them, in Chinese."""

from __future__ import annotations

from tianlake.lake.reports.report import Cell, Figure, Unit

NO_DATA = "无数据"


def shown(figure: Figure) -> str:
    """Return a figure's value with its unit, or 无数据 and why."""
    if figure.value is None:
        return f"{NO_DATA}：{figure.why.zh if figure.why else ''}"
    return quantity(figure.value, figure.unit)


def quantity(value: float, unit: Unit) -> str:
    """Return a number with its unit."""
    match unit:
        case "bytes":
            return size(value)
        case "ratio":
            return f"{value:.2%}"
        case "ms":
            return f"{value:,.1f} 毫秒"
        case "days":
            return f"{value:,.0f} 天"
        case "seconds":
            return f"{value:,.1f} 秒"
        case _:
            return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def size(count: float) -> str:
    """Return a number of bytes in steps of a thousand (SI)."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:  # noqa: PLR2004 - SI steps
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def cell(value: Cell) -> str:
    """Return a value of a table."""
    if value is None:
        return NO_DATA
    return value if isinstance(value, str) else quantity(value, "")
