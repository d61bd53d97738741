"""The policy of a demonstration: what is published under it needs no reviewer, and says that it is one."""

from __future__ import annotations

from pathlib import Path


def demonstrate(workspace: Path, code: str) -> None:
    """Let a node of a workspace publish as a demonstration."""
    (workspace / "nodes" / code / "policy.toml").write_text(
        f'id = "demo"\nversion = "1"\neffective = 2026-01-01\nnode = "{code}"\ndemo = true\n'
        'title = { zh = "演示政策", en = "Policy of a demonstration" }\n',
        "utf-8",
    )
