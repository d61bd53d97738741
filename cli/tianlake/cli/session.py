"""What every command starts from: the workspace, its nodes and their stores."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from tianlake.lake import keys
from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import LakeError, ManyFaultsError, StoreError, fault
from tianlake.lake.handed import BASEMAP, Pins, states
from tianlake.lake.layers import wrong_layer
from tianlake.lake.layout import refuse_newer
from tianlake.lake.naming import node_name
from tianlake.lake.nodes import NodeCard, NodeLink, NodeName, NodeSettings, basemap_product
from tianlake.lake.pinned import adopt_divisions, read_pins
from tianlake.lake.plain import layer_source
from tianlake.lake.policy import EffectivePolicy
from tianlake.lake.policy.files import node_policy
from tianlake.lake.recipes import Recipe
from tianlake.lake.releases import Candidate
from tianlake.lake.reviews import day_in_china, demo_mark
from tianlake.lake.store import Store, node_url, open_store
from tianlake.lake.workspace import Workspace, find_workspace


@dataclass(frozen=True)
class Session:
    """One run of the command."""

    folder: Path
    _known: set[str] = field(default_factory=set, repr=False)
    """Nodes whose lakes are of a layout that is known here."""

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace around the folder."""
        found = find_workspace(self.folder)
        adopt_divisions(found.root, found.node_codes())
        return found

    def store(self, code: str) -> Store:
        """Return a node's store.

        Raises:
            LakeError: Its lake is of a layout that this version does not know. A store that does not answer is no
                reason yet: some commands do without it.
        """
        settings = self.workspace.settings
        store = open_store(settings.lake.url, code, settings.aws, self.workspace.root)
        if code not in self._known:
            with suppress(StoreError):
                refuse_newer(store, code)
                self._known.add(code)
        return store

    def codes(self, only: str | None = None) -> list[str]:
        """Return the nodes of the workspace, or the one asked for.

        Raises:
            LakeError: The workspace has no such node, or none at all.
        """
        if only is not None:
            self.workspace.node(only)
            return [only]
        codes = self.workspace.node_codes()
        if not codes:
            raise LakeError("nodes: this workspace has no nodes/<code>/node.toml; make one with: tianlake init DIR")
        return codes

    def products(self, node: str | None, product: str | None) -> list[tuple[str, Recipe]]:
        """Return node code and recipe of each product asked for: all are read before any work is done.

        Raises:
            LakeError: Nothing is there by that name, or a file is wrong; every wrong recipe is told.
        """
        found: list[tuple[str, Recipe]] = []
        faults: list[LakeError] = []
        for code in self.codes(node):
            self.card(code)
            for name in self.workspace.product_ids(code):
                if product not in {None, name}:
                    continue
                try:
                    recipe = self.workspace.recipe(code, name)
                except LakeError as error:
                    faults.append(error)
                    continue
                if product is not None or not (recipe.excluded and recipe.excluded.whole):  # withheld: article 18
                    found.append((code, recipe))
        if faults:
            raise faults[0] if len(faults) == 1 else ManyFaultsError(faults)
        if not found:
            where = f"node {node}" if node else "this workspace"
            what = f"no product {product!r}" if product else "no products/<id>.toml"
            raise LakeError(f"products: {where} has {what}")
        return found

    def card(self, code: str) -> NodeCard:
        """Return what a node publishes of itself, with its neighbours of this workspace.

        Raises:
            LakeError: There is no such node, its file is wrong, or it names a base map or a layer's product that is
                nowhere to be found.
        """
        settings = self.workspace.node(code)
        self._check_layers(settings)
        if self.policy(code).demo:
            settings = replace(settings, notice=demo_mark(settings.notice))
        identity = self.name(code)
        codes = self.workspace.node_codes()
        children = tuple(
            self._link(code, each) for each in (self.name(other) for other in codes) if each.parent == code
        )
        parent = self._link(code, self.name(identity.parent)) if identity.parent in codes and identity.parent else None
        pins = read_pins(self.workspace.root, code)
        below = tuple(link for link in children if link)
        return NodeCard(identity, settings, parent, below, self._basemap(settings, pins), states(pins) if pins else ())

    def policy(self, code: str) -> EffectivePolicy:
        """Return the policy that holds at a node today; raises `LakeError` where a file of it is wrong."""
        return node_policy(self.workspace, code, day_in_china(time.time()))

    def check_layers(self, candidate: Candidate, recipe: Recipe | None = None) -> None:
        """Refuse a candidate that lacks an archive which a layer of its node shows; what the recipe says made it.

        Pictures that the recipe calls optional may be missing: the build has told so.

        Raises:
            LakeError: There is such a layer.
        """
        pictures = recipe.tiles.pictures if recipe else None
        optional = pictures.variants if pictures is not None and pictures.optional else ()
        if wrong := wrong_layer(self.workspace.node(candidate.node).layers, candidate, optional):
            layer, rule = wrong
            raise fault(f"nodes/{candidate.node}/node.toml", f"layers.{layer}", rule)

    def name(self, code: str) -> NodeName:
        """Return a node's names by article 6."""
        return node_name(code, load_divisions())

    def _check_layers(self, settings: NodeSettings) -> None:
        """Refuse a layer that shows no product of the node."""
        known = self.workspace.product_ids(settings.code)
        for layer, value in settings.layers.items():
            source = layer_source(value)
            if source and source.product not in known:
                rule = f"this node has no product {source.product!r}; it has: {', '.join(known) or 'none'}"
                raise fault(f"nodes/{settings.code}/node.toml", f"layers.{layer}", rule)

    def _basemap(self, settings: NodeSettings, pins: Pins | None) -> str | None:
        """Return the address of the style of a node's base map, as `NodeCard.basemap` has it."""
        named = basemap_product(settings.basemap)
        if named is None:
            return settings.basemap
        code, product = named
        if code not in self.workspace.node_codes():
            pin = pins.find(f"{code}/{product}") if pins else None
            if pin is not None and pin.document.kind == BASEMAP:
                return f"./{keys.down_file(pin.document.sha256, pin.document.file)}"
            rule = (
                f"node {code} is not in this workspace; name its style by its https URL instead, or take what is "
                "handed down: tianlake node pins --update"
            )
        elif product not in (known := self.workspace.product_ids(code)):
            rule = f"node {code} has no product {product!r}; it has: {', '.join(known) or 'none'}"
        elif href := "./" if code == settings.code else self._href(settings.code, code):
            return f"{href}{keys.current_style(product)}"
        else:
            rule = f"nobody knows where node {code} is served; give its node.toml a url"
        raise fault(f"nodes/{settings.code}/node.toml", "basemap", rule)

    def _link(self, own: str, other: NodeName) -> NodeLink | None:
        href = self._href(own, other.code)
        return NodeLink(other.code, other.name, other.short_name, href) if href else None

    def _href(self, own: str, other: str) -> str | None:
        """Return how to get from one node's base to another's: beside it where their folders are siblings."""
        url = self.workspace.settings.lake.url
        if node_url(url, own).rpartition("/")[2] == own:
            return f"../{other}/"
        return f"{address}/" if (address := self.workspace.node(other).url) else None
