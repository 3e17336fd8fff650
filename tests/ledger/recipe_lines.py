"""What a recipe of docs/ledger.md can say: one class a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from okpay.base.money import Money
from okpay.ledger.records import AccountStatus, Outcome, Side


@dataclass(frozen=True)
class LegLine:
    """`debit A credit B 1.00 USD`"""

    debit: str
    credit: str
    amount: Money


@dataclass(frozen=True)
class ItemLine:
    """One item of a posting list, what it does, and the refusal that is expected of it."""

    line: int
    operation: str
    kind: str
    name: str | None = None
    of: str | None = None
    """The item that this one captures, releases, expires, reverses or repeats."""
    account: str | None = None
    amount: Money | None = None
    lasting: timedelta | None = None
    final: bool = True
    refusal: Outcome | None = None
    legs: tuple[LegLine, ...] = ()
    counts: tuple[tuple[str, Money], ...] = ()


@dataclass(frozen=True)
class Call:
    """Items that go to the posting function as one list."""

    items: list[ItemLine] = field(default_factory=list)


@dataclass(frozen=True)
class Start:
    """`start A 1.00 USD`"""

    account: str
    amount: Money


@dataclass(frozen=True)
class LimitLine:
    """`limit anna per day 1.00 USD`"""

    person: str
    window: str
    amount: Money


@dataclass(frozen=True)
class Wait:
    """`wait 3 days`; without a span, `wait until monday`"""

    span: timedelta | None


@dataclass(frozen=True)
class StatusLine:
    """`status A frozen`"""

    account: str
    status: AccountStatus
    refusal: str | None


@dataclass(frozen=True)
class Maintenance:
    """`maintenance on`"""

    on: bool


@dataclass(frozen=True)
class Expect:
    """`expect A 3.00 USD, 1.00 held, 2.00 available`"""

    line: int
    account: str
    balance: Money
    held: Money
    available: Money | None


@dataclass(frozen=True)
class ExpectCounted:
    """`expect counted anna per day 1.00 USD`"""

    line: int
    person: str
    window: str
    amount: Money


Statement = Call | Start | LimitLine | Wait | StatusLine | Maintenance | Expect | ExpectCounted


@dataclass(frozen=True)
class Block:
    """A fenced recipe as it stands in the page: the heading above it, and its lines with their numbers."""

    title: str
    lines: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class ChartLine:
    """A line of the chart of accounts."""

    purpose: str
    owners: frozenset[str]
    side: Side
    has_floor: bool


def items(statements: list[Statement]) -> Iterator[ItemLine]:
    """Yield every item of a recipe, in order."""
    for statement in statements:
        if isinstance(statement, Call):
            yield from statement.items


def accounts(statements: list[Statement]) -> Iterator[str]:
    """Yield the name of every account that a recipe mentions."""
    for statement in statements:
        if isinstance(statement, Start | StatusLine | Expect):
            yield statement.account
    for item in items(statements):
        yield from (name for leg in item.legs for name in (leg.debit, leg.credit))
        if item.account is not None:
            yield item.account


def purpose_of(account: str) -> str:
    """Return the purpose that an account's name stands for: `available` for `anna/available`."""
    return account.rpartition("/")[2]
