"""What the edge knows of its nodes: who may have a product, what layers show, what the operator decided."""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeVar, cast

from tianlake.functions.admission.admit import Rules
from tianlake.functions.edge.objects import Objects
from tianlake.functions.gateway.published import Published, published
from tianlake.lake import keys
from tianlake.lake.errors import LakeError, StoreError, fault
from tianlake.lake.matrix_sets import MATRIX_SETS
from tianlake.lake.plain import RELEASE_ID, Access, LayerSource
from tianlake.lake.quotas import DEFAULT_POLICY, policy_of
from tianlake.lake.terms import terms_of

_log = logging.getLogger(__name__)

FRESH_S: Final = 30.0
"""How long a document is not read again, seconds: a product that is closed is closed everywhere after that time."""

_RETRY_S: Final = 2.0
"""How soon a document is read again after the store failed, seconds."""

_REMEMBERED: Final = 2_000
"""Documents and sizes that are kept, the ones used last."""

_HEADER: Final = 127
_TILE_TYPE: Final = 99
"""Bytes of a PMTiles archive's header, and where among them the type of its tiles is (PMTiles 3, section 3)."""

_PMTILES: Final = "application/vnd.pmtiles"

EXTENSIONS: Final = {1: "mvt", 2: "png", 3: "jpg", 4: "webp"}
"""What tiles of each type are addressed by."""

_ACCESSES: Final = ("open", "key", "professional", "internal")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Product:
    """What the pointer of a product says."""

    access: Access
    release: str
    archives: tuple[str, ...] = ()
    """Names of its tile archives, those in web mercator first."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Where tiles are addressed: `/tiles/<folder>/{z}/{x}/{y}.<extension>`."""

    folder: str
    extension: str


@dataclass(slots=True)
class _Kept:
    value: object
    until: float
    """When it has to be read again, seconds since the epoch."""


class Site:
    """The nodes behind an edge function, read through `objects` and remembered."""

    def __init__(self, objects: Objects, root: str, rules: Rules, clock: Callable[[], float]) -> None:
        """Begin with `rules`, whose policy and terms are those of a node that publishes none."""
        self._objects = objects
        self._root = root
        self._rules = rules
        self._clock = clock
        self._kept: OrderedDict[tuple[str, ...], _Kept] = OrderedDict()

    @property
    def edge_pass(self) -> bytes | None:
        """What tells a gateway that a request was let in; None while it is not known."""
        return self._rules.edge_pass

    def rules(self) -> Rules:
        """Return what the operator of the root node decided; raises `StoreError`."""
        policy = self._document(self._root, keys.QUOTAS, lambda text: policy_of(json.loads(text)))
        terms = self._document(self._root, keys.TERMS, lambda text: terms_of(json.loads(text)))
        if policy is None and terms is None:
            return self._rules
        if terms is None:
            return replace(self._rules, policy=policy or DEFAULT_POLICY)
        return replace(self._rules, policy=policy or DEFAULT_POLICY, terms=terms.version, grace_days=terms.grace_days)

    def product(self, code: str, product: str) -> Product | None:
        """Return who may have a product; None where it is not published. Raises `StoreError`."""
        return self._document(code, keys.pointer(product), _product)

    def layer(self, code: str, layer: str) -> LayerSource | None:
        """Return what a layer of today's clients shows; None where there is no such layer. Raises `StoreError`."""
        node = self._document(code, keys.NODE, lambda text: published(text, 0.0))
        return (node or Published()).layers.get(layer)

    def tiles(self, code: str, source: LayerSource, letter: str) -> Tiles | None:
        """Return where the tiles of a layer are in a matrix set; None where there are none. Raises `StoreError`.

        The twin of an archive in another matrix set has the set's name after its own (docs/layout.md, section 7). What
        kind of tiles it holds is in its first bytes.
        """
        product = self.product(code, source.product)
        if product is None:
            return None
        variant = _twin(source.variant, MATRIX_SETS[letter].variant)
        key = _archive(source.product, variant, product)
        header = self._for_ever((code, key, "header"), lambda: self._objects.read(code, key, _HEADER))
        extension = EXTENSIONS.get(header[_TILE_TYPE]) if header and len(header) == _HEADER else None
        folder = f"{source.product}/{variant}" if variant else source.product
        return Tiles(folder, extension) if extension else None

    def file(self, code: str, product: str, name: str) -> str | None:
        """Return the key of a file of the current release; None where there is no such product. Raises `StoreError`."""
        found = self.product(code, product)
        return keys.release_file(product, found.release, name) if found else None

    def archive(self, code: str, product: str, variant: str) -> str | None:
        """Return the key of an archive of the current release, as `file` does."""
        found = self.product(code, product)
        return _archive(product, variant, found) if found else None

    def size(self, code: str, key: str) -> int | None:
        """Return the size of a file of any release; None where there is none. Raises `StoreError`."""
        return self._for_ever((code, key, "size"), lambda: self._objects.size(code, key))

    def _for_ever(self, place: tuple[str, ...], read: Callable[[], T]) -> T:
        """Return what is read of a release, whose files never change (docs/layout.md, section 4)."""
        kept = self._kept.get(place)
        if kept is not None:
            self._kept.move_to_end(place)
            return cast("T", kept.value)
        value = read()
        if value is not None:  # what is not there yet may still come
            self._keep(place, _Kept(value, float("inf")))
        return value

    def _document(self, code: str, key: str, parse: Callable[[bytes], T]) -> T | None:
        """Return a document as it was within the last half minute, or what was last known while the store fails."""
        now, place = self._clock(), (code, key)
        kept = self._kept.get(place)
        if kept is not None and now < kept.until:
            self._kept.move_to_end(place)
            return cast("T | None", kept.value)
        try:
            text = self._objects.read(code, key)
            value = None if text is None else parse(text)
        except StoreError:
            if kept is None:
                raise
            kept.until = now + _RETRY_S
            return cast("T | None", kept.value)
        except (LakeError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.error("node %s: %s: %s; what held before still holds", code, key, error or repr(error))
            if kept is None:
                raise StoreError(f"node {code}: {key} cannot be understood") from error
            value = cast("T | None", kept.value)
        self._keep(place, _Kept(value, now + FRESH_S))
        return value

    def _keep(self, place: tuple[str, ...], kept: _Kept) -> _Kept:
        self._kept[place] = kept
        self._kept.move_to_end(place)
        while len(self._kept) > _REMEMBERED:
            self._kept.popitem(last=False)
        return kept


def _archive(product: str, variant: str, found: Product) -> str:
    """Return the key of an archive: without a variant, that which maps draw, whatever it is called."""
    name = f"{product}-{variant}.pmtiles" if variant else f"{product}.pmtiles"
    if not variant and found.archives and name not in found.archives:
        name = found.archives[0]
    return keys.release_file(product, found.release, name)


def _product(text: bytes) -> Product:
    document = json.loads(text)
    access, release = document["tianlake:access"], document["version"]
    if access not in _ACCESSES or not RELEASE_ID.fullmatch(release):
        raise fault("collection.json", "tianlake:access", f"must be one of {', '.join(_ACCESSES)}")
    listed = [each for each in document.get("assets", {}).values() if each.get("type") == _PMTILES]
    listed.sort(key=lambda each: each.get("tianlake:tile_matrix_set") != MATRIX_SETS["w"].id)
    return Product(access, release, tuple(each["href"].rpartition("/")[2] for each in listed))


def _twin(variant: str, suffix: str) -> str:
    """Return the variant that shows in the matrix set of `suffix` what `variant` shows."""
    others = [each.variant for each in MATRIX_SETS.values() if each.variant]
    bare = variant
    for other in others:
        bare = "" if bare == other else bare.removesuffix(f"-{other}")
    return "-".join(part for part in (bare, suffix) if part)
