"""Whether a policy lets its role do something, as moto decides it, which LocalStack's environment has."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence

from localstack_kit import load_runner

_DECIDE = """
import json, sys
from moto.iam.access_control import IAMPolicy
policy, asked = json.load(sys.stdin)
print(json.dumps([IAMPolicy(policy).is_action_permitted(action, resource).name for action, resource in asked]))
"""


def decided(policy: str, asked: Sequence[tuple[str, str]]) -> list[str]:
    """Return what becomes of each action on a resource: PERMITTED, DENIED by name, or NEUTRAL, which is refused too.

    Args:
        policy: The document, JSON.
        asked: Actions as `s3:PutObject`, each with an ARN.
    """
    done = subprocess.run(
        [str(load_runner().PYTHON), "-P", "-c", _DECIDE],
        input=json.dumps([policy, asked]),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found
