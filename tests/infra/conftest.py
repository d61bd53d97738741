"""One copy of infra/, and one run of its mocked tests, for all tests here."""

from __future__ import annotations

from terraform_kit import infra, tested

__all__ = ["infra", "tested"]
