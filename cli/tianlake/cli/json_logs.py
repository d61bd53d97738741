"""The log of a server as lines of JSON, for what collects logs; requests are in the access log, not here."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from typing import Any


class JsonLines(logging.Formatter):
    """One JSON object a line: `time` (UTC, RFC 3339), `level`, `logger`, `process`, `message`, `error`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line; nothing in a message can end it, or begin another one."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": os.getpid(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_in_json() -> None:
    """Let all that this process logs, and its workers, be lines of JSON."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(JsonLines())
