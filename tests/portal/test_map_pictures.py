"""Pictures of the map, on paper and in files, with what they owe; and tiles in degrees, as they are."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import pytest
from browser_kit import PHONE, WINDOW, BrowserPage, OpenPage
from PIL import Image
from portal_kit import NOTICE, StaticHost
from tools_kit import OPEN, shown, use

NUMBER = "审图号：GS(2026)1234号"
HEAR_PENS = """
    window.written = [];
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...most) {
        const { a, d } = this.getTransform();
        const { actualBoundingBoxRight: right } = this.measureText(text);
        written.push({ text, x: x * a, y: y * d, right: (x + right) * a, align: this.textAlign });
        return fillText.call(this, text, x, y, ...most);
    };
"""


@pytest.mark.parametrize("size", [WINDOW, PHONE], ids=["desktop", "phone"])
def test_a_picture_says_what_it_means_and_owes_in_its_own_pixels(
    open_page: OpenPage, host: StaticHost, size: tuple[int, int]
):
    collection = json.loads(host.read("/collections/divisions/collection.json") or b"")
    collection["attribution"] += f" · {NUMBER}"
    host.overlay["/collections/divisions/collection.json"] = json.dumps(collection).encode()
    page = open_page(size, device_scale_factor=2)
    page.page.add_init_script(HEAR_PENS)
    page.open(f"{host.url}/portal/index.html#mark=87.6,43.8,乌鲁木齐")
    page.until("document.querySelector('.tool-picture')")
    page.page.evaluate("written.length = 0")
    with page.page.expect_download() as download:
        page.page.click(".tool-picture")
    assert re.fullmatch(r"tianlake-156000000-\d{4}-\d\d-\d\d\.png", download.value.suggested_filename)
    path = download.value.path()
    page.until(OPEN)
    with Image.open(io.BytesIO(path.read_bytes())) as picture:
        picture.load()
        width, height = picture.size
        texts = picture.text  # type: ignore[attr-defined]
        pixels = picture.convert("RGB")
        colours = pixels.getcolors(width * height)
    map_width, map_height = page.page.evaluate(
        "[window.tianlake.map.getCanvas().width, window.tianlake.map.getCanvas().height]"
    )
    assert (width, height > map_height) == (map_width, True)
    assert colours is not None
    assert len(colours) > 100, "the map itself is drawn"
    written = {each["text"]: each for each in page.page.evaluate("written")}
    foot = "".join(each["text"] for each in written.values() if map_height < each["y"] < height)
    for said in (
        "行政区划：天地图",
        "驻地坐标：cpca",
        "底图：天地图",
        "天地图 · 国家地理信息公共服务平台",
        "千米",
        "CGCS2000",
    ):
        assert said in foot
    for sign in ("省级行政区", "境界线", "行政驻地"):
        assert sign in foot, "the legend"
        x, y = round(written[sign]["x"]), round(written[sign]["y"])
        assert pixels.getpixel((x - 2 * 12, y)) != (255, 255, 255), f"the mark of {sign} stands before it"
    assert written[NUMBER]["y"] > map_height
    assert written[NUMBER]["x"] < 30, "an approval number is at the bottom left"
    assert written[NOTICE]["y"] < 60, "the mark of a demonstration lies on the map itself"
    assert "乌鲁木齐" in written
    assert all(each["right"] <= width for each in written.values() if each["align"] == "left"), "no line is cut"
    assert NUMBER in texts["Copyright"]
    assert "驻地坐标：cpca" in texts["Copyright"]
    assert texts["Comment"] == NOTICE
    assert not page.complaints


def test_on_paper_stand_the_map_and_what_it_owes_and_nothing_else(open_page: OpenPage, gateway: str):
    page = shown(open_page, f"{gateway}/")
    page.page.emulate_media(media="print")
    page.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    seen = page.page.evaluate(
        "[...document.body.children].filter((each) => each.getClientRects().length).map((each) => each.className)"
    )
    assert seen == ["print-sheet"]
    label = page.page.get_attribute(".print-sheet canvas", "aria-label") or ""
    assert "驻地坐标：cpca" in label
    assert NOTICE in label
    assert page.page.inner_text(".print-sheet figcaption") == page.page.url
    page.picture("portal-print")
    page.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.page.locator(".print-sheet").count() == 0
    assert not page.complaints


def test_tiles_in_degrees_are_seen_in_degrees(open_page: OpenPage, gateway: str):
    """Of 7° by 7°, which web mercator draws a third higher than wide."""
    page = shown(open_page, f"{gateway}/")
    use(page, "quads")
    rows = [each.split() for each in page.page.locator(".tool-panel tr").all_inner_texts()]
    assert rows == [["全国行政区划", "w"], ["行政区驻地", "w"], ["全国底图", "w"], ["气候类型", "w", "c"]]
    page.page.click("role=button[name='按经纬度查看 气候类型（c）']")
    page.until("document.querySelector('.quad-map canvas') !== null")
    assert page.page.evaluate("document.activeElement.matches('.quad-bar button')"), "the way back has the focus"
    assert "EPSG:4490" in page.page.inner_text(".quad-bar h3")
    assert "Köppen-Geiger" in page.page.inner_text(".quad-credits")
    assert NOTICE in page.page.inner_text(".quad-credits")
    _wait_for_colours(page)
    with Image.open(page.picture("portal-degrees")) as picture:
        left, top, right, bottom = _coloured(picture.convert("RGB"))
    assert (right - left) / (bottom - top) == pytest.approx(1, abs=0.02)
    assert [url for url in page.requested if url.endswith("/climate-c.pmtiles")]
    assert page.violations() == []
    page.page.keyboard.press("Escape")
    page.until("document.querySelector('.quad-view') === null")
    assert page.page.evaluate("document.activeElement.ariaLabel") == "按经纬度查看 气候类型（c）"
    assert page.page.is_visible(".tool-panel"), "the key ended that view, not the panel below"


CLIMATES = ((233, 180, 76), (127, 191, 107), (95, 179, 196), (169, 166, 200))


def _coloured(picture: Image.Image) -> tuple[int, int, int, int]:
    """Return the box around all pixels that have a colour of the legend."""
    pixels = np.asarray(picture)
    rows, columns = np.nonzero(np.any([np.all(pixels == colour, axis=2) for colour in CLIMATES], axis=0))
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def _wait_for_colours(page: BrowserPage) -> None:
    """Wait until OpenLayers has drawn: its canvas holds a colour of the legend in its middle."""
    page.until("""(() => {
        const canvas = document.querySelector(".quad-map canvas");
        const { width, height } = canvas;
        return canvas.getContext("2d").getImageData(width / 2, height / 2, 1, 1).data[3] === 255;
    })()""")
    page.page.wait_for_timeout(500)
