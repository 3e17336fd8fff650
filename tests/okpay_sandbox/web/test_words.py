"""Both languages say everything, and with the same blanks."""

from __future__ import annotations

import re
import string
from pathlib import Path

import okpay_sandbox
from okpay_sandbox.web.words import CHINESE, ENGLISH

TEMPLATES = Path(okpay_sandbox.__file__).parent


def blanks(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_both_languages_have_the_same_words() -> None:
    assert list(ENGLISH) == list(CHINESE)
    for name, words in ENGLISH.items():
        assert blanks(words) == blanks(CHINESE[name]), name
        assert CHINESE[name]


def test_chinese_is_chinese() -> None:
    alike = [name for name, words in ENGLISH.items() if CHINESE[name] == words]
    assert alike == []
    foreign = [name for name, words in CHINESE.items() if not re.search(r"[\u4e00-\u9fff]", words)]
    assert foreign == ["tag", "other_name"]


def test_no_words_are_left_over() -> None:
    source = "".join(path.read_text() for path in TEMPLATES.rglob("*.py") if path.name != "words.py")
    composed = (
        r"((mode|incident|behaviour|decline|status|fault)_\w+"
        r"|(mail|sms|cards)(_many)?|\w+_title|error|bad_form)"
    )
    unused = [name for name in ENGLISH if f'"{name}"' not in source and not re.fullmatch(composed, name)]
    assert unused == []
