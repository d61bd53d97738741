"""Pictures of the map, on paper and in files, with what they owe; and tiles in degrees, as they are."""

from __future__ import annotations

import io
import json
import re
from typing import Any, cast

import numpy as np
import pytest
from browser_kit import ARTIFACTS, PHONE, WINDOW, BrowserPage, OpenPage
from PIL import Image
from portal_kit import NOTICE, StaticHost
from pypdf import PdfReader
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


INK = (29, 42, 56)


@pytest.fixture
def numbered(host: StaticHost) -> StaticHost:
    """The nation, whose divisions have a map-approval number."""
    collection = json.loads(host.read("/collections/divisions/collection.json") or b"")
    collection["attribution"] += f" · {NUMBER}"
    host.overlay["/collections/divisions/collection.json"] = json.dumps(collection).encode()
    return host


def on_screen(page: BrowserPage) -> Image.Image:
    """Return the map as the screen shows it, in CSS pixels, without what lies on it."""
    page.page.evaluate("document.querySelector('.maplibregl-control-container').style.visibility = 'hidden'")
    page.page.evaluate("document.querySelectorAll('.tool-panel').forEach((each) => (each.style.visibility = 'hidden'))")
    box = page.page.locator("#map canvas").first.bounding_box()
    assert box is not None
    # hiding the caret adds an inline style, which a policy refuses
    shot = page.page.screenshot(clip={**box}, caret="initial", scale="css")
    return Image.open(io.BytesIO(shot)).convert("RGB")


def differ(picture: Image.Image, screen: Image.Image) -> tuple[float, float]:
    """Return how far a picture of the map is from the screen, and how far that is from one colour; of 255.

    The top, where the mark of a demonstration lies on the picture alone, does not count.
    """
    inner = (10, 60, screen.width - 10, screen.height - 10)
    one, other = (np.asarray(each.crop(inner), dtype=float) for each in (picture.resize(screen.size), screen))
    return float(np.abs(one - other).mean()), float(np.abs(other - np.median(other, axis=(0, 1))).mean())


def inked(picture: Image.Image, text: dict[str, Any]) -> bool:
    """Tell whether letters stand where a pen wrote them, dark on light."""
    left, right = (text["x"], text["right"]) if text["align"] == "left" else (text["x"] - 40, text["x"])
    box = (round(left), round(text["y"] - 10), round(right), round(text["y"] + 10))
    grey = np.asarray(picture.convert("L").crop(box))
    return bool(grey.min() < 90 and np.median(grey) > 200)


@pytest.mark.parametrize("size", [WINDOW, PHONE], ids=["desktop", "phone"])
def test_a_picture_says_what_it_means_and_owes_in_its_own_pixels(
    open_page: OpenPage, numbered: StaticHost, size: tuple[int, int]
):
    page = open_page(size, device_scale_factor=2)
    page.page.add_init_script(HEAR_PENS)
    page.open(f"{numbered.url}/portal/index.html#mark=87.6,43.8,乌鲁木齐")
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
    map_width, map_height = page.page.evaluate(
        "[window.tianlake.map.getCanvas().width, window.tianlake.map.getCanvas().height]"
    )
    assert (width, height > map_height) == (map_width, True)
    far, varied = differ(pixels.crop((0, 0, map_width, map_height)), on_screen(page))
    assert page.drawn("divisions/province/area$")
    assert varied > 4, "there is something to be seen"
    assert far < varied / 4, "the map is drawn as the screen has it"
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
    assert all(inked(pixels, each) for each in written.values() if map_height < each["y"] < height), "in its pixels"
    assert pixels.getpixel((width - 2 * 10 - 20, round(map_height + 2 * (10 + 9 + 5)))) == INK, "the scale's bar"
    assert written[NUMBER]["y"] > map_height
    assert written[NUMBER]["x"] < 30, "an approval number is at the bottom left"
    assert written[NOTICE]["y"] < 60, "the mark of a demonstration lies on the map itself"
    assert "乌鲁木齐" in written
    assert all(each["right"] <= width for each in written.values() if each["align"] == "left"), "no line is cut"
    assert NUMBER in texts["Copyright"]
    assert "驻地坐标：cpca" in texts["Copyright"]
    assert texts["Comment"] == NOTICE
    assert not page.complaints


def test_on_paper_stand_the_map_and_what_it_owes_and_means_and_nothing_else(open_page: OpenPage, numbered: StaticHost):
    page = open_page(WINDOW)
    page.page.add_init_script(HEAR_PENS)
    page.open(f"{numbered.url}/portal/index.html#lang=zh")
    page.until(
        "dispatchEvent(new Event('beforeprint')) && document.querySelector('.print-sheet') !== null"
    )  # it is ready
    page.page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.page.evaluate("written.length = 0")
    printed = page.page.pdf(format="A4")  # Chromium's own way to paper: the page is told, as by Ctrl+P
    (ARTIFACTS / "portal-print.pdf").write_bytes(printed)
    paper = PdfReader(io.BytesIO(printed))
    assert len(paper.pages) == 1
    text = re.sub(r"\s", "", paper.pages[0].extract_text())
    for said in (
        NUMBER,
        "全国行政区划",
        "省级行政区",
        "境界线",
        "行政驻地",
        "行政区划：天地图",
        "驻地坐标：cpca",
        "底图：天地图",
        "天地图·国家地理信息公共服务平台",
        "CGCS2000",
        "/portal/index.html#lang=zh&map=",
    ):
        assert said in text, text
    for other in ("English", "账户", "图层与图例", "查找"):
        assert other not in text, "what a page is used by is of no use on paper"
    pens = [each["text"] for each in page.page.evaluate("written")]
    assert NOTICE in pens, "the mark of a demonstration lies on the map itself"
    assert any(re.fullmatch(r"[\d,]+ 千米", each) for each in pens), "and the scale below it"
    [image] = cast("Any", paper.pages[0]).images
    picture = image.image.convert("RGB")
    page.until("document.querySelector('.print-sheet') === null")
    screen = on_screen(page)
    ratio = picture.width / screen.width
    far, varied = differ(picture.crop((0, 0, picture.width, round(screen.height * ratio))), screen)
    assert varied > 4
    assert far < varied / 4
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
