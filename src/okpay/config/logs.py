"""Logs are JSON lines in a file, without personal data: no bodies, queries, addresses or error texts."""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

EXTRA = ("method", "path", "status", "ms", "loop", "pause_seconds")
"""The only fields besides the message that a record may bring."""


_SECRET_PATH = re.compile(r"(/account/(?:confirm-email|recover|password/reset/key)/)[^\s\"]+")
"""Addresses that mails lead to: what stands behind them opens an account."""


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
        line.update((name, record.__dict__[name]) for name in EXTRA if name in record.__dict__)
        for name in ("message", "path"):
            if name in line:
                line[name] = _SECRET_PATH.sub(r"\1…", str(line[name]))
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def _describe(error: BaseException) -> dict[str, Any]:
    # Not its text: PostgreSQL quotes rows in it, and Django quotes what was typed.
    frames = traceback.extract_tb(error.__traceback__)
    described: dict[str, Any] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
    }
    state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
    if state:
        described["sqlstate"] = state
    return described


def logging_settings(path: str) -> dict[str, Any]:
    """Return Django's LOGGING: into the file when there is one, else only warnings, to the terminal."""
    handlers: dict[str, Any] = {"terminal": {"class": "logging.StreamHandler", "level": "WARNING"}}
    if path:
        handlers = {
            "file": {
                "class": "logging.handlers.RotatingFileHandler",
                "filename": path,
                "maxBytes": 10_000_000,
                "backupCount": 5,
                "encoding": "utf-8",
                "formatter": "json",
            }
        }
    names = list(handlers)
    quiet = {"handlers": names, "level": "INFO", "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "okpay.config.logs.JsonLines"}},
        "handlers": handlers,
        "root": {"handlers": names, "level": "INFO"},
        "loggers": {"django": quiet, "uvicorn": quiet, "okpay.access": quiet},
    }
