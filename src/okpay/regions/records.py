"""The nouns of this room: a country, and what people who live in it may do at each verification level."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

LEVELS = (0, 1, 2, 3)
"""Verification levels: 0 proved an e-mail address and a phone number, 3 proved everything we can ask for."""
LANGUAGES = ("en", "zh-hans")
"""The languages that every pack must name its country in."""


class Flow(StrEnum):
    """The ways money moves that a limit is set for."""

    SEND = "send"
    RECEIVE = "receive"
    TOP_UP = "top_up"
    WITHDRAW = "withdraw"


class Window(StrEnum):
    """The span that a limit is counted over, shortest first; days begin at midnight in the pack's zone."""

    MOVEMENT = "movement"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Feature(StrEnum):
    """What an operator may offer in a country."""

    TRANSFERS = "transfers"
    TRANSFERS_ABROAD = "transfers_abroad"
    PAYMENTS = "payments"
    BILLS = "bills"
    CONVERSIONS = "conversions"
    CARD_TOP_UPS = "card_top_ups"
    BANK_TOP_UPS = "bank_top_ups"
    WITHDRAWALS = "withdrawals"


class Document(StrEnum):
    """The papers that identity verification can ask for."""

    PASSPORT = "passport"
    IDENTITY_CARD = "identity_card"
    DRIVING_LICENCE = "driving_licence"
    RESIDENCE_PERMIT = "residence_permit"
    UTILITY_BILL = "utility_bill"
    BANK_STATEMENT = "bank_statement"
    TAX_NOTICE = "tax_notice"
    REGISTRATION_CERTIFICATE = "registration_certificate"


class Disclosure(StrEnum):
    """What people must be told, by code; the doors hold the sentence in each language."""

    BALANCE_IS_NOT_A_DEPOSIT = "balance_is_not_a_deposit"
    NOT_A_BANK = "not_a_bank"
    FEES_BEFORE_PAYMENT = "fees_before_payment"
    EXCHANGE_RATE_BEFORE_PAYMENT = "exchange_rate_before_payment"
    RECEIPT_OF_PAYMENT = "receipt_of_payment"
    ERROR_RESOLUTION = "error_resolution"
    CANCELLATION_RIGHT = "cancellation_right"
    COMPLAINTS = "complaints"
    PERSONAL_DATA = "personal_data"


class NameOrder(StrEnum):
    """Which part of a person's name is written first."""

    GIVEN_FIRST = "given_first"
    FAMILY_FIRST = "family_first"


class AddressField(StrEnum):
    """The parts of a postal address."""

    RECIPIENT = "recipient"
    STREET = "street"
    DISTRICT = "district"
    CITY = "city"
    REGION = "region"
    POSTAL_CODE = "postal_code"
    COUNTRY = "country"


@dataclass(frozen=True)
class Limit:
    """The most that may move or be held, in minor units of the limit currency; 0 means not allowed."""

    amount_minor: int
    source: str

    @property
    def is_example(self) -> bool:
        """Tell whether the value is only an example that the operator must replace."""
        return self.source == "example"

    @property
    def is_allowed(self) -> bool:
        """Tell whether anything may move at all."""
        return self.amount_minor > 0


@dataclass(frozen=True)
class Level:
    """What a person may do at one verification level, and which papers lead to it."""

    number: int
    flows: Mapping[Flow, Mapping[Window, Limit]]
    max_balance: Limit
    identity_documents: tuple[Document, ...]
    """One of these proves who the person is; empty when the level asks for none."""
    address_documents: tuple[Document, ...]
    """One of these proves where the person lives; empty when the level asks for none."""

    def limit(self, flow: Flow, window: Window) -> Limit:
        """Return the limit of one flow over one window."""
        return self.flows[flow][window]

    def allows(self, flow: Flow) -> bool:
        """Tell whether this level may use the flow at all."""
        return self.flows[flow][Window.MOVEMENT].is_allowed


@dataclass(frozen=True)
class LimitRow:
    """One line of the public limits table: a flow over a window, or the balance, at each level."""

    flow: Flow | None
    """None for the largest balance, which is not a flow."""
    window: Window | None
    by_level: tuple[Limit, ...]


@dataclass(frozen=True)
class Phone:
    """How telephone numbers of the country look, in E.164."""

    calling_code: str
    example: str
    fictional_first: str
    fictional_last: str


@dataclass(frozen=True)
class TransferTerms:
    """The spans and counts that a country sets for transfers."""

    wait_days: int
    """How long a transfer waits for its recipient before it comes back by itself."""
    new_addresses_a_day: int
    """How many addresses that are new to a sender they may look up in a day."""
    delays_hours: tuple[int, ...]
    """By how many hours a sender may delay the arrival, shortest first; empty where nobody may."""
    duplicate_minutes: int
    """How soon after an equal transfer the next one is warned about."""


@dataclass(frozen=True)
class Country:
    """A country as its pack describes it."""

    code: str
    names: Mapping[str, str]
    default_currency: str
    currencies: tuple[str, ...]
    """Everything a wallet there may hold, the default currency first."""
    limits_zone: ZoneInfo
    phone: Phone
    name_order: NameOrder
    name_separator: str
    address_order: tuple[AddressField, ...]
    address_required: frozenset[AddressField]
    limit_currency: str
    levels: tuple[Level, ...]
    card_maturing_days: int
    """After how many days money from a card may leave to a bank; it can be spent and sent at once."""
    transfers: TransferTerms
    features: frozenset[Feature]
    disclosures: tuple[Disclosure, ...]
    sources: Mapping[str, str]
    """Where the values of each section of the pack come from: a citation, or `example`."""

    def name(self, language: str) -> str:
        """Return the country's name in a language, in English where the pack has no such language."""
        return self.names.get(language.lower(), self.names["en"])

    def offers(self, feature: Feature) -> bool:
        """Tell whether a feature is on in this country."""
        return feature in self.features

    def today(self, now: datetime) -> date:
        """Return which day it is there, as limits and cards reckon it."""
        return now.astimezone(self.limits_zone).date()

    def limit_rows(self) -> Iterator[LimitRow]:
        """Yield the limits as a table: a row per flow and window, then the largest balance."""
        for flow in Flow:
            for window in Window:
                yield LimitRow(flow, window, tuple(level.limit(flow, window) for level in self.levels))
        yield LimitRow(None, None, tuple(level.max_balance for level in self.levels))
