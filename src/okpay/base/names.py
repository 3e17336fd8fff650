"""Names of people, as those may see them who need not know them."""

from __future__ import annotations

_HIDDEN = "•"
_LONGEST = 8


def masked_name(name: str) -> str:
    """Return a name of which a payee can be recognised and not looked up.

    Of a name in Chinese, Japanese or Korean characters the last one is left ("王小明" becomes "••明"): the family name
    tells most. Of every word of another name the first letter is left ("Anna Smith" becomes "A••• S••••").
    """
    words = name.split()
    if len(words) == 1 and len(words[0]) > 1 and all(_is_ideograph(letter) for letter in words[0]):
        return _HIDDEN * min(len(words[0]) - 1, _LONGEST) + words[0][-1]
    return " ".join(word[:1] + _HIDDEN * min(max(len(word) - 1, 2), _LONGEST) for word in words)


def _is_ideograph(letter: str) -> bool:
    return any(
        first <= ord(letter) <= last
        for first, last in (
            (0x3040, 0x30FF),
            (0x3400, 0x9FFF),
            (0xAC00, 0xD7AF),
            (0xF900, 0xFAFF),
            (0x20000, 0x3FFFF),
        )
    )
