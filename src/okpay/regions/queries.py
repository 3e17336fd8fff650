"""Which countries this installation serves, and what their packs say."""

from pathlib import Path

from okpay.base.strict_toml import Problem
from okpay.regions import packs
from okpay.regions.errors import CountryNotSupported
from okpay.regions.records import Country


def countries() -> tuple[Country, ...]:
    """Return every country with a pack, by code.

    Raises:
        InvalidPacks: a pack of this installation is broken.
    """
    return tuple(packs.load().values())


def country(code: str) -> Country:
    """Return one country by its ISO 3166 two-letter code.

    Raises:
        CountryNotSupported: `country_not_supported`, there is no pack for it.
        InvalidPacks: a pack of this installation is broken.
    """
    try:
        return packs.load()[code]
    except KeyError:
        raise CountryNotSupported("country_not_supported", field="country", country=code) from None


def check_packs(folder: Path = packs.FOLDER) -> dict[str, list[Problem]]:
    """Return the problems of every pack file of a folder; a good pack has an empty list."""
    found: dict[str, list[Problem]] = {}
    for file in packs.pack_files(folder):
        read = packs.read_pack(file)
        found[file.name] = [] if isinstance(read, Country) else read
    return found
