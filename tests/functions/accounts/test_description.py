"""Answers against their description, by a tool that makes up calls from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from bureau_kit import Bureau
from desk_server import serving

from tianlake.functions.calls import Call, Reply

OPTIONS = (
    *("--phases", "coverage,fuzzing", "--checks", "all", "--seed", "1", "--no-color"),
    # One token is sent with every call, so nothing can be told about calls without; and texts that are all blanks are
    # refused, which a schema cannot say. Another token would end the one that is sent.
    *("--exclude-checks", "ignored_auth,positive_data_acceptance", "--exclude-operation-id", "replace_token"),
)


@pytest.mark.parametrize("count", [1, pytest.param(8, marks=pytest.mark.long)])
def test_every_answer_to_made_up_calls_is_one_that_the_description_names(tmp_path, count):
    bureau = Bureau(tmp_path)
    token = bureau.register()
    faults: list[Call] = []

    def answer(call: Call) -> Reply:
        bureau.now += 200  # so that limits are not what is met
        reply = bureau.desk.answer(call, bureau.now)
        if reply.status >= 500:
            faults.append(call)
        return reply

    with serving(answer) as url:
        tool = str(Path(sys.executable).with_name("schemathesis"))
        command = [tool, "run", f"{url}/accounts/openapi.json", "--url", url, "-H", f"Authorization: Bearer {token}"]
        done = subprocess.run(
            [*command, *OPTIONS, "--max-examples", str(count)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert not faults
    assert done.returncode == 0, done.stdout[-5000:]
