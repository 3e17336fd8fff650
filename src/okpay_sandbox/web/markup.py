"""Templates: files with {names}, everything filled in is escaped unless it is markup already."""

from __future__ import annotations

import functools
import string
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import Any


class Html(str):
    """Markup. Only `fill` and `join` make it from what others wrote."""

    __slots__ = ()


class _Escaping(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        """Return a value as it stands in the page."""
        return value if isinstance(value, Html) else escape(str(value), quote=True)


_FORMATTER = _Escaping()


def fill(template: str, /, **values: object) -> Html:
    """Return a template with its names filled in."""
    return Html(_FORMATTER.vformat(template, (), values))


def render(name: str, /, **values: object) -> Html:
    """Return a file of the folder `templates` with its names filled in."""
    return fill(_template(name), **values)


def join(parts: Iterable[Html], between: str = "") -> Html:
    """Return parts one after another."""
    return Html(Html(between).join(parts))


@functools.cache
def _template(name: str) -> str:
    return files("okpay_sandbox.web").joinpath("templates", f"{name}.html").read_text("utf-8").strip()
