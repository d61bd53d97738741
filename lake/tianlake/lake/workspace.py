"""Workspaces: an operator's folder with `tianlake.toml`, nodes and recipes (docs/operate.md)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

from tianlake.lake import handed
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.exclusions import read_exclusions
from tianlake.lake.hosting import check_hosted, host_of, hosted_settings
from tianlake.lake.nodes import NodeSettings
from tianlake.lake.people import People, Person
from tianlake.lake.pinned import nearest_body
from tianlake.lake.quotas import DEFAULT_POLICY, QuotaPolicy, policy_of
from tianlake.lake.recipes import KINDS, Catalog, ClipStep, Listed, ProductCard, Recipe
from tianlake.lake.records import read_record
from tianlake.lake.settings import WorkspaceSettings
from tianlake.lake.store.locations import parse_location
from tianlake.lake.terms import Terms, default_terms, terms_of
from tianlake.lake.toml_files import read_toml

T = TypeVar("T")

SETTINGS: Final = "tianlake.toml"
QUOTAS: Final = "quotas.toml"
TERMS: Final = "terms.toml"
STATE: Final = ".tianlake"
"""Folder of a workspace for candidates and caches; may be deleted, never shared."""
LOGS: Final = "logs"
"""Below `STATE`: rows of the access log that servers have not put into the lake yet."""
STAC_COPIES: Final = "stac"
"""Below `STATE`: copies of indexes that gateways answer from; may be deleted while they run."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace on disk."""

    root: Path
    settings: WorkspaceSettings

    @property
    def state(self) -> Path:
        """Folder for candidates and caches."""
        return self.root / STATE

    @property
    def ca_file(self) -> Path | None:
        """Authorities beside the system's that other nodes' certificates may be signed by."""
        named = self.settings.https.ca_file
        return self.root / named if named else None

    def node_codes(self) -> list[str]:
        """Return the codes of the nodes this workspace builds, sorted: parents come before children."""
        return sorted(file.parent.name for file in self.root.glob("nodes/*/node.toml"))

    def node(self, code: str) -> NodeSettings:
        """Return one node's settings; raises `LakeError` when the file is missing or wrong."""
        file = self.root / "nodes" / code / "node.toml"
        if not file.is_file():
            known = ", ".join(self.node_codes()) or "none"
            raise LakeError(f"node {code}: {self.shown(file)} does not exist; nodes of this workspace: {known}")
        settings = read_record(NodeSettings, read_toml(file, self.shown(file)), file=self.shown(file))
        if settings.code != code:
            rule = f"must be the folder's name {code}; got {settings.code!r}"
            raise fault(self.shown(file), "code", rule)
        return hosted_settings(settings, self.host(code)) if settings.hosting == "parent" else settings

    def host(self, code: str) -> NodeSettings:
        """Return the settings of the node that hosts another.

        Raises:
            LakeError: It is not in this workspace, or gives each node a bucket of its own.
        """
        parent = host_of(code)
        if parent not in self.node_codes():
            rule = f"its parent {parent} is not in this workspace, and so cannot host it"
            raise fault(f"nodes/{code}/node.toml", "hosting", rule)
        check_hosted(code, parent, self.settings.lake.url)
        return self.node(parent)

    def product_ids(self, code: str) -> list[str]:
        """Return the ids of a node's products, sorted; hidden files are what editors and file servers leave."""
        files = (self.root / "nodes" / code / "products").glob("*.toml")
        return sorted(file.stem for file in files if not file.name.startswith("."))

    def recipe(self, code: str, product: str) -> Recipe:
        """Return one recipe; raises `LakeError` when the file is missing or wrong.

        That of a catalog has with it what it lists: the node's operator and the cards of the other products.
        """
        recipe = self._recipe(code, product)
        if recipe.card.kind != "catalog" or not (recipe.catalog or Catalog()).products:
            return recipe
        others = [self._recipe(code, other) for other in self.product_ids(code) if other != product]
        others = [each for each in others if not (each.excluded and each.excluded.whole)]
        cards = [
            replace(each.card, extent=each.card.extent or (each.raster.bounds if each.raster else None))
            for each in others
        ]
        return replace(recipe, listed=Listed(self.node(code).operator, tuple(cards)))

    def _recipe(self, code: str, product: str) -> Recipe:
        """Return what one recipe's file says."""
        file = self.root / "nodes" / code / "products" / f"{product}.toml"
        if not file.is_file():
            known = ", ".join(self.product_ids(code)) or "none"
            raise LakeError(f"product {product}: {self.shown(file)} does not exist; products of {code}: {known}")
        read = parse_recipe(read_toml(file, self.shown(file)), file=self.shown(file))
        recipe = replace(read, excluded=read_exclusions(self.root, code, product))
        if recipe.card.id != product:
            raise fault(self.shown(file), "id", f"must be the file's name {product!r}; got {recipe.card.id!r}")
        return recipe

    def people(self, code: str) -> People:
        """Return everybody who may sign at a node; raises `LakeError` when a file of them is wrong."""
        folder = self.root / "nodes" / code / "people"
        persons = []
        for file in sorted(each for each in folder.glob("*.toml") if not each.name.startswith(".")):
            person = read_record(Person, read_toml(file, self.shown(file)), file=self.shown(file))
            if person.id != file.stem:
                raise fault(self.shown(file), "id", f"must be the file's name {file.stem!r}; got {person.id!r}")
            persons.append(person)
        return People(code, tuple(persons))

    def quotas(self, code: str) -> QuotaPolicy:
        """Return the limits of `quotas.toml`, else those pinned of a parent's, else the default; raises `LakeError`."""
        return self._of_all(QuotaPolicy, QUOTAS) or self._pinned(code, handed.QUOTAS, policy_of) or DEFAULT_POLICY

    def terms(self, code: str) -> Terms:
        """Return the terms that hold at a node: as `quotas`, of `terms.toml`."""
        return self._of_all(Terms, TERMS) or self._pinned(code, handed.TERMS, terms_of) or default_terms()

    def _pinned(self, code: str, kind: str, parse: Callable[[dict[str, Any]], T]) -> T | None:
        """Return what a node has pinned of a kind; it was checked when it was taken, and has not changed since."""
        body = nearest_body(self.root, code, kind)
        return parse(json.loads(body)) if body is not None else None

    def _of_all(self, kind: type[T], name: str) -> T | None:
        """Return what a file of the workspace says for all its nodes, or None where there is no such file."""
        file = self.root / name
        return read_record(kind, read_toml(file, name), file=name) if file.is_file() else None

    def shown(self, file: Path) -> str:
        """Return a file's path as messages show it: relative to the workspace."""
        return file.relative_to(self.root).as_posix() if file.is_relative_to(self.root) else str(file)


def find_workspace(start: Path) -> Workspace:
    """Return the workspace that `start` lies in, as git finds a repository.

    Raises:
        LakeError: No folder from `start` upwards holds `tianlake.toml`, or the file is wrong.
    """
    folder = start.resolve()
    for root in (folder, *folder.parents):
        if (root / SETTINGS).is_file():
            settings = read_record(WorkspaceSettings, read_toml(root / SETTINGS, SETTINGS), file=SETTINGS)
            try:
                check_lake_url(settings.lake.url)
            except LakeError as error:
                raise fault(SETTINGS, "lake.url", str(error)) from None
            return Workspace(root, settings)
    raise LakeError(f"{start}: no {SETTINGS} here or above; make a workspace with: tianlake init DIR")


def check_lake_url(url: str) -> None:
    """Refuse a `[lake] url` that names no place; raises `LakeError`."""
    parse_location(url.replace("{code}", "156000000"), Path())


def parse_recipe(raw: dict[str, Any], *, file: str) -> Recipe:
    """Return the flat table of a recipe file as a `Recipe`.

    Raises:
        LakeError: One line that names the file, the place and the rule.
    """
    own = {each.name for each in fields(Recipe)} - {"card", "listed", "excluded"}
    known = own | {each.name for each in fields(ProductCard)} - {"product_class"} | {"class"}
    unknown = sorted(set(raw) - known)
    if unknown:
        raise fault(file, unknown[0], f"no such field in a recipe; there are: {', '.join(sorted(known))}")
    card = read_record(ProductCard, {k: v for k, v in raw.items() if k not in own}, file=file)
    rest = {k: v for k, v in raw.items() if k in own}
    recipe = read_record(Recipe, {"card": card, "sources": (), **rest}, file=file)
    _check(recipe, file)
    return recipe


def _check(recipe: Recipe, file: str) -> None:
    """Hold a recipe to the rules that no single field can tell."""
    card = recipe.card
    if not recipe.sources and card.kind != "catalog":
        raise fault(file, "sources", "at least one [[sources]] with a path is needed")
    if card.license == "other" and card.license_url is None:
        raise fault(file, "license_url", "license 'other' needs a license_url that can be read")
    if card.kind not in KINDS[card.product_class]:
        rule = f"a product of class {card.product_class!r} is of kind {' or '.join(KINDS[card.product_class])}"
        raise fault(file, "kind", f"{rule}; got {card.kind!r}")
    _check_tables(recipe, file)
    places = [(f"sources.{i}.path", s.path) for i, s in enumerate(recipe.sources) if not s.database]
    places += [(f"sources.{i}.gazetteer", s.gazetteer) for i, s in enumerate(recipe.sources) if s.gazetteer is not None]
    places += [(f"steps.{i}.path", s.path) for i, s in enumerate(recipe.steps) if isinstance(s, ClipStep)]
    places += recipe.lookups.items()
    for place, path in places:
        parts = PurePosixPath(path)
        if not path or parts.is_absolute() or ".." in parts.parts or "\\" in path:
            raise fault(file, place, f"a path inside the workspace, with '/' between parts; got {path!r}")


def _check_tables(recipe: Recipe, file: str) -> None:
    """Refuse tables of a recipe that its kind or class has no use for, and a missing one that it needs."""
    card = recipe.card
    chosen = recipe.steps or any(source.where for source in recipe.sources)
    if card.kind not in {"vector", "table", "catalog"} and chosen:
        raise fault(file, "steps", "steps and where belong to products of kind 'vector', 'table' and 'catalog'")
    if card.kind not in {"raster", "terrain"} and recipe.raster is not None:
        raise fault(file, "raster", "[raster] belongs to products of kind 'raster' and 'terrain'")
    if (card.kind == "terrain") != (recipe.terrain is not None):
        rule = "products of kind 'terrain', and no others, say what their heights are counted from"
        raise fault(file, "terrain", f'{rule}: [terrain] vertical = "EPSG:5737"')
    if card.kind != "table" and recipe.table is not None:
        raise fault(file, "table", "[table] belongs to products of kind 'table'")
    if card.kind != "vector" and recipe.tiles.pictures is not None:
        rule = "only vector tiles are drawn as pictures: [tiles.pictures] belongs to products of kind 'vector'"
        raise fault(file, "tiles.pictures", rule)
    if recipe.holdings and card.kind != "catalog":
        raise fault(file, "holdings", "[[holdings]] belong to products of kind 'catalog'")
    for name in ("entity", "place", "catalog"):
        if getattr(recipe, name) is not None and card.product_class != name:
            raise fault(file, name, f"[{name}] belongs to products of class {name!r}")
