"""The shape of a pack file. An unknown key is refused, and so is a table that does not name its source."""

from typing import Annotated

import msgspec

from okpay.base.strict_toml import CurrencyCode, Minor, Source, Table
from okpay.regions.records import AddressField, Disclosure, Document, Feature, NameOrder

PhoneNumber = Annotated[str, msgspec.Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class Names(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The country's everyday name in every language of the product."""

    en: Words
    zh_hans: Words = msgspec.field(name="zh-hans")


class Currencies(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The currency a new wallet opens in, and all that it may hold."""

    default: CurrencyCode
    supported: Annotated[list[CurrencyCode], msgspec.Meta(min_length=1)]


class Time(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The IANA zone in which the days, weeks, months and years of limits begin."""

    limits_zone: str


class Fictional(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A range of numbers that no real telephone has."""

    first: PhoneNumber
    last: PhoneNumber


class Phone(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The country calling code, and an example that rings nowhere."""

    calling_code: Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,2}$")]
    example: PhoneNumber
    fictional: Fictional


class People(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a person's name is written."""

    name_order: NameOrder
    name_separator: Annotated[str, msgspec.Meta(max_length=1)]


class Addresses(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The parts of a postal address in the order they are written, and those that may not be empty."""

    order: Annotated[list[AddressField], msgspec.Meta(min_length=3)]
    required: list[AddressField]


class DocumentsOfLevel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One document of each list that is not empty leads to the level."""

    identity: list[Document] = []
    address: list[Document] = []


class Documents(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What identity verification asks for, from level 1 on; level 0 asks for no document."""

    level_1: DocumentsOfLevel
    level_2: DocumentsOfLevel
    level_3: DocumentsOfLevel


class Windows(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The limits of one flow at one level."""

    movement: Minor
    day: Minor
    week: Minor
    month: Minor
    year: Minor


class FlowLimits(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The limits of one flow. `cited` names the source of single values, as `"level_2.year" = "…"`."""

    level_0: Windows
    level_1: Windows
    level_2: Windows
    level_3: Windows
    cited: dict[str, Source] = {}


class BalanceLimits(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The largest balance that may be held at each level, all currencies together."""

    level_0: Minor
    level_1: Minor
    level_2: Minor
    level_3: Minor
    cited: dict[str, Source] = {}


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All limits of a country, in minor units of one currency; 0 means not allowed."""

    currency: CurrencyCode
    send: FlowLimits
    receive: FlowLimits
    top_up: FlowLimits
    withdraw: FlowLimits
    hold: BalanceLimits


class Maturing(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long money that could still be claimed back may not leave to a bank; 0 days means at once."""

    card_days: Annotated[int, msgspec.Meta(ge=0, le=365)]


class Transfers(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The spans and counts of transfers; no delays means that every transfer arrives as soon as it can."""

    wait_days: Annotated[int, msgspec.Meta(ge=1, le=365)]
    new_addresses_a_day: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    delays_hours: Annotated[list[Annotated[int, msgspec.Meta(ge=1, le=168)]], msgspec.Meta(max_length=5)]
    duplicate_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)]


class Features(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is on and what is off; every feature must be decided."""

    transfers: bool
    transfers_abroad: bool
    payments: bool
    bills: bool
    conversions: bool
    card_top_ups: bool
    bank_top_ups: bool
    withdrawals: bool

    def enabled(self) -> frozenset[Feature]:
        """Return the features that are on."""
        return frozenset(feature for feature in Feature if getattr(self, feature.value))


class RequiredDisclosure(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something people must be told, and the rule that says so."""

    code: Disclosure


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole pack file."""

    names: Names
    currencies: Currencies
    time: Time
    phone: Phone
    people: People
    addresses: Addresses
    documents: Documents
    limits: Limits
    maturing: Maturing
    transfers: Transfers
    features: Features
    disclosures: list[RequiredDisclosure]
