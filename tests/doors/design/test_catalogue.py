"""The Chinese catalogue has every message of the source, and nothing else; each is whole and settled."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

import okpay

SOURCE = Path(okpay.__path__[0])
CHINESE = SOURCE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
TEMPLATE = "okpay.doors.design.messages:extract_template"
METHODS = [("**.py", "python"), ("**/templates/**.html", TEMPLATE), ("**/templates/**.txt", TEMPLATE)]
KEYWORDS = {**DEFAULT_KEYWORDS, "pgettext_lazy": ((1, "c"), 2), "gettext_lazy": None}
_PLACEHOLDER = re.compile(r"%\(\w+\)s|</?[a-z]+|\{\w*\}|href=\"[^\"]*\"")


@cache
def catalogue() -> Catalog:
    """Return the Chinese catalogue as it stands in the repository."""
    with CHINESE.open("rb") as file:
        return read_po(file)


def messages() -> list[Message]:
    """Return its messages, without the header."""
    return [message for message in catalogue() if message.id]


def _key(message: Message) -> tuple[str | None, str]:
    return (message.context, message.id if isinstance(message.id, str) else message.id[0])


def test_every_message_of_the_source_is_there_and_no_other() -> None:
    found = extract_from_dir(SOURCE, METHODS, keywords=KEYWORDS)
    wanted = {(context, text if isinstance(text, str) else text[0]) for _, _, text, _, context in found}
    known = {_key(message) for message in messages()}
    assert sorted(text for _, text in wanted - known) == [], "add these to the catalogue"
    assert sorted(text for _, text in known - wanted) == [], "these are no longer used"


def test_every_message_is_translated_and_settled() -> None:
    assert [message.id for message in messages() if not message.string] == []
    assert [message.id for message in messages() if message.fuzzy] == []
    assert catalogue().obsolete == {}


def test_placeholders_and_markup_survive_translation() -> None:
    for message in messages():
        source, target = _key(message)[1], str(message.string)
        assert Counter(_PLACEHOLDER.findall(source)) == Counter(_PLACEHOLDER.findall(target)), source


def test_chinese_is_written_in_chinese_marks() -> None:
    # A comma, colon or question mark between Chinese characters is the full-width one.
    wrong = [
        m.string
        for m in messages()
        if re.search(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]", str(m.string))
    ]
    assert wrong == []
