"""`tianlake search`: places and addresses of the published lake by name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import click

from tianlake.cli.commands._options import as_json
from tianlake.cli.output import emit, table, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.current import CurrentReleases, open_nodes
from tianlake.lake.engine import Engine, Inquiry
from tianlake.lake.plain import Text
from tianlake.lake.search.names import find, has_index
from tianlake.lake.search.wanted import Found, Hit, Match, Wanted

_MOST: Final = 1000

_HOW: Final[dict[Match, Text]] = {
    "exact": Text("全名", "same"),
    "alias": Text("别名", "other name"),
    "prefix": Text("开头", "begins so"),
    "pinyin": Text("拼音", "pinyin"),
    "initials": Text("首字母", "initials"),
    "typo": Text("近似", "nearly"),
    "part": Text("部分", "parts"),
}


class Position(click.ParamType[tuple[float, float]]):
    """Longitude and latitude, degrees of CGCS2000: `116.70,39.53`."""

    name = "LON,LAT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        """Return the two numbers."""
        if isinstance(value, tuple):
            return value
        try:
            lon, lat = (float(part) for part in str(value).split(","))
        except ValueError:
            lon = lat = float("nan")
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # noqa: PLR2004 - degrees
            self.fail(f"{value!r} is not longitude,latitude in degrees, such as 116.70,39.53", param, ctx)
        return lon, lat


@click.command(
    help=say(
        "按名称、别名、拼音或地址搜索已发布的地名地址和实体；区划名缩小范围，如 “廊坊市广阳区 金光道”",
        "Search published places and entities by name, other name, pinyin or address; names of divisions narrow it.",
    )
)
@click.argument("words", metavar=say('"关键词"', '"WORDS"'))
@click.option(
    "--node",
    metavar="CODE",
    help=say("只在此节点及其下级节点中搜索", "Only this node and those below it."),
)
@click.option("--near", type=Position(), help=say("近处优先（经度,纬度）", "Prefer what is near here."))
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="TYPE",
    help=say("类型的代码、代码开头或名称，可重复", "Code, beginning of a code, or name of a type; may be repeated."),
)
@click.option(
    "--count",
    type=click.IntRange(1, _MOST),
    default=10,
    show_default=True,
    help=say("最多显示几个", "Show so many at most."),
)
@as_json
@click.pass_obj
def search(  # noqa: PLR0913 - one argument per option
    session: Session,
    *,
    words: str,
    node: str | None,
    near: tuple[float, float] | None,
    types: tuple[str, ...],
    count: int,
    as_json: bool,
) -> None:
    """Search the products of the workspace's nodes that have an index."""
    codes = session.codes()
    settings = session.workspace.settings
    current = CurrentReleases(open_nodes(settings.lake.url, codes, settings.aws, session.workspace.root))
    if node is not None:
        session.codes(node)
    asked = current.below(node) if node else tuple(codes)
    releases = tuple(each for code in asked for each in current.of(code))
    inquiry = Inquiry(Engine(settings.aws if settings.lake.url.startswith("s3://") else None))
    found = find(Wanted(words, near=near, types=types, count=count), releases, inquiry.ask)
    if as_json:
        emit({name: value for name, value in asdict(found).items() if name != "hits"} | {"hits": _plain(found)})
    elif found.hits:
        _print(found, measured=near is not None)
    elif any(map(has_index, releases)):
        tell(say("没有找到。", "nothing was found"))
    else:
        tell(
            say(
                "已发布的产品都没有搜索索引；请重新构建并发布地名产品。",
                "no published product has a search index; build and publish a product of places again",
            )
        )


def _plain(found: Found) -> list[dict[str, object]]:
    return [asdict(each) for each in found.hits]


def _print(found: Found, *, measured: bool) -> None:
    header = [
        say("名称", "name"),
        say("匹配", "match"),
        say("类型", "type"),
        say("地址", "address"),
        say("经度,纬度", "lon,lat"),
    ]
    if measured:
        header.append(say("距离", "distance"))
    table((_row(each, measured=measured) for each in found.hits), header)
    if found.more or found.total > len(found.hits):
        total = f"{found.total}+" if found.more else str(found.total)
        tell(
            say(
                f"显示 {len(found.hits)} 个，共 {total} 个；--count 显示更多",
                f"{len(found.hits)} of {total} shown; --count shows more",
            )
        )


def _row(hit: Hit, *, measured: bool) -> list[str]:
    how = _HOW[hit.match]
    cells = [hit.name, say(how.zh, how.en), hit.type, hit.address, f"{hit.lon:.6f},{hit.lat:.6f}"]
    if measured:
        cells.append(distance_text(hit.distance_m))
    return cells


def distance_text(metres: float | None) -> str:
    """Return a distance as people read it: `800 m`, `1.5 km`; empty where it is not known."""
    if metres is None:
        return ""
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.1f} km"  # noqa: PLR2004 - metres of a kilometre
