"""A file of JSON lines that only grows until it is written anew."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_log = logging.getLogger(__name__)


class Lines:
    """A bounded file of JSON lines. A full disk is logged and does not stop anybody."""

    def __init__(self, path: Path, *, most_lines: int, most_bytes: int) -> None:
        self._path = path
        self._most_lines = most_lines
        self._most_bytes = most_bytes
        self._count = 0
        self._bytes = 0

    def read(self) -> Iterator[bytes]:
        """Yield the lines that are there; a last line that was cut off is among them."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for line in file:
                yield line.rstrip(b"\n")

    @property
    def is_full(self) -> bool:
        return self._count > self._most_lines or self._bytes > self._most_bytes

    def append(self, line: bytes) -> None:
        """Add a line."""
        self.extend([line])

    def extend(self, lines: list[bytes]) -> None:
        """Add lines in one write, so that a process that is killed leaves all of them or none."""
        whole = b"".join(line + b"\n" for line in lines)
        try:
            with os.fdopen(
                os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb", 0
            ) as file:
                file.write(whole)
        except OSError:
            _log.exception("a line could not be kept")
            return
        self._count += len(lines)
        self._bytes += len(whole)

    def rewrite(self, lines: Iterable[bytes]) -> None:
        """Replace the file with these lines, whole or not at all."""
        half = self._path.with_suffix(".half")
        count = size = 0
        try:
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                for line in lines:
                    file.write(line + b"\n")
                    count += 1
                    size += len(line) + 1
            half.replace(self._path)
        except OSError:
            _log.exception("the file could not be written anew")
            return
        self._count, self._bytes = count, size
