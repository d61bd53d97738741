"""One picture of a raster product as a part of its build: files in, a COG and what it holds out."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tianlake.build.companions import companions
from tianlake.build.engine.parts import Bench, Input, Part, read_input
from tianlake.build.job import Job
from tianlake.build.pictures import referred
from tianlake.build.raster.cog import write_cog, write_plain
from tianlake.build.raster.facts import read_facts
from tianlake.build.raster.scenes import Shot
from tianlake.build.raster.source import open_shot
from tianlake.lake.recipes import Raster
from tianlake.lake.records import dump_record
from tianlake.lake.words import Text


def scene_part(job: Job, shot: Shot) -> Part:
    """Return the making of one picture; nothing of this machine's folders is in it."""
    nowhere = Path()
    plain = replace(job, root=nowhere, out=nowhere, scratch=nowhere, jobs=1, base=None, sources=(), cache=None)
    near = replace(shot, files=tuple(each.relative_to(job.root) for each in shot.files))
    work = partial(make_scene, replace(plain, workshop=None), near)
    return Part(f"{job.recipe.card.id}/{shot.name}", work, job.root, _inputs(job, shot))


def _inputs(job: Job, shot: Shot) -> tuple[Input, ...]:
    """Return the files of a picture, what a VRT refers to and what lies beside; hashes as the build has them."""
    named = {other for file in shot.files for other in (file, *referred(job.root, file))}
    files = {other for file in named for other in (file, *companions(file))}
    known = {each.path: Input(each.path, each.sha256, each.size) for each in job.sources}
    names = sorted(each.relative_to(job.root).as_posix() for each in files)
    return tuple(known.get(name) or read_input(job.root, name) for name in names)


def make_scene(job: Job, shot: Shot, bench: Bench) -> dict[str, Any]:
    """Write one picture as a COG; return what it holds, and the colours of the classes that occur in it.

    Raises:
        LakeError: The picture is damaged, or holds a value that no class explains.
    """
    there = replace(job, root=bench.root, out=bench.out.parent, scratch=bench.scratch)
    near = replace(shot, files=tuple(bench.root / each for each in shot.files))
    plain = bench.scratch / "plain.tif"
    with open_shot(there, near) as (reader, plan):
        with bench.progress(Text("读取栅格", "Read the raster"), plan.height) as advance:
            seen = write_plain(reader, plan, plain, advance)
        with bench.progress(Text("写出 COG", "Write the COG")):
            write_cog(plain, bench.out, plan, bench.threads)
        plain.unlink()
        colors = {str(value): plan.colors[value] for value in seen}
    with bench.progress(Text("检查栅格", "Read back the raster")):
        facts = read_facts(bench.out, (job.recipe.raster or Raster()).classes)
    return {"facts": json.loads(dump_record(facts)), "colors": colors}
