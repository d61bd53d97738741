"""`/staticimage`: a map as one picture, of the layers that a node shows to today's clients (tianditu.md §1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Final
from urllib.parse import quote

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tianlake.functions.calls import CallError, Reply
from tianlake.functions.gateway.published import published
from tianlake.functions.problems import NOT_FOUND
from tianlake.functions.web.questions import METHOD, Question, wrong
from tianlake.functions.web.staticimage_overlays import draw_marker, draw_path
from tianlake.functions.web.staticimage_request import DEFAULT_LAYERS, Wanted, wanted_by
from tianlake.functions.web.staticimage_tiles import DRAWN, PictureArchive, Tiles
from tianlake.functions.web.staticimage_words import sign
from tianlake.lake import keys
from tianlake.lake.errors import NotFoundError
from tianlake.lake.layers import archive_in, tile_archives
from tianlake.lake.matrix_sets import CGCS2000
from tianlake.lake.plain import LayerSource, Text
from tianlake.lake.recipes import ProductCard

ATTRIBUTION: Final = "tianlake-attribution"
"""Header field of a picture that has no room for its attribution, or no font: percent-encoded UTF-8 (RFC 3986)."""

_PAPER: Final = (255, 255, 255)
_LABELS: Final = frozenset({"cva", "cia", "cta", "eva", "eia", "eta", "ibo"})
"""Layers that are drawn over the others, whatever the order they are named in."""

_PACKED: Final = 4
"""How hard the picture is compressed, 0 to 9: beyond this it takes twice the time for a few percent."""


@dataclass(frozen=True, slots=True)
class _Layer:
    name: str
    card: ProductCard
    attribution: str
    archive: PictureArchive


class StaticImages:
    """Draws static maps. Keeps what archives begin with in memory; for several threads."""

    def __init__(self) -> None:
        self._tiles = Tiles()

    def answer(self, question: Question) -> Reply:
        """Return a picture, or with `pixLocation` the pixels of some places as text, `x,y||x,y`.

        Raises:
            CallError: A parameter is wrong, or the node shows no such layer.
            StoreError: The store fails, or a release was withdrawn meanwhile.
        """
        call = question.call
        if call.method not in {"GET", "HEAD"}:
            raise CallError(METHOD, headers={"allow": "GET, HEAD, OPTIONS"})
        length = len(question.base) + len(call.path) + len(call.query)  # the final `/` of the one stands for `?`
        wanted = wanted_by(question.parameters, length)
        if wanted.located:
            pixels = (wanted.view.pixel(*point) for point in wanted.located)
            text = "||".join(f"{x},{y}" for x, y in pixels)
            return Reply(200, (("content-type", "text/plain; charset=utf-8"),), text.encode())
        return self._drawn(wanted, _layers(question, wanted.layers))

    def _drawn(self, wanted: Wanted, layers: list[_Layer]) -> Reply:
        view = wanted.view
        picture = Image.new("RGB", (view.width, view.height), _PAPER)
        for layer in sorted(layers, key=lambda each: each.name in _LABELS):
            if (tiles := self._tiles.picture(layer.archive, view)) is not None:
                picture.paste(tiles, mask=tiles)
        for line, path_style in wanted.paths:
            draw_path(picture, view, line, path_style)
        for point, marker_style in wanted.markers:
            draw_marker(picture, view, point, marker_style)
        words = _words(layers)
        told = [("content-type", "image/png")]
        if not sign(picture, words):
            told.append((ATTRIBUTION, quote(words, safe=" ")))
        return Reply(200, tuple(told), _png(picture, words))


def _words(layers: list[_Layer]) -> str:
    """Return whom the data is owed to, and what must be said of it, such as that it is no approved map."""
    cards = [layer.card for layer in layers]
    said = [layer.attribution for layer in layers] + [card.terms.zh for card in cards if card.terms is not None]
    return " · ".join(dict.fromkeys(said))


def _png(picture: Image.Image, words: str) -> bytes:
    """Return the file, which says in itself whom the data is owed to (PNG 3rd edition §11.3.3, keyword Copyright)."""
    told = PngInfo()
    told.add_itxt("Copyright", words)
    file = BytesIO()
    picture.save(file, "PNG", pnginfo=told, compress_level=_PACKED)
    return file.getvalue()


def _layers(question: Question, names: tuple[str, ...]) -> list[_Layer]:
    """Return the layers that are asked for; where none were named, those of the usual ones that the node has."""
    store = question.releases.node(question.code).store
    try:
        info, body = store.get(keys.NODE)
        shown = published(body, info.modified).layers
    except NotFoundError:
        shown = {}
    found = {name: _layer(question, name, shown[name]) for name in names or DEFAULT_LAYERS if name in shown}
    layers = [layer for layer in found.values() if layer is not None]
    missing = [f"{name}_c" for name in names if found.get(name) is None]
    if missing or not layers:
        others = {name: _layer(question, name, source) for name, source in shown.items()}
        there = ", ".join(f"{name}_c" for name, layer in others.items() if layer is not None)
        if missing and there:
            seen = ", ".join(missing)
            raise wrong("layers", f"本节点没有图层 {seen}；现有 {there}", f"no layer {seen} here; there are {there}")
        if not there:
            rule = Text("本节点没有可绘制的图层。", "This node shows no layers that could be drawn.")
            raise CallError(NOT_FOUND, field="layers", rule=rule)
        raise wrong("layers", f"请指明图层；现有 {there}", f"name the layers; there are {there}")
    return layers


def _layer(question: Question, name: str, source: LayerSource) -> _Layer | None:
    """Return what a layer shows in `c`, if that are pictures of a product that is published."""
    try:
        release = question.releases.find(question.code, source.product)
    except NotFoundError:
        return None
    if release.card.access == "internal":  # professional products may be looked at with any key (`lake.access`)
        return None
    found = archive_in(tile_archives(release.manifest.candidate), source.variant, CGCS2000)
    if found is None or found[1].tile_type not in DRAWN or found[1].encoding is not None:  # heights are no picture
        return None
    key = keys.release_file(release.product, release.manifest.release, found[0].name)
    return _Layer(
        name,
        release.card,
        release.attribution,
        PictureArchive(release.code, key, question.releases.node(release.code).store),
    )
