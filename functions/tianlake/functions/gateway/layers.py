"""What the layers of a node show right now: current releases and their archives."""

from __future__ import annotations

from dataclasses import dataclass

from tianlake.functions.gateway.node import Current, Node
from tianlake.functions.gateway.published import Published
from tianlake.lake.errors import NotFoundError
from tianlake.lake.layers import TileArchive, archive_in, tile_archives
from tianlake.lake.matrix_sets import MATRIX_SETS


class NoLayerError(NotFoundError):
    """The node has no such layer, not in that matrix set, or not now."""

    def __init__(self, asked: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no layer {asked!r} among {', '.join(known) or 'none'}")
        self.asked, self.known = asked, known


@dataclass(frozen=True, slots=True)
class Shown:
    """A layer that can be drawn."""

    name: str
    current: Current
    archives: dict[str, TileArchive]
    """By the letter of the matrix set they are cut in."""


async def layer_product(node: Node, layer: str, *, fresh: bool = False) -> str | None:
    """Return the product that a layer of a node shows, whether or not it is published; None for no layer."""
    source = (await node.published(fresh=fresh)).layers.get(layer)
    return source.product if source else None


async def shown_layer(node: Node, layer: str, letter: str, *, fresh: bool) -> tuple[Current, TileArchive]:
    """Return the release and the archive that a layer shows in a matrix set.

    Raises:
        NoLayerError: There is none.
    """
    of_node = await node.published(fresh=fresh)
    shown = await _shown(node, of_node, layer, fresh=fresh)
    if shown is None or letter not in shown.archives:
        known = [each for name in of_node.layers if (each := await _shown(node, of_node, name, fresh=fresh))]
        raise NoLayerError(f"{layer}_{letter}", tuple(f"{each.name}_{one}" for each in known for one in each.archives))
    return shown.current, shown.archives[letter]


async def shown_layers(node: Node, *, fresh: bool) -> list[Shown]:
    """Return all layers of a node that can be drawn, in the order of its `node.json`."""
    of_node = await node.published(fresh=fresh)
    found = [await _shown(node, of_node, name, fresh=fresh) for name in of_node.layers]
    return [each for each in found if each is not None]


async def _shown(node: Node, of_node: Published, layer: str, *, fresh: bool) -> Shown | None:
    """Return a layer if the node has it and its product is published with such tiles."""
    if (source := of_node.layers.get(layer)) is None:
        return None
    try:
        current = await node.current(source.product, fresh=fresh)
    except NotFoundError:
        return None
    archives = tile_archives(current.manifest.candidate)
    fitting = {letter: archive_in(archives, source.variant, each) for letter, each in MATRIX_SETS.items()}
    found = {letter: archive for letter, archive in fitting.items() if archive is not None}
    return Shown(layer, current, found) if found else None
