"""Teach Babel to read Django's templates, so that the catalogues are kept without gettext on the machine.

Update them with:
    pybabel extract -F src/okpay/locale/babel.cfg -o messages.pot src
    pybabel update -D django -d src/okpay/locale -l zh_Hans -i messages.pot --no-fuzzy-matching
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from io import BytesIO
from typing import IO, Any

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize


def extract_template(
    fileobj: IO[bytes],
    keywords: Mapping[str, Any],
    comment_tags: Collection[str],
    options: Mapping[str, Any],
) -> Generator[tuple[int, str | tuple[str, ...], list[str], str | None], None, None]:
    """Yield the messages of a template: line, function, message, comments."""
    source = templatize(fileobj.read().decode())
    yield from extract_python(BytesIO(source.encode()), keywords, comment_tags, {"encoding": "utf-8"})
