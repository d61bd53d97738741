"""nginx with the project's own configuration, on free ports and in a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from command_kit import run
from demo_kit import free_port, wait_for
from kit import REPO

CONFIGURATION = REPO / "infra/examples/on-premises/nginx/tianlake.conf"

_MAIN = """
{user}
daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/tianlake.conf;
}}
"""


@dataclass(frozen=True)
class Nginx:
    """A running nginx."""

    port: int
    folder: Path
    """Its logs and what it keeps."""

    @property
    def logs(self) -> str:
        return "".join(each.read_text("utf-8", "replace") for each in self.folder.glob("*.log"))


def configuration(folder: Path, port: int, gateway: int) -> str:
    """Return the configuration as it is delivered, but for addresses and folders."""
    text = CONFIGURATION.read_text("utf-8")
    places = {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "server 127.0.0.1:8765;": f"server 127.0.0.1:{gateway};",
        "/var/cache/nginx/tianlake/": f"{folder}/cache-",
        "/var/log/nginx/": f"{folder}/",
        "/etc/nginx/tianlake-pass.conf": f"{folder}/pass.conf",
    }
    for theirs, ours in places.items():
        assert theirs in text, theirs
        text = text.replace(theirs, ours)
    return text


def pass_of(workspace: Path) -> str:
    """Return the secret by which the gateway of a workspace believes its proxy."""
    told = run("-C", str(workspace), "keys", "pass")
    assert told.returncode == 0, told.stderr
    return told.stdout.strip()


@contextmanager
def nginx(secret: str, gateway: int, folder: Path, workers: int = 2) -> Iterator[Nginx]:
    """Run nginx in front of a gateway until the block ends."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pass.conf").write_text(f"proxy_set_header tianlake-admitted {secret};\n", "utf-8")
    with started(configuration(folder, port, gateway), folder, f"http://127.0.0.1:{port}/healthz", workers):
        yield Nginx(port, folder)


@contextmanager
def started(text: str, folder: Path, url: str, workers: int = 2) -> Iterator[None]:
    """Run nginx with a configuration until the block ends; it answers at `url`."""
    (folder / "tianlake.conf").write_text(text, "utf-8")
    file = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # the folders of tests are their owner's alone
    file.write_text(_MAIN.format(folder=folder, user=user, workers=workers), "utf-8")
    with (folder / "start.log").open("ab") as log:
        process = subprocess.Popen(["/usr/sbin/nginx", "-c", str(file), "-p", str(folder)], stdout=log, stderr=log)
        try:
            wait_for(url, process, 120)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
