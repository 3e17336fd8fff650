"""Carry out a recipe on the real book, with accounts of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from okpay.base import clock
from okpay.base.ids import new_bigint_id, new_uuid7
from okpay.base.money import Money
from okpay.ledger import actions, queries
from okpay.ledger.errors import SettingRefused
from okpay.ledger.records import (
    Account,
    Capture,
    Count,
    Expire,
    Item,
    Leg,
    LimitSubject,
    NewAccount,
    Outcome,
    Post,
    Release,
    Reserve,
    Reverse,
    Side,
)
from tests.factories.ledger import post
from tests.ledger.recipe_lines import (
    Call,
    ChartLine,
    Expect,
    ExpectCounted,
    ItemLine,
    LimitLine,
    Maintenance,
    Start,
    Statement,
    StatusLine,
    Wait,
    purpose_of,
)

OPENING = "opening"
"""The account that opening balances come from. It is none of the house's: no recipe can name it."""
MONDAY = 0


@dataclass
class Kitchen:
    """What one recipe has opened and posted so far."""

    chart: dict[str, ChartLine]
    account_ids: dict[tuple[str, str], int] = field(default_factory=dict)
    subject_ids: dict[str, int] = field(default_factory=dict)
    posted: dict[str, Item] = field(default_factory=dict)
    entry_ids: list[UUID] = field(default_factory=list)
    unchecked: set[tuple[str, str]] = field(default_factory=set)
    """Accounts that an item changed since the last line that says how they stand."""

    def cook(self, statements: list[Statement]) -> None:
        """Carry out the statements of a recipe in their order and check what each of them says."""
        try:
            for statement in statements:
                self._do(statement)
        finally:
            actions.set_holds_only(False)
        assert not self.unchecked, f"no line says how these stand in the end: {sorted(self.unchecked)}"
        self._check_sums()

    def _do(self, statement: Statement) -> None:
        match statement:
            case Call():
                self._call(statement.items)
            case Start():
                self._start(statement)
            case LimitLine():
                self._limit(statement)
            case Wait():
                clock.advance(statement.span or _until_monday())
            case StatusLine():
                self._set_status(statement)
            case Maintenance():
                actions.set_holds_only(statement.on)
            case Expect():
                self._expect(statement)
            case ExpectCounted():
                self._expect_counted(statement)

    def account_id(self, name: str, currency: str) -> int:
        """Return the account of a name in a currency, opened as the chart says when it is first named."""
        if (name, currency) not in self.account_ids:
            new = NewAccount(new_bigint_id(), currency, Side.CREDIT, OPENING, None)
            if name != OPENING:
                line = self.chart.get(purpose_of(name))
                assert line is not None, f"{name} is not in the chart of accounts"
                assert ("/" in name) == ("house" not in line.owners), f"the chart says who owns {name}"
                floor = 0 if line.has_floor else None
                new = NewAccount(new.id, currency, line.side, line.purpose, floor)
            actions.open_accounts([new])
            self.account_ids[name, currency] = new.id
        return self.account_ids[name, currency]

    def account(self, name: str, currency: str) -> Account:
        """Return an account as it stands."""
        found = queries.account(self.account_id(name, currency))
        assert found is not None
        return found

    def _start(self, start: Start) -> None:
        account = self.account(start.account, start.amount.currency)
        if start.amount.minor:
            other = self.account_id(OPENING, start.amount.currency)
            pair = (account.id, other) if account.normal_side is Side.DEBIT else (other, account.id)
            item = Post(new_uuid7(), "test.opening", (Leg(*pair, start.amount.minor),))
            assert post(item)[0].outcome is Outcome.POSTED

    def _limit(self, line: LimitLine) -> None:
        _stay_clear_of_midnight()
        if line.person not in self.subject_ids:
            self.subject_ids[line.person] = new_bigint_id()
            subject = LimitSubject(self.subject_ids[line.person], line.amount.currency, "UTC")
            actions.open_limit_subjects([subject])
        subject = self._subject(line.person)
        limits = replace(subject.limits, **{f"per_{line.window}_minor": line.amount.minor})
        actions.set_limits(subject_id=subject.id, limits=limits)

    def _subject(self, person: str) -> LimitSubject:
        found = queries.limit_subject(self.subject_ids[person])
        assert found is not None
        return found

    def _call(self, lines: list[ItemLine]) -> None:
        items = [self._item(line) for line in lines]
        before = {key: self.account(*key) for key in self.account_ids}
        results = post(*items)
        for line, item, result in zip(lines, items, results, strict=True):
            expected = line.refusal or (Outcome.REPLAYED if line.operation == "repeat" else Outcome.POSTED)
            shown = f"line {line.line}: {result}"
            assert result.outcome is expected, f"{shown}, expected {expected.name}"
            if line.name is not None:
                self.posted[line.name] = item
            if result.outcome is Outcome.POSTED:
                self.entry_ids.append(item.id)
        for key, account in before.items():
            if self.account(*key) != account:
                assert Outcome.POSTED in {result.outcome for result in results}, f"a refusal changed {key}"
                self.unchecked.add(key)

    def _item(self, line: ItemLine) -> Item:
        legs = tuple(
            Leg(
                self.account_id(leg.debit, leg.amount.currency),
                self.account_id(leg.credit, leg.amount.currency),
                leg.amount.minor,
            )
            for leg in line.legs
        )
        counts = tuple(Count(self.subject_ids[person], amount.minor) for person, amount in line.counts)
        if line.operation == "post":
            return Post(new_uuid7(), line.kind, legs, counts)
        if line.operation == "reserve":
            assert line.account is not None
            assert line.amount is not None
            assert line.lasting is not None
            account_id = self.account_id(line.account, line.amount.currency)
            hold = Reserve(
                new_uuid7(),
                line.kind,
                account_id,
                line.amount.minor,
                clock.now() + line.lasting,
                counts,
            )
            # A capture in the same call may name it already.
            self.posted[line.name or ""] = hold
            return hold
        of = self.posted[line.of or ""]
        match line.operation:
            case "repeat":
                return of
            case "capture":
                return Capture(new_uuid7(), line.kind, of.id, legs, line.final)
            case "release":
                return Release(new_uuid7(), line.kind, of.id)
            case "expire":
                return Expire(new_uuid7(), line.kind, of.id)
        return Reverse(new_uuid7(), line.kind, of.id)

    def _set_status(self, line: StatusLine) -> None:
        mine = [account_id for (name, _), account_id in self.account_ids.items() if name == line.account]
        assert mine, f"{line.account} was not named before, so its currency is not known"
        for account_id in mine:
            refusal = None
            try:
                actions.set_account_status(account_id=account_id, status=line.status)
            except SettingRefused as refused:
                refusal = refused.code
            assert refusal == line.refusal, f"status of {line.account}: {refusal}"

    def _expect(self, line: Expect) -> None:
        currency = line.balance.currency
        account = self.account(line.account, currency)
        stands = [Money(account.balance_minor, currency), Money(account.held_minor, currency)]
        assert stands == [line.balance, line.held], f"line {line.line}: {line.account} stands at {stands}"
        if line.available is not None:
            available = Money(account.available_minor, currency)
            assert available == line.available, f"line {line.line}: available is {available}"
        self.unchecked.discard((line.account, currency))

    def _expect_counted(self, line: ExpectCounted) -> None:
        subject = self._subject(line.person)
        used = Money(getattr(subject, f"used_{line.window}_minor"), subject.currency)
        assert used == line.amount, f"line {line.line}: counted is {used}"

    def _check_sums(self) -> None:
        for entry_id in self.entry_ids:
            entry = queries.entry(entry_id)
            assert entry is not None
            sums: dict[str, int] = {}
            for posting in queries.postings_of_entry(entry):
                sums[posting.currency] = sums.get(posting.currency, 0) + posting.amount_minor
            assert not any(sums.values()), f"{entry.kind} does not sum to zero: {sums}"
        totals: dict[str, int] = {}
        for name, currency in self.account_ids:
            account = self.account(name, currency)
            totals[currency] = totals.get(currency, 0) + account.balance_minor * account.normal_side
        assert not any(totals.values()), f"the accounts of the recipe do not sum to zero: {totals}"


def _until_monday() -> timedelta:
    """Return the span to noon of the next Monday."""
    now = clock.now()
    noon = datetime(now.year, now.month, now.day, 12, tzinfo=UTC)
    return noon + timedelta(days=(MONDAY - now.weekday()) % 7 or 7) - now


def _stay_clear_of_midnight() -> None:
    """Step over a midnight that is near: what a recipe counts on one day must not fall on two."""
    now = clock.now()
    if (now.hour, now.minute) >= (23, 58):
        clock.advance(timedelta(minutes=5))
