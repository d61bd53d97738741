"""Automatic checks before publishing: a candidate's real bytes against the policy that holds at its node."""

from tianlake.build.policy.area import Area
from tianlake.build.policy.check import check_release
from tianlake.build.policy.findings import CHECKER, Finding, Report

__all__ = ["CHECKER", "Area", "Finding", "Report", "check_release"]
