"""Functions of Lambda as processes of this machine (`LAMBDA_RUNTIME_EXECUTOR=process`), where Docker is not.

A function finds Python's own library, its bundle, its layers and what Lambda's Python has (boto3 and what that needs):
nothing else of LocalStack's environment, so that what a bundle lacks is missed here, too. A process is of LocalStack's
process group and ends when its runtime API is gone: it outlives LocalStack in no case.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from tianlake_localstack.runtime_api import Event, RuntimeApi

OWN: Final = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
"""What Lambda's Python has beside its own library."""

CLIENT: Final = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
"""What runs a handler: in Lambda it is there under the same name."""

_START_S: Final = 60
_STOP_S: Final = 3
_LOG_TAIL: Final = 1000


class ProcessExecutor(RuntimeExecutor):
    """One environment of a function."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002 - LocalStack's name
        super().__init__(id, function_version)
        self._folder = Path(tempfile.mkdtemp(prefix="lambda-"))
        self._log = self._folder / "log"
        self._api: RuntimeApi | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._variables: dict[str, str] = {}

    def start(self, env_vars: dict[str, str]) -> None:
        """Start the process and wait until it asks for an event.

        Raises:
            RuntimeError: The runtime is none of Python's, or the function cannot be imported.
        """
        settings = self.function_version.config
        if not (settings.runtime or "").startswith("python"):
            raise RuntimeError(f"{settings.runtime}: only functions in Python run here")
        self._variables, self._api = env_vars, RuntimeApi()
        code = settings.code.get_unzipped_code_location()
        layers = [each.code.get_unzipped_code_location() / "python" for each in settings.layers]
        own = _links(self._folder / "runtime")
        environment = {name: str(value) for name, value in env_vars.items() if value is not None}
        environment |= {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "TMPDIR": str(self._folder),
            "TZ": "UTC",
            "LAMBDA_TASK_ROOT": str(code),
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": os.pathsep.join(str(each) for each in (code, *layers, own)),
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-S", "-m", "awslambdaric", settings.handler],
                cwd=code,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        threading.Thread(target=_watch, args=(self._process, self._api, self._log), daemon=True).start()
        self._api.ready.result(_START_S)

    def stop(self) -> None:
        """End the process, and remove what it left."""
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self) -> None:
        if self._api is not None:
            self._api.close()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Hand an event to the function; return what it answers, or that its time was over."""
        if self._process is None or self._process.poll() is not None:
            self._end()
            self.start(self._variables)  # as Lambda does after a process that ended
        limit = self.function_version.config.timeout
        request = payload["invoke-id"]
        event = Event(request, payload["invoked-function-arn"], payload["payload"].encode(), limit)
        begin, offset = time.monotonic(), self._log.stat().st_size
        if self._api is not None:
            self._api.send(event)
        try:
            answer = event.answer.result(limit)
        except TimeoutError:
            self._kill()
            told = {"errorType": "Sandbox.Timedout", "errorMessage": f"Task timed out after {limit:.2f} seconds"}
            return InvocationResult(request, json.dumps(told).encode(), is_error=True, logs=self._said(offset))
        logs = f"{self._said(offset)}REPORT RequestId: {request} Duration: {(time.monotonic() - begin) * 1000:.2f} ms\n"
        return InvocationResult(request, answer.payload, is_error=answer.failed, logs=logs)

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _said(self, offset: int) -> str:
        with self._log.open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")

    def get_address(self) -> str:
        """Return where the process is reached: on this machine."""
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        """Return where the process reaches LocalStack."""
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        """Return an address that LocalStack wants; a process here asks its own runtime API."""
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def get_logs(self) -> str:
        """Return all that the process printed."""
        with contextlib.suppress(OSError):
            return self._log.read_text(errors="replace")
        return ""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack a function's bundle and its layers."""
        settings = function_version.config
        for each in (settings.code, *(layer.code for layer in settings.layers)):
            if each is not None:
                each.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Leave bundles where they are: LocalStack removes them with the function."""


def _watch(process: subprocess.Popen[bytes], api: RuntimeApi, log: Path) -> None:
    """Tell those who wait for a process when it ends."""
    status = process.wait()
    said = log.read_text(errors="replace")[-_LOG_TAIL:] if log.exists() else ""
    api.not_started(f"the runtime ended with {status}: {said}")
    told = {"errorType": "Runtime.ExitError", "errorMessage": f"Runtime exited with error: exit status {status}"}
    api.answered(json.dumps(told).encode(), failed=True)


def _links(folder: Path) -> Path:
    """Make a folder that leads to what Lambda's Python has, and to nothing else."""
    if folder.exists():
        return folder
    folder.mkdir()
    for name in (*OWN, *CLIENT):
        found = importlib.util.find_spec(name)
        origin = Path(found.origin or "") if found else None
        if origin is not None and origin.name == "__init__.py":
            (folder / name).symlink_to(origin.parent)
        elif origin is not None:
            (folder / origin.name).symlink_to(origin)
    return folder


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """Makes the executor known to LocalStack under the name `process`."""

    name = "process"

    def load(self, *_args: object, **_kwargs: object) -> type[ProcessExecutor]:
        """Return the class of environments."""
        return ProcessExecutor
