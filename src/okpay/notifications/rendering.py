"""Make sentences of a message: in one language, as subject, text and HTML, from the same templates.

The body of a mail is written once. It extends whatever `base` names, so that text and HTML cannot say two things.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from babel.dates import format_datetime
from django.conf import settings
from django.template import Context, Engine
from django.utils import translation

from okpay.base.amounts import format_money
from okpay.base.money import Money
from okpay.base.texts import harmless_name, one_line
from okpay.notifications.messages import MESSAGES, language_tag
from okpay.notifications.notices import notice_keys
from okpay.notifications.records import Channel, Words
from okpay.notifications.values import unpacked

# An engine of our own: it knows nothing of pages, and a page cannot change what a mail looks like.
ENGINE = Engine(
    dirs=[str(Path(__file__).parent.joinpath("templates"))],
    builtins=["django.templatetags.i18n"],
    debug=False,
)
_INSTANTS = {"en": ("d MMMM y, HH:mm 'UTC'", "en"), "zh-Hans": ("y年M月d日 HH:mm（UTC）", "zh_Hans")}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words. An SMS is its text; subject and HTML are a mail's."""

    language: str
    text: str
    subject: str = ""
    html: str = ""


def render(
    code: str, *, language: str, data: Mapping[str, Any], name: str = "", phrase: str = ""
) -> Rendered:
    """Return a mail or SMS in words; `data` as it was packed, name and phrase as the person wrote them."""
    message, tag = MESSAGES[code], language_tag(language)
    values = _shown(unpacked(data, message.keys), tag) | {"trial": settings.TRIAL}
    folder = f"notifications/{message.channel}/{code}"
    with translation.override(tag.lower()):
        if message.channel is Channel.SMS:
            return Rendered(tag, text=one_line(_plain(f"{folder}/text.txt", values)))
        values |= {
            "language": tag,
            "name": harmless_name(name),
            "phrase": one_line(phrase),
            "main_link": values.get(message.main_link, ""),
            "safety_link": values.get(message.safety_link, ""),
            "operator": settings.OPERATOR,
        }
        subject = one_line(_plain(f"{folder}/subject.txt", values))
        text = _plain(f"{folder}/body.txt", values | _parts("txt"))
        html = _filled(f"{folder}/body.txt", values | _parts("html") | {"subject": subject}, autoescape=True)
    return Rendered(tag, subject=subject, text=_spaced(text), html=html)


def notice_words(code: str, data: Mapping[str, Any], language: str) -> Words:
    """Return the title and the sentence of a notice, as plain text."""
    tag = language_tag(language)
    values = _shown(unpacked(data, notice_keys(code)), tag)
    folder = f"notifications/notices/{code}"
    with translation.override(tag.lower()):
        return Words(
            title=one_line(_plain(f"{folder}/title.txt", values)),
            body=one_line(_plain(f"{folder}/body.txt", values)),
        )


def _parts(kind: str) -> dict[str, str]:
    return {"base": f"notifications/base.{kind}", "fact": f"notifications/fact.{kind}"}


def _plain(template: str, values: Mapping[str, Any]) -> str:
    return _filled(template, values, autoescape=False)


def _filled(template: str, values: Mapping[str, Any], *, autoescape: bool) -> str:
    return ENGINE.get_template(template).render(Context(dict(values), autoescape=autoescape))


def _shown(values: dict[str, Any], tag: str) -> dict[str, Any]:
    return {name: _written(value, tag) for name, value in values.items()}


def _written(value: Any, tag: str) -> Any:
    match value:
        case datetime():
            pattern, locale = _INSTANTS[tag]
            return format_datetime(value, pattern, locale=locale)
        case Money():
            return format_money(value, tag)
        case _:
            return value


def _spaced(text: str) -> str:
    """Return a text with one empty line between its parts, whatever empty lines the templates left."""
    parts: list[str] = []
    for line in (line.rstrip() for line in text.strip().splitlines()):
        if line or parts[-1:] != [""]:
            parts.append(line)
    return "\n".join(parts) + "\n"
