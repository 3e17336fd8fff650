"""Read a PDF back, as a reader's program would."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import DictionaryObject


def opened(pdf: bytes) -> PdfReader:
    """Return the document, refusing anything that a strict reader would."""
    return PdfReader(BytesIO(pdf), strict=True)


def text_of(pdf: bytes) -> str:
    """Return the text of all pages, with the lines joined: where a line breaks depends on the widths."""
    return "".join(page.extract_text() for page in opened(pdf).pages).replace("\n", "")


def squeezed(text: str) -> str:
    """Return a text without blanks: PDF holds places, and blanks are a reader's guess."""
    return "".join(text.split())


def described(pdf: bytes) -> bytes:
    """Return the description that a PDF carries of itself, as XMP."""
    data: bytes = _resolved(opened(pdf).root_object["/Metadata"]).get_data()
    return data


def fonts_of(pdf: bytes) -> list[Any]:
    """Return the fonts of all pages."""
    return [
        _resolved(font)
        for page in opened(pdf).pages
        for font in _resolved(_resolved(page["/Resources"])["/Font"]).values()
    ]


def reach(pdf: bytes) -> float:
    """Return how far to the right any text of any page begins, in points."""
    places: list[float] = []

    def note(text: str, outer: list[float], inner: list[float], font: object, size: float) -> None:
        places.append(inner[4] * outer[0] + outer[4])

    for page in opened(pdf).pages:
        page.extract_text(visitor_text=note)
    return max(places)


def _resolved(thing: Any) -> Any:
    return thing.get_object()


def kinds_of_objects(pdf: bytes) -> set[str]:
    """Return every name that stands anywhere as a key, a /Type, an /S or a /Subtype in the document."""
    reader = opened(pdf)
    found: set[str] = set()
    for number in range(1, int(str(reader.trailer["/Size"]))):
        pending: list[object] = [reader.get_object(number)]
        while pending:
            one = pending.pop()
            if isinstance(one, DictionaryObject):
                found |= set(one)
                found |= {str(one.raw_get(key)) for key in ("/Type", "/S", "/Subtype") if key in one}
                pending += [value for value in one.values() if isinstance(value, DictionaryObject | list)]
            elif isinstance(one, list):
                pending += [value for value in one if isinstance(value, DictionaryObject | list)]
    return found
