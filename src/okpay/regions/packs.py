"""Read the pack files, and turn each into a record or into the problems that it has."""

import functools
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from okpay.base.strict_toml import Problem, read_toml
from okpay.regions.checks import check
from okpay.regions.errors import InvalidPacks
from okpay.regions.records import LEVELS, Country, Flow, Level, Limit, Phone, TransferTerms, Window
from okpay.regions.schema import BalanceLimits, DocumentsOfLevel, FlowLimits, Pack

FOLDER = Path(__file__).parent / "packs"


@functools.cache
def load() -> MappingProxyType[str, Country]:
    """Read all packs once and keep them.

    Raises:
        InvalidPacks: a pack is broken; nothing is loaded then, for a limit is never guessed.
    """
    countries: dict[str, Country] = {}
    problems: list[Problem] = []
    for file in pack_files(FOLDER):
        read = read_pack(file)
        if isinstance(read, Country):
            countries[read.code] = read
        else:
            problems += read
    if problems:
        raise InvalidPacks(tuple(problems))
    return MappingProxyType(countries)


def pack_files(folder: Path) -> list[Path]:
    """Return the pack files of a folder by country code."""
    return sorted(folder.glob("*.toml"))


def read_pack(file: Path) -> Country | list[Problem]:
    """Read one pack: return the country, or everything that is wrong with the file."""
    pack = read_toml(file, Pack)
    if isinstance(pack, Problem):
        return [pack]
    problems = [Problem(file.name, key, sentence) for key, sentence in check(file.stem, pack)]
    return problems or _country(file.stem, pack)


def _country(code: str, pack: Pack) -> Country:
    default = pack.currencies.default
    others = tuple(currency for currency in pack.currencies.supported if currency != default)
    return Country(
        code=code,
        names=MappingProxyType({"en": pack.names.en, "zh-hans": pack.names.zh_hans}),
        default_currency=default,
        currencies=(default, *others),
        limits_zone=ZoneInfo(pack.time.limits_zone),
        phone=Phone(
            calling_code=pack.phone.calling_code,
            example=pack.phone.example,
            fictional_first=pack.phone.fictional.first,
            fictional_last=pack.phone.fictional.last,
        ),
        name_order=pack.people.name_order,
        name_separator=pack.people.name_separator,
        address_order=tuple(pack.addresses.order),
        address_required=frozenset(pack.addresses.required),
        limit_currency=pack.limits.currency,
        levels=tuple(_level(number, pack) for number in LEVELS),
        card_maturing_days=pack.maturing.card_days,
        transfers=TransferTerms(
            wait_days=pack.transfers.wait_days,
            new_addresses_a_day=pack.transfers.new_addresses_a_day,
            delays_hours=tuple(pack.transfers.delays_hours),
            duplicate_minutes=pack.transfers.duplicate_minutes,
        ),
        features=pack.features.enabled(),
        disclosures=tuple(disclosure.code for disclosure in pack.disclosures),
        sources=MappingProxyType(_sources(pack)),
    )


def _level(number: int, pack: Pack) -> Level:
    documents = getattr(pack.documents, f"level_{number}") if number else DocumentsOfLevel()
    return Level(
        number=number,
        flows=MappingProxyType({flow: _windows(getattr(pack.limits, flow.value), number) for flow in Flow}),
        max_balance=_max_balance(pack.limits.hold, number),
        identity_documents=tuple(documents.identity),
        address_documents=tuple(documents.address),
    )


def _windows(limits: FlowLimits, number: int) -> MappingProxyType[Window, Limit]:
    values = getattr(limits, f"level_{number}")
    return MappingProxyType(
        {
            window: Limit(
                getattr(values, window.value),
                limits.cited.get(f"level_{number}.{window.value}", limits.source),
            )
            for window in Window
        }
    )


def _max_balance(limits: BalanceLimits, number: int) -> Limit:
    key = f"level_{number}"
    return Limit(getattr(limits, key), limits.cited.get(key, limits.source))


def _sources(pack: Pack) -> dict[str, str]:
    """Return the source of every section, by its key in the file."""
    people = ("names", "currencies", "time", "phone", "people", "addresses", "documents")
    money = ("maturing", "transfers", "features")
    sources = {section: getattr(pack, section).source for section in (*people, *money)}
    sources["phone.fictional"] = pack.phone.fictional.source
    for flow in (*(flow.value for flow in Flow), "hold"):
        limits: FlowLimits | BalanceLimits = getattr(pack.limits, flow)
        sources[f"limits.{flow}"] = limits.source
        sources |= {f"limits.{flow}.{key}": source for key, source in limits.cited.items()}
    for disclosure in pack.disclosures:
        sources[f"disclosures.{disclosure.code.value}"] = disclosure.source
    return sources
