"""Which pictures a raster product is made of, how each was taken, and which lies on top."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from tianlake.build.job import Job, recipe_file
from tianlake.build.pictures import pictures
from tianlake.lake.errors import fault
from tianlake.lake.recipes import SceneOptions, Source
from tianlake.lake.releases import RasterFacts, Scene

DIRECTIVES: Final = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}
"""What a pattern of times may hold, and its digits."""

DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
"""A day without a time of day."""

CLOUDED: Final = 101.0
"""Percent: a scene whose clouds nobody has counted lies below all others of its time."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: a file, or several that are one together."""

    name: str
    """Of its COG, without `.tif`."""
    label: str
    """As messages show it: the file's path, or the folder's or pattern's."""
    source: Source
    files: tuple[Path, ...]


def find_shots(job: Job) -> tuple[Shot, ...]:
    """Return the pictures of a product in the order of the recipe.

    Raises:
        LakeError: A source does not exist, two pictures would have one name, or the recipe has steps.
    """
    if job.recipe.steps:
        raise fault(recipe_file(job), "steps", "a raster product takes no steps; crop it with raster.bounds")
    found: list[tuple[Source, tuple[Path, ...]]] = []
    for source in job.recipe.sources:
        files = pictures(job.root, source.path)
        if source.scene is not None and source.scene.each:
            found += [(source, (file,)) for file in files]
        else:
            found.append((source, tuple(files)))
    if len(found) == 1:
        return (_shot(job, found[0], job.recipe.card.id),)
    shots = tuple(_shot(job, each, _name(each)) for each in found)
    names: dict[str, Shot] = {}
    for shot in shots:
        if (other := names.setdefault(shot.name.casefold(), shot)) is not shot:
            rule = f"and {other.label} would both be {shot.name}.tif; give each source a name of its own"
            raise fault(shot.label, "name", rule)
    return shots


def _shot(job: Job, found: tuple[Source, tuple[Path, ...]], name: str) -> Shot:
    source, files = found
    label = files[0].relative_to(job.root).as_posix() if len(files) == 1 else source.path
    return Shot(name, label, source, files)


def _name(found: tuple[Source, tuple[Path, ...]]) -> str:
    source, files = found
    each = source.scene is not None and source.scene.each
    plain = files[0].stem if each or len(files) == 1 else Path(source.path).name
    chosen = plain if each or source.name is None else source.name
    return re.sub(r"[^\w.-]+", "-", chosen).strip("-.") or "scene"


def scene_of(job: Job, shot: Shot, native_gsd_m: float) -> Scene | None:
    """Return how a picture was taken, or None where the recipe says nothing of it.

    Args:
        job: The build.
        shot: The picture.
        native_gsd_m: Measured from its own grid, metres.

    Raises:
        LakeError: The time is missing, no time, or ends before it begins.
    """
    options = shot.source.scene
    if options is None:
        return None
    start, end = _times(options, shot, recipe_file(job))
    if end < start:
        raise fault(recipe_file(job), "sources.scene.acquired_end", f"{_utc(end)} is before {_utc(start)}")
    return Scene(
        acquired_start=_utc(start),
        acquired_end=_utc(end),
        sensor=options.sensor,
        cloud_cover=options.cloud_cover,
        processing_level=options.processing_level,
        accuracy_m=options.accuracy_m,
        native_gsd_m=options.native_gsd_m or native_gsd_m,
    )


def _times(options: SceneOptions, shot: Shot, file: str) -> tuple[datetime, datetime]:
    place = "sources.scene.acquired"
    if options.acquired_pattern is not None:
        return _from_name(options.acquired_pattern, shot, file)
    if options.acquired is None:
        rule = f"say when {shot.label} was taken, as acquired or acquired_pattern"
        raise fault(file, place, rule)
    start, end = _parse(options.acquired, file, place)
    return start, _parse(options.acquired_end, file, f"{place}_end")[1] if options.acquired_end else end


def _parse(text: str, file: str, place: str) -> tuple[datetime, datetime]:
    """Return the first and last second that a time means."""
    rule = f"{text!r} is no RFC 3339 time with its offset, such as 2026-05-01T03:00:00Z, and no date"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise fault(file, place, rule) from None
    if DATE.fullmatch(text):
        return _day(moment.replace(tzinfo=UTC))
    if moment.tzinfo is None:
        raise fault(file, place, rule)
    return moment.astimezone(UTC), moment.astimezone(UTC)


def _day(midnight: datetime) -> tuple[datetime, datetime]:
    return midnight, midnight + timedelta(days=1, seconds=-1)


def _from_name(pattern: str, shot: Shot, file: str) -> tuple[datetime, datetime]:
    place = "sources.scene.acquired_pattern"
    parts = re.split("(%.)", pattern)
    used = [part for part in parts if part.startswith("%")]
    if not {"%Y", "%m", "%d"} <= set(used) or len(set(used)) < len(used) or set(used) - DIRECTIVES.keys():
        raise fault(file, place, f"{pattern!r} must hold %Y, %m and %d once, and may hold %H, %M and %S")
    wanted = "".join(rf"(\d{{{DIRECTIVES[part]}}})" if part in DIRECTIVES else re.escape(part) for part in parts)
    name = shot.files[0].name
    match = re.search(wanted, name)
    rule = f"its name holds no time like acquired_pattern {pattern!r}"
    if match is None:
        raise fault(shot.label, "", rule)
    try:
        told = dict(zip(used, map(int, match.groups()), strict=True))
        numbers = [told.get(each, 0) for each in DIRECTIVES]
        moment = datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        raise fault(shot.label, "", rule) from None
    return (moment, moment) if "%H" in used else _day(moment)


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


Order = Literal["newest", "least-cloud", "declared"]


def top_first(facts: Sequence[RasterFacts], order: Order) -> list[int]:
    """Return the places of scenes in drawing order, the one on top first; ties as the recipe declares them.

    Scenes without a time count as oldest, those without a share of clouds as cloudiest.
    """

    def newest(index: int) -> str:
        scene = facts[index].scene
        return scene.acquired_end if scene else ""

    def cloud(index: int) -> float:
        scene = facts[index].scene
        return CLOUDED if scene is None or scene.cloud_cover is None else scene.cloud_cover

    indexes = list(range(len(facts)))
    if order == "newest":
        indexes.sort(key=cloud)
        indexes.sort(key=newest, reverse=True)
    elif order == "least-cloud":
        indexes.sort(key=newest, reverse=True)
        indexes.sort(key=cloud)
    return indexes
