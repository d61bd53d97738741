"""The demo's pages in Chromium, served by the command: a person sees the map."""

from __future__ import annotations

import pytest
from browser_kit import DESKTOP, PHONE, OpenPage
from demo_kit import Demo

SEEN = {
    "/": ("国家地理信息公共服务平台", "省"),
    "/156130000/": ("河北省地理信息公共服务平台", "市"),
    "/156131000/": ("廊坊市地理信息公共服务平台", "市"),
}
"""Page → the node's full name by article 6, and a part of some label on its map."""


@pytest.mark.parametrize("path", SEEN)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_map_of_a_node_is_drawn_from_its_pmtiles(
    served: Demo, open_page: OpenPage, path: str, size: tuple[int, int]
) -> None:
    page = open_page(size)
    page.open(served.url(path))
    name, part = SEEN[path]
    page.picture(f"demo-{path.strip('/') or 'root'}-{size[0]}")
    assert name in page.page.inner_text("body")
    assert "演示数据 Demo" in page.page.inner_text("body")
    features = page.drawn(".")
    assert len(features) > 0
    assert any(part in str(feature.get("name")) for feature in features)
    assert page.complaints == []
    assert page.outside == []


def test_the_national_map_draws_the_dashed_line_of_the_south_china_sea(served: Demo, open_page: OpenPage) -> None:
    page = open_page()
    page.open(served.url("/"))
    drawn = page.page.evaluate(
        """() => {
            const { map } = window.tianlake;
            const layers = map.getStyle().layers.filter((l) => l["source-layer"] === "boundary").map(({ id }) => id);
            const [a, b] = [map.project([105, 22]), map.project([124, 3])];
            const box = [[Math.min(a.x, b.x), Math.min(a.y, b.y)], [Math.max(a.x, b.x), Math.max(a.y, b.y)]];
            return map.queryRenderedFeatures(box, { layers }).length;
        }"""
    )
    assert drawn > 0
    assert page.complaints == []
