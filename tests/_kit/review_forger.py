"""Steps of a review that were put past the office, as thieves and conspirators put them."""

from __future__ import annotations

from typing import Any

from lake_kit import NODE
from review_kit import NUMBER, Bench, report

from tianlake.lake.publishing import Release
from tianlake.lake.reviews.onrecord import ACTS
from tianlake.lake.reviews.reports import keep_report
from tianlake.lake.reviews.steps import review_chain
from tianlake.lake.trail import Act
from tianlake.lake.words import instant


def forge(bench: Bench, release: Release, of: Release, *, name: str, kind: Any, level: int, **how: Any) -> None:
    """Put a step into the store, in somebody's name.

    Args:
        bench: The node.
        release: Whose review it goes into.
        of: The release that it is bound to.
        name: Of the person it names.
        kind: What it does.
        level: Of a review.
        how: `hand`, who signs; `later`, seconds that its clock is ahead; `flaw`: `unrecorded` where the trail is not
            told of it, `unchecked` where its reviewer ran no checks, `found` where these refused the release.
    """
    flaw, subject = how.get("flaw", ""), bench.subject(of)
    own = report(subject.manifest, bench.policy, "refuse" if flaw == "found" else "warn")
    found, where = report(subject.manifest, bench.policy), release.manifest.release
    for each in (found, own):
        keep_report(bench.store, "places", where, each)
    number = {"numbers": list(NUMBER.numbers), "approved": "2026-11-20", "filed": None, "exemption": None}
    header = {
        "node": NODE.code,
        "product": "places",
        "release": where,
        "kind": kind,
        "at": instant(bench.now + how.get("later", 0.0)),
        "person": name,
        "organisation": f"{name} 的单位",
        "bound": {"manifest": subject.manifest, "policy": subject.policy, "report": found.digest},
        "level": level if kind == "review" else 0,
        "reason": "",
        "successor": None,
        "layout": 1,
        "map": number if kind == "map" else None,
        "checked": own.digest if kind == "review" and flaw != "unchecked" else None,
    }
    chain = review_chain(bench.store, "places", where)
    link = chain.make(chain.end(), header, bench.crew.seeds[how.get("hand") or name])
    if flaw != "unrecorded":
        bench.trail.record(Act(ACTS[kind], f"places/{where}", details={"step": link.digest, "seq": link.seq}))
    chain.put(link)


def signers(flaw: str, place: int) -> list[str]:
    """Return who submits, reviews twice and records the map approval, rightly but for the flaw."""
    names = ["author-a", "first", "second", "officer"]
    if flaw == "author":
        names[1 + place % 2] = "author-a"
    elif flaw in {"twice", "level"}:
        names[1:3] = ["second", "second" if flaw == "twice" else "first"]
    elif flaw == "role":
        names[place] = ("first", "officer", "officer", "third")[place]
    return names
