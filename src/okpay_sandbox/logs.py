"""Logs are JSON lines without personal data: no bodies, no addresses of people, no error texts."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

_EXTRA = ("method", "route", "status", "ms")
MOST_BYTES = 5_000_000


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update((name, record.__dict__[name]) for name in _EXTRA if name in record.__dict__)
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            # Not its text: it may quote what somebody was sent.
            line["error"] = type(error).__qualname__
            frames = traceback.extract_tb(error.__traceback__)[-8:]
            line["where"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(line, ensure_ascii=False)


def set_up_logging(path: Path | None) -> None:
    """Log into a file that turns over, or to the terminal what is wrong."""
    if path is None:
        logging.basicConfig(level=logging.WARNING)
        return
    handler = RotatingFileHandler(path, maxBytes=MOST_BYTES, backupCount=2, encoding="utf-8")
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
