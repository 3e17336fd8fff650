"""Logs are JSON lines in a file, without personal data: no bodies, queries, addresses or error texts."""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

from okpay.config import tracing
from okpay.config.redaction import redact, redact_path

EXTRA = (
    "method", "path", "status", "ms", "loop", "pause_seconds", "template", "delivery", "state", "code",
)  # fmt: skip
"""The only fields besides the message that a record may bring."""

_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]"
)
"""What moves a cursor, turns the direction of a text, or is no character: a line in a terminal is what it seems."""


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, or the lines that it brings ready made."""
        if "lines" in record.__dict__:
            return "\n".join(record.__dict__["lines"])
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(_message(record)),
        }
        trace = tracing.current()
        if trace is not None:
            line["request"] = trace.id
        for name in EXTRA:
            if name in record.__dict__:
                value = record.__dict__[name]
                line[name] = value if isinstance(value, int | float | None) else redact(str(value))
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _describe(record.exc_info[1])
        text = json.dumps(line, ensure_ascii=False, default=str)
        return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _message(record: logging.LogRecord) -> str:
    try:
        message = record.getMessage()
    except (TypeError, ValueError):
        # Python would print the parts to the terminal instead, with all that they hold.
        return "a message that does not fit its parts"
    if record.name == "asyncio":
        # Below its first line asyncio shows what it worked with, the text of an error among it.
        message = message.split("\n", 1)[0]
    for path, shown in _paths(record):
        if path and path != shown:
            message = message.replace(path, shown)
    return message


def _paths(record: logging.LogRecord) -> list[tuple[str, str]]:
    """Return the addresses that a message may quote, each with what to show instead."""
    found = []
    if (trace := tracing.current()) is not None:
        found.append((trace.path, trace.shown_path))
    request = getattr(record, "request", None)
    if request is not None and hasattr(request, "resolver_match"):
        found.append((request.path, tracing.route_of(request) or redact_path(request.path)))
    # As Django quotes them.
    quoted = [(path.encode("unicode_escape").decode(), shown) for path, shown in found]
    return sorted({*found, *quoted}, key=lambda pair: -len(pair[0]))


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
    """Return Django's LOGGING: into the file when there is one, else only warnings, to the terminal.

    Both are JSON: a terminal is often a journal.
    """
    handler: dict[str, Any] = {"class": "logging.StreamHandler", "level": "WARNING"}
    if path:
        handler = {
            "class": "logging.handlers.RotatingFileHandler",
            "filename": path,
            "maxBytes": 10_000_000,
            "backupCount": 5,
            "encoding": "utf-8",
        }
    quiet = {"handlers": ["lines"], "level": "INFO", "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "okpay.config.logs.JsonLines"}},
        "handlers": {"lines": {**handler, "formatter": "json"}},
        "root": {"handlers": ["lines"], "level": "INFO"},
        "loggers": {"django": quiet, "uvicorn": quiet, "okpay.access": quiet},
    }
