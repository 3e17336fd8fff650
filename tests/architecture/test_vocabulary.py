"""One word per thing in each language: docs/vocabulary.md agrees with itself and with what the pages say."""

import re
from collections import Counter

from babel.messages.pofile import read_po

from tests.architecture.tree import ROOT, SOURCE, complain, shown, text

ROW = re.compile(r"^\| (?!English|---)(.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def terms() -> list[tuple[str, str, str]]:
    """Return English, Chinese and meaning of every term."""
    found = ROW.findall(text(ROOT / "docs" / "vocabulary.md") or "")
    assert found, "docs/vocabulary.md has no table of terms"
    return found


def test_no_word_stands_for_two_things() -> None:
    for column, language in ((0, "English"), (1, "Chinese")):
        counted = Counter(term[column] for term in terms())
        twice = [word for word, times in counted.items() if times > 1]
        complain(f"docs/vocabulary.md uses one {language} word for two things:", twice)


def test_every_term_has_a_chinese_word_and_a_meaning() -> None:
    breaches = [
        english
        for english, chinese, meaning in terms()
        if not re.search(r"[\u4e00-\u9fff]", chinese) or not meaning
    ]
    complain("docs/vocabulary.md lacks the Chinese word or the meaning of:", breaches)


def test_the_pages_use_the_words_of_the_vocabulary() -> None:
    chinese = {english.lower(): word for english, word, _ in terms()}
    breaches = []
    for path in sorted((SOURCE / "locale").glob("zh_Hans/**/*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_Hans"):
                singular = message.id if isinstance(message.id, str) else message.id[0]
                said = message.string if isinstance(message.string, str) else "/".join(message.string or ())
                # A message with a context is another thing under the same English word.
                wanted = chinese.get(singular.lower()) if singular and not message.context else None
                if wanted and said != wanted:
                    breaches.append(
                        f"{shown(path)}: {singular!r} is {said!r}, the vocabulary says {wanted!r}"
                    )
    complain("The pages and docs/vocabulary.md must use the same word:", breaches)
