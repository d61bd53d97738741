"""kill -9 at points of a command while its tree is served under load: nothing is lost, and the next run succeeds."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from fault_matrix import cases
from operations_kit import OPERATION, Trees
from works_kit import check_kept, check_whole, loaded, objects, unwell

DYING = "from dying import Dying; dying = Dying({fatal})"
COUNTING = (
    "import atexit; from dying import Dying; dying = Dying(0); atexit.register(lambda: print('SEEN', dying.seen))"
)
PARTS = (0.03, 0.35, 0.65, 0.97)
"""Where a command is killed, as parts of all changes to the disk that it makes."""


@pytest.fixture(scope="module")
def changes(trees: Trees, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """How many changes to the disk each operation makes; counted when it is first asked for."""
    return {}


def counted(operation: str, trees: Trees, folder: Path, changes: dict[str, int]) -> int:
    if operation not in changes:
        chosen = OPERATION[operation]
        works = trees.of(chosen.stage).copied(folder)
        done = works.run(*chosen.arguments(works), prelude=COUNTING)
        assert done.returncode == 0, done.stderr
        changes[operation] = int(done.stdout.rpartition("SEEN ")[2])
        chosen.achieved(works)
    return changes[operation]


@pytest.mark.long
@cases("test_a_killed_command")
def test_a_killed_command(operation: str, trees: Trees, tmp_path: Path, changes: dict[str, int]) -> None:
    chosen = OPERATION[operation]
    whole = counted(operation, trees, tmp_path / "counted", changes)
    assert whole > 10
    works = trees.of(chosen.stage).copied(tmp_path / "works")
    before = objects(works.lake)
    with loaded(works) as (_server, load):
        for part in PARTS:
            fatal = DYING.format(fatal=max(1, round(part * whole)))
            done = works.run(*chosen.arguments(works), prelude=fatal)
            if done.returncode == 0:
                break  # what was done before it was killed is not done again: little was left
            assert done.returncode == -signal.SIGKILL, done.stderr
            if chosen.takes_away:
                check_whole(works.lake)
            else:
                check_kept(before, works.lake)
        again = works.run(*chosen.arguments(works))
        assert again.returncode == 0, again.stderr
    assert unwell(load) == []
    chosen.achieved(works)
    left = [file for file in works.lake.rglob(".tmp/*") if file.is_file() and file.stat().st_size]
    assert left == []
