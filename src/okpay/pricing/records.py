"""The nouns of this room: a schedule of fees, and the quote for one movement."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from okpay.base.money import Money, Rounding, percent_of
from okpay.base.strict_toml import EXAMPLE
from okpay.regions.records import Feature


class FeeKind(StrEnum):
    """The movements that a fee can be set for. A new one needs a word here, its feature, and a schedule."""

    TRANSFER = "transfer"
    TRANSFER_ABROAD = "transfer_abroad"
    CARD_TOP_UP = "card_top_up"

    @property
    def feature(self) -> Feature:
        """The feature of a country that makes this movement possible there."""
        return _FEATURES[self]


_FEATURES = {
    FeeKind.TRANSFER: Feature.TRANSFERS,
    FeeKind.TRANSFER_ABROAD: Feature.TRANSFERS_ABROAD,
    FeeKind.CARD_TOP_UP: Feature.CARD_TOP_UPS,
}


@dataclass(frozen=True)
class Terms:
    """A share of the amount, a fixed part, and bounds for both together; amounts in minor units."""

    from_minor: int
    """The smallest amount that these terms are for; they are for the whole of it, not for what lies above."""
    percent: Decimal
    """In per cent: Decimal("2.9") is 2.9 %."""
    fixed_minor: int
    minimum_minor: int
    maximum_minor: int | None

    @property
    def is_free(self) -> bool:
        """Tell whether nothing is ever taken."""
        return not (self.percent or self.fixed_minor or self.minimum_minor)

    def fee_minor(self, amount: Money, rounding: Rounding) -> int:
        """Return the fee: the share rounded to whole minor units, the fixed part added, held within the bounds."""
        if self.is_free:
            return 0
        share = percent_of(amount, self.percent.scaleb(-2), rounding).minor
        fee = max(share + self.fixed_minor, self.minimum_minor)
        return fee if self.maximum_minor is None else min(fee, self.maximum_minor)


@dataclass(frozen=True)
class Schedule:
    """What movements of one kind cost, for those that it names; what it does not name it leaves open."""

    code: str
    version: str
    """A fingerprint of all that the schedule says: the same version is the same schedule, everywhere and always."""
    source: str
    kind: FeeKind
    country: str | None
    level: int | None
    currency: str | None
    rounding: Rounding
    terms: tuple[Terms, ...]
    """By the amount from which they hold; the first hold from 0."""

    @property
    def is_example(self) -> bool:
        """Tell whether the operator must still replace it."""
        return self.source == EXAMPLE

    def terms_for(self, amount: Money) -> Terms:
        """Return the terms for an amount: the last that begin at it or below."""
        if len(self.terms) == 1:
            return self.terms[0]
        return next(terms for terms in reversed(self.terms) if terms.from_minor <= max(amount.minor, 0))

    def fee_minor(self, amount: Money) -> int:
        """Return the fee for an amount, in minor units of its currency."""
        return self.terms_for(amount).fee_minor(amount, self.rounding)


@dataclass(frozen=True)
class Quote:
    """What a movement costs: who sends pays `total`, `amount` arrives, and `fee` is the operator's."""

    amount: Money
    fee: Money
    total: Money
    schedule_code: str
    version: str


@dataclass(frozen=True)
class FeeLine:
    """One line of a country's table of fees: a schedule, and whom and what it is for there."""

    kind: FeeKind
    schedule: Schedule
    currencies: tuple[str, ...]
    levels: tuple[int, ...]
