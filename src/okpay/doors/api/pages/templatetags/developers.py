"""Texts of the API in the reader's language: they are written in English, with code between backticks."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

register = template.Library()


@register.filter
def said(text: str) -> SafeString:
    """Show a text of the API in the reader's language, with what stands between backticks as code."""
    # The empty message is the header of the catalogue.
    parts = (gettext(text) if text else "").split("`")
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if n % 2 else part,) for n, part in enumerate(parts))
    )


@register.filter
def breakable(name: str) -> SafeString:
    """Let a long name of code break after its underscores and slashes."""
    return format_html_join("", "{}<wbr>", ((part,) for part in name.replace("_", "_\0").split("\0")))
