"""Elements escape what they are given, and styles stay free of what the design system forbids."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.template import engines

import okpay.doors.design
import okpay.doors.web
from okpay.doors.design.icons import ICONS

DOORS = [Path(door.__path__[0]) for door in (okpay.doors.design, okpay.doors.web)]
TEMPLATES = [path for door in DOORS for path in sorted(door.rglob("*.html"))]
STYLES = [path for door in DOORS for path in sorted(door.rglob("*.css"))]
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}\u2028'


def _render(source: str, **context: Any) -> str:
    return str(engines["django"].from_string(source).render(context))


@pytest.mark.parametrize(
    "source",
    [
        '{% element "row" title=bad detail=bad href=bad icon="send" %}{{ bad }}{% endelement %}',
        '{% element "field" name="name" label=bad value=bad hint=bad error=bad %}{% endelement %}',
        '{% element "field" name="name" label=bad value=bad lines=3 %}{% endelement %}',
        '{% element "amount_field" name="name" label=bad value=bad currency=bad error=bad %}{% endelement %}',
        '{% element "payment_password_field" name="digits" label=bad hint=bad error=bad forgotten=bad keypad=True %}'
        "{% endelement %}",
        '{% element "checks" name="name" label=bad choices=lines chosen=bad error=bad %}{% endelement %}',
        '{% element "card" id="card" title=bad note=bad %}{{ bad }}{% endelement %}',
        '{% element "notice" title=bad kind="failed" %}{{ bad }}{% endelement %}',
        '{% element "timeline" label=bad %}{{ bad }}{% endelement %}',
        '{% element "step" title=bad at=bad %}{{ bad }}{% endelement %}',
        '{% element "button" name="name" value=bad %}{{ bad }}{% endelement %}',
        '{% element "sheet" id="sheet" title=bad %}{{ bad }}{% endelement %}',
        '{% element "table" caption=bad %}<tr><td>{{ bad }}</td></tr>{% endelement %}',
    ],
)
def test_what_an_element_is_given_stays_text(source: str) -> None:
    shown = _render(source, bad=HOSTILE, lines=[(HOSTILE, HOSTILE, HOSTILE)])
    assert "<script" not in shown.replace('<script type="module" src="/static/design/keypad.js"', "")
    assert "<img" not in shown
    assert "{{7*7}}" in shown
    assert "&lt;script&gt;" in shown


def test_the_slot_of_an_element_is_rendered_once() -> None:
    shown = _render(
        '{% element "card" %}{% element "notice" %}<p>a &amp; {{ b }}</p>{% endelement %}{% endelement %}',
        b="&",
    )
    assert "<p>a &amp; &amp;</p>" in shown


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(KeyError):
        _render('{% icon "no-such-icon" %}')


@pytest.mark.parametrize("name", ICONS)
def test_an_icon_stays_on_its_grid(name: str) -> None:
    # Absolute coordinates follow the capital letters; relative ones are small by nature.
    for numbers in re.findall(r"[MHVLC]([-\d. ]+)", ICONS[name]):
        assert all(0 <= float(number) <= 24 for number in numbers.split())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_neither_style_nor_script(path: Path) -> None:
    text = path.read_text()
    text = text.replace('<script type="module" src="{% static', "")  # a file of our own
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", text, re.IGNORECASE), path
    assert not re.search(r"""(src|href)=["'](https?:)?//""", text), f"{path} loads something from elsewhere"


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_style_keeps_to_the_design(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"gradient\(|!important|@import|https?:|float:", text), path
    if path.name != "tokens.css":
        colours = re.findall(r"#[0-9a-fA-F]{3,8}\b", text)
        assert colours == [], f"{path} holds colours that belong into tokens.css"
