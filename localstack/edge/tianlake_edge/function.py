"""The viewer-request function: the bundle as it is deployed, in processes that have what Lambda's Python has."""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

OWN: Final = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
"""What Lambda's Python has beside its own library."""

_LOOP: Final = """
import json, sys
from viewer_request import handler
for line in sys.stdin.buffer:
    print(json.dumps(handler(json.loads(line), None)), flush=True)
"""

_PASSED: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PATH", "TZ")
"""Variables of the environment that the function gets: credentials stand for its role."""


class EdgeFunctionError(RuntimeError):
    """The function ended, as CloudFront would answer 502 for."""


class EdgeFunctions:
    """Processes of one function, each with an event at a time."""

    def __init__(self, bundle: Path, folder: Path, processes: int) -> None:
        """Unpack the bundle below `folder`, and start."""
        with zipfile.ZipFile(bundle) as archive:
            archive.extractall(folder / "task")
        self._path = (folder / "task", _links(folder / "runtime"))
        self._log = folder / "function.log"
        self._free: queue.LifoQueue[subprocess.Popen[bytes]] = queue.LifoQueue()  # the one that knows most comes first
        for _each in range(processes):
            self._free.put(self._start())

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return what the function makes of an event of CloudFront; raises `EdgeFunctionError`."""
        with self._one() as process:
            if process.stdin is None or process.stdout is None:
                raise EdgeFunctionError("has no pipes")
            try:
                process.stdin.write(json.dumps(event).encode() + b"\n")
                process.stdin.flush()
            except BrokenPipeError:
                raise EdgeFunctionError("ended; see function.log") from None
            line = process.stdout.readline()
        if not line:
            raise EdgeFunctionError("ended; see function.log")
        found: dict[str, Any] = json.loads(line)
        return found

    def close(self) -> None:
        """End the processes: kindly, so that leases go back."""
        while not self._free.empty():
            process = self._free.get()
            if process.stdin is not None:
                process.stdin.close()
            process.wait(10)

    @contextmanager
    def _one(self) -> Iterator[subprocess.Popen[bytes]]:
        process = self._free.get()
        try:
            yield process
        finally:
            self._free.put(process if process.poll() is None else self._start())

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
        environment |= {"AWS_EC2_METADATA_DISABLED": "true", "PYTHONPATH": os.pathsep.join(map(str, self._path))}
        with self._log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-S", "-P", "-c", _LOOP],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
            )


def _links(folder: Path) -> Path:
    """Make a folder that leads to what Lambda's Python has, and to nothing else."""
    folder.mkdir()
    for name in OWN:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin:
            origin = Path(found.origin)
            whole = origin.parent if origin.name == "__init__.py" else origin
            (folder / whole.name).symlink_to(whole)
    return folder
