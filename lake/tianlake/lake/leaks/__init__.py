"""The gate before publishing: no local path, no user name, no secret goes out in any file."""

from tianlake.lake.leaks.gate import Leak, find_leaks, refuse_leaks
from tianlake.lake.leaks.rules import NOWHERE, Surroundings

__all__ = ["NOWHERE", "Leak", "Surroundings", "find_leaks", "refuse_leaks"]
