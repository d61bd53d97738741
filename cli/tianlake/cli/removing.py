"""Carries out a removal (article 18): a release without it, then deletion from all that is older or derived."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tianlake.build.candidates import drop_caches, keep_only, latest_candidate
from tianlake.build.engine.bucket import drop_parts
from tianlake.cli.casework import Bench
from tianlake.cli.commands.build import How, build_each
from tianlake.cli.commands.publish import publish_all
from tianlake.cli.desk import open_desk
from tianlake.cli.output import tell
from tianlake.cli.recalling import forget_all, recall_all
from tianlake.cli.words import say
from tianlake.lake import keys
from tianlake.lake.cases.book import Act
from tianlake.lake.cases.evidence import Evidence
from tianlake.lake.cases.purge import CloudFrontPurger, Purger, purge_of
from tianlake.lake.cases.removal import Removed, retire
from tianlake.lake.cases.sight import Looker
from tianlake.lake.cases.steps import STATES, Standing
from tianlake.lake.errors import LakeError
from tianlake.lake.exclusions import Target, write_exclusions
from tianlake.lake.history import read_pointer
from tianlake.lake.people import Signer
from tianlake.lake.plain import layer_source
from tianlake.lake.records import dump_record
from tianlake.lake.trail import Act as Entry
from tianlake.lake.words import collection_id


@dataclass(frozen=True, slots=True)
class Done:
    """What an apply did, product by product."""

    kept: Mapping[str, str | None]
    """Product → release that is current now; None: the whole product is gone."""
    removed: Mapping[str, Removed]
    recalled: tuple[Mapping[str, Any], ...]
    """Registered copies and backups: `replica`, `reached` and how many objects were `deleted`."""
    purged: str | None
    """What the cache calls its purge; None where there is no cache of ours."""


def apply_case(bench: Bench, case: str, signer: Signer) -> Done:
    """Carry out what was granted; may be repeated, and finishes what was interrupted.

    Raises:
        LakeError: Nothing was granted; nothing of it is there; the new release still holds it, or the gate does not let
            it out yet: then nothing was deleted, and the same command goes on once it is approved.
        StoreError: A store failed; the same command may be repeated.
    """
    standing = bench.book.find(case)
    if standing.state not in {"granted", "applying", "applied", "proved"}:
        raise LakeError(
            f"case {case}: the case is {STATES[standing.state].en}; it is applied once it was granted",
            zh=f"诉求 {case}：现为“{STATES[standing.state].zh}”；决定同意后才能处理",
        )
    targets = bench.targets(standing)
    evidence = _begun(bench, standing, targets, signer)
    kept: dict[str, str | None] = {}
    for target in targets:
        write_exclusions(bench.session.workspace.root, bench.code, target)
        kept[target.product] = None if target.whole else _without(bench, target, evidence)
    removed: dict[str, Removed] = {}
    for product, release in kept.items():
        removed[product] = retire(open_desk(bench.session, bench.code), product, release, bench.remains)
        keep_only(bench.session.workspace.state, bench.code, product, latest=release is not None)
        drop_parts(bench.session.store(bench.code), product)
        _tell_removed(bench.code, product, removed[product])
    drop_caches(bench.session.workspace.state)
    recalled = (*recall_all(bench, signer, _objects(removed)), *forget_all(bench, kept))
    purged = _purge(bench, case, kept)
    done = Done(kept, removed, recalled, purged)
    bench.book.take(case, Act("apply", _details(done)), signer)
    return done


def _begun(bench: Bench, standing: Standing, targets: list[Target], signer: Signer) -> Evidence:
    """Return what has to be looked for; it is on record before anything is deleted."""
    before = bench.evidence(standing)
    if before is not None and standing.state == "applying":
        tell(say(f"{standing.id}：继续未完成的处理", f"{standing.id}: goes on where it was interrupted"))
        return before
    found = bench.gather(targets)
    if before is None and not _is_something(found):
        rule = "no release holds anything of what the decision names; decide again: tianlake case decide --anew"
        raise LakeError(
            f"case {standing.id}: apply: {rule}",
            zh=f"诉求 {standing.id}：处理：没有任何版本含有决定所指的内容；请重新决定：tianlake case decide --anew",
        )
    evidence = found if before is None else before + found
    named = [{"product": each.product} for each in targets]
    details = {"targets": named, "features": evidence.needles.features, "releases": len(evidence.needles.releases)}
    _record(bench, Entry("case.apply", standing.id, signer.person, details))
    told = {"evidence": _plain(evidence)}
    bench.book.take(standing.id, Act("apply.begin", details, told), signer, bench.box())
    return evidence


def _is_something(evidence: Evidence) -> bool:
    needles = evidence.needles
    return bool(needles.texts or needles.shapes or needles.numbers)


def _without(bench: Bench, target: Target, evidence: Evidence) -> str:
    """Build and publish a product without what is removed; return the release that is current then."""
    session, code, product = bench.session, bench.code, target.product
    build_each(session, code, product, How(os.cpu_count() or 1))
    folder = latest_candidate(session.workspace.state, code, product)
    if folder is None:
        raise LakeError(
            f"{collection_id(code, product)}: the build left nothing to publish; build it again",
            zh=f"{collection_id(code, product)}：构建没有产生可发布的内容；请重新构建",
        )
    looker = Looker(evidence.needles)
    for file in sorted(each for each in folder.path.rglob("*") if each.is_file()):
        for sight in looker.look(file)[:1]:
            name = file.relative_to(folder.path).as_posix()
            where = f"{collection_id(code, product)}: {name}: {sight.place}: {sight.kind}"
            rule = "the new build still holds it, so nothing was published or deleted: name all that tells of it"
            zh = f"{where}：新构建仍含有它，未发布也未删除；请指明全部内容：tianlake case decide --anew"
            raise LakeError(f"{where}: {rule}: tianlake case decide --anew", zh=zh)
    try:
        publish_all(session, code, product)
    except LakeError:
        tell(
            say(
                f"{collection_id(code, product)}：新版本尚未获准发布，什么都没有删除；获准后再次运行同一命令",
                f"{collection_id(code, product)}: the new release is not let out yet, and nothing was deleted; once it "
                "is, run the same command again",
            )
        )
        raise
    pointer = read_pointer(bench.store, product)
    if pointer is None:
        raise LakeError(
            f"{collection_id(code, product)}: is not published; nothing was deleted",
            zh=f"{collection_id(code, product)}：未发布；什么都没有删除",
        )
    return pointer.release


def _objects(removed: Mapping[str, Removed]) -> list[str]:
    """Return a key in each release that was removed: by it copies are told what to give back."""
    return [
        keys.release_file(product, release, keys.MANIFEST)
        for product, each in removed.items()
        for release in each.releases
    ]


def _purge(bench: Bench, case: str, kept: Mapping[str, str | None]) -> str | None:
    settings = bench.session.workspace.settings
    if settings.cases.distribution is None:
        return None
    purger: Purger = CloudFrontPurger(settings.cases.distribution, settings.aws)
    return purger.purge(purge_of(case, _base(bench), kept, list(_layers(bench, kept))))


def _base(bench: Bench) -> str:
    """Return the path of the node's root at the cache."""
    url = bench.session.workspace.node(bench.code).url
    return urlsplit(url).path.rstrip("/") if url else f"/{bench.code}"


def _layers(bench: Bench, kept: Mapping[str, str | None]) -> Iterator[str]:
    for layer, value in bench.session.workspace.node(bench.code).layers.items():
        source = layer_source(value)
        if source is not None and source.product in kept:
            yield layer


def _record(bench: Bench, entry: Entry) -> None:
    open_desk(bench.session, bench.code).trail.record(entry)


def _details(done: Done) -> dict[str, Any]:
    products = [
        {"product": product, "kept": done.kept[product], "removed": len(each.releases), "versions": each.versions}
        for product, each in done.removed.items()
    ]
    return {"products": products, "copies": [dict(each) for each in done.recalled], "purged": done.purged}


def _plain(evidence: Evidence) -> Any:  # noqa: ANN401 - a JSON value
    return json.loads(dump_record(evidence))


def _tell_removed(code: str, product: str, removed: Removed) -> None:
    count, versions = len(removed.releases), removed.versions
    tell(
        say(
            f"{collection_id(code, product)}：{count} 个版本已删除，只留墓碑；另删除 {versions} 个历史对象版本",
            f"{collection_id(code, product)}: {count} releases are tombstones now; {versions} older object versions "
            "deleted",
        )
    )
