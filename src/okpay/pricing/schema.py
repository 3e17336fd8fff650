"""The shape of a file of schedules. An unknown key is refused, and so is a schedule that does not name its source."""

from typing import Annotated, Literal

import msgspec

from okpay.base.strict_toml import CurrencyCode, Minor, Table
from okpay.pricing.records import FeeKind

Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=60)]
Percent = Annotated[str, msgspec.Meta(pattern=r"^(100|[1-9]?[0-9](\.[0-9]{1,4})?)$")]
"""Text, because a number with a point would be read as a float: "2.9" is 2.9 %, at most 100."""
RoundingName = Literal["half_even", "half_up", "down"]


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A share in per cent, a fixed part, and bounds for both together, in minor units of the schedule's currency."""

    percent: Percent
    fixed: Minor = 0
    minimum: Minor = 0
    maximum: Annotated[int, msgspec.Meta(ge=1, le=10**15)] | None = None


class Step(Terms, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Terms that take the place of the others for amounts from `from` on, for the whole amount."""

    from_minor: Annotated[int, msgspec.Meta(ge=1, le=10**15)] = msgspec.field(name="from")


class Schedule(Table, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A schedule. Without a country, a level or a currency it is for every one."""

    code: Code
    kind: FeeKind
    country: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")] | None = None
    level: Annotated[int, msgspec.Meta(ge=0, le=3)] | None = None
    currency: CurrencyCode | None = None
    rounding: RoundingName = "half_even"
    terms: Terms
    steps: list[Step] = []


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole file: any number of schedules."""

    schedules: Annotated[list[Schedule], msgspec.Meta(min_length=1)]
