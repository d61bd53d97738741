"""Answers to the clients of today's interface: tiles of layers, capabilities, and what was wrong with a request."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from tianlake.functions.gateway.archives import Archives
from tianlake.functions.gateway.layers import NoLayerError, Shown, shown_layer, shown_layers
from tianlake.functions.gateway.node import Node
from tianlake.functions.gateway.problems import BAD_PARAMETER, NO_LAYER, problem_response
from tianlake.functions.gateway.representations import OWN, SHORT, Representation, made
from tianlake.functions.gateway.tiles import Spot, tile_at
from tianlake.functions.gateway.wmts_capabilities import MEDIA_TYPE, MEDIA_TYPES, Offer, Service, capabilities
from tianlake.functions.gateway.wmts_requests import Capabilities, LayerTile, Malformed


def wrong_parameter(wrong: Malformed) -> Response:
    """Return the answer to a request that says nothing which could be served."""
    more = {"parameter": wrong.parameter, "seen": wrong.seen, "allowed": wrong.allowed}
    return problem_response(BAD_PARAMETER, more=more)


async def layer_tile(
    request: Request, archives: Archives, node: Node, wanted: LayerTile, *, fresh: bool
) -> Representation | Response:
    """Return a tile of a layer, whatever the client calls its format, as it lies in the archive.

    A client that asks for a picture of vector tiles, or the other way round, is told: it could draw nothing.

    Raises:
        NotFoundError: What `tile_at` raises it for.
        ConflictError: The release changed meanwhile; nothing was sent.
    """
    try:
        current, archive = await shown_layer(node, wanted.layer, wanted.letter, fresh=fresh)
    except NoLayerError as error:
        return _no_layer(error)
    tile_type = archive[1].tile_type
    if wanted.family not in {"any", "vector" if tile_type == "mvt" else "image"}:
        return wrong_parameter(Malformed("FORMAT", wanted.format[:100], (MEDIA_TYPES[tile_type], "tiles")))
    spot = Spot(current, archive, wanted.z, wanted.x, wanted.y, SHORT)
    return await tile_at(request, archives, node, spot, fresh=fresh)


async def capabilities_of(node: Node, wanted: Capabilities, base: str, *, fresh: bool) -> Representation | Response:
    """Return the document of one layer in one matrix set, or of all layers of the node.

    Args:
        node: Whose layers.
        wanted: Which of them, and the credentials to carry.
        base: Absolute URL of the node's root, with a final `/`.
        fresh: Whether nothing that was remembered will do.
    """
    of_node = await node.published(fresh=fresh)
    shown = await shown_layers(node, fresh=fresh)
    if wanted.layer and wanted.letter:
        known = tuple(f"{each.name}_{letter}" for each in shown for letter in each.archives)
        asked = f"{wanted.layer}_{wanted.letter}"
        if asked not in known:
            return _no_layer(NoLayerError(asked, known))
        shown = [
            replace(each, archives={wanted.letter: each.archives[wanted.letter]})
            for each in shown
            if each.name == wanted.layer
        ]
    service = Service(of_node.name, of_node.operator, of_node.operator_url, f"{base}{wanted.address}", wanted.carried)
    body = capabilities(service, [_offer(each) for each in shown])
    modified = max([of_node.modified, *(each.current.pointer.modified for each in shown)])
    document = made(body, MEDIA_TYPE, modified)
    return replace(document, cache=OWN) if wanted.carried else document


def _offer(shown: Shown) -> Offer:
    card = shown.current.manifest.candidate.card
    abstract = f"{card.description.zh}\n{card.description.en}\n{shown.current.attribution}"
    facts = {letter: archive[1] for letter, archive in shown.archives.items()}
    return Offer(shown.name, f"{card.title.zh} {card.title.en}", abstract, facts)


def _no_layer(error: NoLayerError) -> Response:
    return problem_response(NO_LAYER, more={"seen": error.asked, "allowed": error.known})
