"""Elements as template tags: a page says what it shows, the design system says how it looks."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from okpay.base.amounts import figures
from okpay.base.money import Money, exponent
from okpay.doors.design.icons import ICONS

register = template.Library()


@register.simple_block_tag(takes_context=True)
def element(context: Context, content: SafeString, name: str, /, **attrs: Any) -> SafeString:
    """Render `design/elements/<name>.html` around the content of the block: its `slot`, with its `attrs`."""
    assert context.template is not None
    found = context.template.engine.get_template(f"design/elements/{name}.html")
    with context.push(attrs=attrs, slot=mark_safe(content.strip())):  # noqa: S308  rendered by Django just above
        return mark_safe(found.render(context).strip())  # noqa: S308


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon of the family beside words that say the same; screen readers pass over it."""
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        ICONS[name],
    )


@register.simple_tag
def money(amount: Money, *, signed: bool = False) -> SafeString:
    """Show an amount with its currency, never one without the other; `signed` puts a plus before money that came in."""
    return _with_currency(amount.minor, amount.currency, signed=signed)


@register.simple_tag
def money_sum(minor: int, currency: str, *, signed: bool = False) -> SafeString:
    """Show a sum over many amounts, which may be larger than any amount of money can be."""
    return _with_currency(minor, currency, signed=signed)


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """Show an instant to the second, in UTC and saying so."""
    utc = at.astimezone(UTC)
    return format_html(
        '<time class="number" datetime="{}">{} UTC</time>', utc.isoformat(), f"{utc:%Y-%m-%d %H:%M:%S}"
    )


def _with_currency(minor: int, currency: str, *, signed: bool = False) -> SafeString:
    return format_html(
        '<data class="money" value="{} {}"><span class="money-figures">{}</span>&nbsp;'
        '<span class="money-currency">{}</span></data>',
        Decimal(minor).scaleb(-exponent(currency)),
        currency,
        figures(minor, currency, get_language() or "en", signed=signed),
        currency,
    )
