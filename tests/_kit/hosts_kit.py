"""Hosts of their own on one machine: network namespaces behind a bridge, each of which can be cut off."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Host:
    """One namespace."""

    name: str
    address: str
    wire: str
    """This machine's end of its cable."""

    @property
    def within(self) -> list[str]:
        """What is put before a command to run it there."""
        return ["ip", "netns", "exec", self.name]

    def cut_off(self) -> None:
        """Pull the cable: nothing comes through any more, and nobody is told."""
        _ip("link", "set", self.wire, "down")


@contextmanager
def hosts(number: int) -> Iterator[list[Host]]:
    """Give hosts that reach each other, and this machine, and nothing else.

    Needs root and Linux; where there is none of it, the test is skipped.
    """
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root and iproute2")
    mark = f"tl{os.getpid() % 100_000:05d}"
    net = f"10.{77 + os.getpid() % 100}.{os.getpid() // 100 % 250}"
    with ExitStack() as stack:
        _ip("link", "add", f"{mark}br", "type", "bridge")
        stack.callback(_ip, "link", "del", f"{mark}br")
        _ip("addr", "add", f"{net}.1/24", "dev", f"{mark}br")
        _ip("link", "set", f"{mark}br", "up")
        yield [_host(stack, f"{mark}n{place}", f"{mark}br", f"{net}.{place + 2}") for place in range(number)]


def _host(stack: ExitStack, name: str, bridge: str, address: str) -> Host:
    wire = f"{name}w"
    _ip("netns", "add", name)
    stack.callback(_ip, "netns", "del", name)
    _ip("link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", name)
    _ip("link", "set", wire, "master", bridge)
    _ip("link", "set", wire, "up")
    for command in (("addr", "add", f"{address}/24", "dev", "eth0"), ("link", "set", "eth0", "up")):
        _ip("-n", name, *command)
    _ip("-n", name, "link", "set", "lo", "up")
    return Host(name, address, wire)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
