"""Incidents for the public: `incidents.json` of a node, made again after each step that changes what it tells."""

from __future__ import annotations

from collections.abc import Mapping

from tianlake.cli.desk import open_desk
from tianlake.cli.session import Session
from tianlake.lake import keys
from tianlake.lake.cases.incidents import IncidentBook
from tianlake.lake.cases.notices import notices_document
from tianlake.lake.derived import Desk, refresh
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.history import known_products
from tianlake.lake.leaks import refuse_leaks
from tianlake.lake.records import dump_json
from tianlake.lake.store import ABSENT, Condition, Matches, Store


def incident_book(session: Session, code: str) -> IncidentBook:
    """Return the incidents of a node; raises `LakeError` where the workspace has no such node."""
    session.codes(code)
    return IncidentBook(session.store(code), session.workspace.people(code))


def check_notice(desk: Desk, said: Mapping[str, str]) -> None:
    """Look through what is to be published before it is signed.

    Raises:
        LakeError: It holds what must not be published, ends before it begins, or names a product that is none.
    """
    refuse_leaks([(keys.NOTICES, dump_json(dict(said)))], desk.around)
    product = said.get("product")
    if product is not None and product not in known_products(desk.store):
        raise LakeError(
            f"--product {product}: node {desk.node.code} has published no such product",
            zh=f"--product {product}：节点 {desk.node.code} 没有发布过此产品",
        )
    began, ended = said.get("began"), said.get("ended")
    if began and ended and ended < began:
        raise LakeError(f"--ended {ended}: lies before {began}", zh=f"--ended {ended}：早于 {began}")


def tell_public(session: Session, code: str) -> None:
    """Write what all may read of a node's incidents, and have its catalog lead there.

    Raises:
        ConflictError: Somebody else wrote it meanwhile: do the step again.
        StoreError: The store does not answer; the same call again goes on.
    """
    desk, book = open_desk(session, code), incident_book(session, code)
    condition = _as_it_is(desk.store)
    document = notices_document(code, (book.find(name) for name in book.ids()))
    desk.store.put(keys.NOTICES, document.body, media_type=document.media_type, condition=condition)
    refresh(desk)


def _as_it_is(store: Store) -> Condition:
    try:
        return Matches(store.get(keys.NOTICES)[0].etag)
    except NotFoundError:
        return ABSENT
