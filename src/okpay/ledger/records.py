"""The nouns of the book. All amounts are integers in the minor unit of the account's currency."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum
from uuid import UUID
from zoneinfo import ZoneInfo

MAX_MINOR = 4_000_000_000_000_000_000
"""The largest amount or balance, either sign. Below half of what a bigint holds: any two of them add up safely."""

MAX_ANNOUNCEMENT = 280
"""The most characters that the announcement of a maintenance has in each language."""


class Side(IntEnum):
    """The side on which an account normally stands, and the sign with which a posting on it is stored."""

    DEBIT = 1
    CREDIT = -1


class AccountStatus(IntEnum):
    """What an account lets happen."""

    ACTIVE = 1
    NO_DEBIT = 2
    """Money may come in; nothing that lowers the balance is accepted."""
    FROZEN = 3
    """Nothing may come in or go out. Holds may still be released."""
    CLOSED = 4
    """As frozen, for ever."""


class Operation(IntEnum):
    """What an item of a posting list does."""

    POST = 1
    RESERVE = 2
    CAPTURE = 3
    RELEASE = 4
    EXPIRE = 5
    REVERSE = 6


class HoldStatus(IntEnum):
    """Where a hold stands. Every status but OPEN is final."""

    OPEN = 1
    CAPTURED = 2
    RELEASED = 3
    EXPIRED = 4


class Outcome(IntEnum):
    """What became of an item: posted, replayed, or one of the closed set of refusals (10 and above)."""

    POSTED = 0
    REPLAYED = 1
    """The same item was posted before under this id; nothing happened now."""
    KEY_REUSED = 10
    """The id belongs to another item than this one."""
    NO_LEGS = 11
    AMOUNT_OUT_OF_RANGE = 12
    """An amount below 1 or above `MAX_MINOR`."""
    SAME_ACCOUNT = 13
    MAINTENANCE = 14
    """The ledger accepts holds only at the moment."""
    ACCOUNT_UNKNOWN = 20
    ACCOUNT_CLOSED = 21
    ACCOUNT_FROZEN = 22
    ACCOUNT_NO_DEBIT = 23
    CURRENCY_MISMATCH = 24
    INSUFFICIENT_FUNDS = 25
    """Balance less holds less the amount would fall below the account's floor."""
    BALANCE_OUT_OF_RANGE = 26
    HOLD_UNKNOWN = 30
    HOLD_CLOSED = 31
    """Captured, released or expired before."""
    HOLD_EXPIRED = 32
    """A capture after the hold's deadline."""
    HOLD_NOT_EXPIRED = 33
    """An expiry before the hold's deadline."""
    CAPTURE_EXCEEDS_HOLD = 34
    CAPTURE_OUTSIDE_HOLD = 35
    """No leg of the capture takes money from the held account."""
    ORIGINAL_UNKNOWN = 40
    """The entry to reverse is not in the book, or is part of the same list."""
    NOT_REVERSIBLE = 41
    """Only what moved money can be reversed, and a reversal cannot."""
    ALREADY_REVERSED = 42
    LIMIT_SUBJECT_UNKNOWN = 50
    LIMIT_PER_MOVEMENT = 51
    LIMIT_PER_DAY = 52
    LIMIT_PER_WEEK = 53
    LIMIT_PER_MONTH = 54
    LIMIT_PER_YEAR = 55

    @property
    def limit_window(self) -> str | None:
        """The window of the limit that was reached, such as `day`; None for what is no limit."""
        return self.name.removeprefix("LIMIT_PER_").lower() if self.name.startswith("LIMIT_PER_") else None


@dataclass(frozen=True, slots=True)
class Leg:
    """One amount moved from the credited to the debited account, both of one currency."""

    debit_account_id: int
    credit_account_id: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Count:
    """An amount that an item counts against a limit subject, in the minor unit of the subject's own currency."""

    subject_id: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Post:
    """Move money by one or more legs, all or nothing."""

    id: UUID
    kind: str
    legs: tuple[Leg, ...]
    counts: tuple[Count, ...] = ()


@dataclass(frozen=True, slots=True)
class Reserve:
    """Hold an amount on an account until it is captured, released, or its deadline passes.

    The hold has the item's id.
    """

    id: UUID
    kind: str
    account_id: int
    amount_minor: int
    expires_at: datetime
    counts: tuple[Count, ...] = ()


@dataclass(frozen=True, slots=True)
class Capture:
    """Move held money by legs. `final` closes the hold and frees what is left of it; else the rest stays held."""

    id: UUID
    kind: str
    hold_id: UUID
    legs: tuple[Leg, ...]
    final: bool = True


@dataclass(frozen=True, slots=True)
class Release:
    """Free what is left of a hold, and give back what it counted against limits."""

    id: UUID
    kind: str
    hold_id: UUID


@dataclass(frozen=True, slots=True)
class Expire:
    """Free what is left of a hold whose deadline has passed."""

    id: UUID
    kind: str
    hold_id: UUID


@dataclass(frozen=True, slots=True)
class Reverse:
    """Undo a posted or captured entry by its mirror image. Limits are not given back."""

    id: UUID
    kind: str
    original_id: UUID


Item = Post | Reserve | Capture | Release | Expire | Reverse


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item."""

    id: UUID
    outcome: Outcome
    culprit_id: int | None = None
    """For a refusal: the account or limit subject that refused, where one did."""
    remaining_minor: int | None = None
    """For `INSUFFICIENT_FUNDS` what was available, for a limit what was left of it."""

    @property
    def accepted(self) -> bool:
        """Whether the item stands in the book, now or since before."""
        return self.outcome in (Outcome.POSTED, Outcome.REPLAYED)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to open. `floor_minor` is the lowest balance less holds; None means there is none."""

    id: int
    currency: str
    normal_side: Side
    purpose: str
    floor_minor: int | None = 0
    code: str | None = None
    """A name for one of the house's own accounts, unique in the installation."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it stands. The balance is positive on the account's normal side."""

    id: int
    currency: str
    normal_side: Side
    purpose: str
    status: AccountStatus
    floor_minor: int | None
    balance_minor: int
    held_minor: int
    sequence: int
    opened_at: datetime
    code: str | None = None

    @property
    def available_minor(self) -> int:
        """What may leave: the balance less holds less the floor (all of `MAX_MINOR` where there is no floor)."""
        if self.floor_minor is None:
            return MAX_MINOR
        return self.balance_minor - self.held_minor - self.floor_minor


@dataclass(frozen=True, slots=True)
class Funds:
    """What a list of accounts has, before anything is locked: for plans that posting will judge."""

    available_minor: dict[int, int]
    """As `Account.available_minor`, by account; one that is missing does not exist."""
    shut: frozenset[int]
    """The accounts among them that let nothing come in."""
    holds_only: bool
    """Whether the ledger accepts holds only."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal entry. The kinds of operation without legs record what happened to a hold."""

    id: UUID
    booked_at: datetime
    operation: Operation
    kind: str
    legs: tuple[Leg, ...]
    counts: tuple[Count, ...]
    hold_id: UUID | None
    closes_hold: bool
    reverses_id: UUID | None


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an account. `amount_minor` is positive for a debit, negative for a credit."""

    account_id: int
    sequence: int
    entry_id: UUID
    leg: int
    amount_minor: int
    balance_minor: int
    """The account's balance after this posting, positive on its normal side."""
    currency: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A reservation on an account."""

    id: UUID
    account_id: int
    amount_minor: int
    captured_minor: int
    status: HoldStatus
    booked_at: datetime
    expires_at: datetime
    counts: tuple[Count, ...] = ()

    @property
    def remaining_minor(self) -> int:
        """What is still held."""
        return self.amount_minor - self.captured_minor if self.status == HoldStatus.OPEN else 0


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be counted per movement and calendar window; None means no limit."""

    per_movement_minor: int | None = None
    per_day_minor: int | None = None
    per_week_minor: int | None = None
    per_month_minor: int | None = None
    per_year_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """What was counted in the calendar windows that contain one day."""

    day_minor: int = 0
    week_minor: int = 0
    month_minor: int = 0
    year_minor: int = 0


@dataclass(frozen=True, slots=True)
class LimitSubject:
    """Somebody whose movements are counted, over any number of accounts, in one currency and time zone."""

    id: int
    currency: str
    time_zone: str
    limits: Limits = field(default_factory=Limits)
    counted_on: date | None = None
    """The local day of the last count; the used amounts belong to the windows that contain it."""
    used_day_minor: int = 0
    used_week_minor: int = 0
    used_month_minor: int = 0
    used_year_minor: int = 0

    def used_at(self, instant: datetime) -> Used:
        """Return what is used in the windows that contain an instant: those that ended before it count from zero.

        The same rule as in the posting function. Before the last count there is no asking: an earlier instant gets
        what that count left.
        """
        counted, today = self.counted_on, instant.astimezone(ZoneInfo(self.time_zone)).date()
        if counted is None:
            return Used()
        today = max(today, counted)
        return Used(
            self.used_day_minor if today == counted else 0,
            self.used_week_minor if today.isocalendar()[:2] == counted.isocalendar()[:2] else 0,
            self.used_month_minor if (today.year, today.month) == (counted.year, counted.month) else 0,
            self.used_year_minor if today.year == counted.year else 0,
        )


@dataclass(frozen=True, slots=True)
class TrialBalanceLine:
    """All accounts of one currency and side together. The two sides of a currency are equal in a true book."""

    currency: str
    debit_minor: int
    credit_minor: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Seal:
    """A link of the chain that seals the book: a Merkle root over entries, bound to the seal before it."""

    number: int
    sealed_at: datetime
    entry_count: int
    root: bytes
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Maintenance:
    """That the ledger accepts holds only, since when, and what people were told: until when, and why."""

    since: datetime
    until: datetime | None
    """What was announced. Nothing ends by itself then."""
    message: str
    message_zh: str
    """The operator's words in English and in Chinese; either may be empty."""

    def is_late(self, now: datetime) -> bool:
        """Return whether it lasts longer than was announced."""
        return self.until is not None and self.until <= now


@dataclass(frozen=True, slots=True)
class Problem:
    """The first row that a check of the book found wrong."""

    check: str
    row: str
    """The table and the key of the row."""
    detail: str


@dataclass(slots=True)
class Report:
    """What was verified: how many rows of each kind, and the first problem of each check."""

    counts: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether the book is true."""
        return not self.problems
