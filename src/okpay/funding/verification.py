"""Hold every top-up against the book, and name the first row of each kind that is not as it should be.

Each is held, booked whole, or given back; which of them is what its movement says. Whether the acquirer agrees is asked
by `okpay funding reconcile`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.db import transaction

from okpay.base.database import execute_prepared
from okpay.customers import queries as customers
from okpay.customers.records import Customer
from okpay.funding import models
from okpay.funding.actions.start import AUTHORISED, CLEARING, FEES, hold_id
from okpay.ledger import queries as book
from okpay.ledger.records import Count, Entry, Hold, HoldStatus, Problem, Report
from okpay.movements import queries as movements
from okpay.movements.records import Kind, Movement, State
from okpay.regions.records import Flow
from okpay.wallets import queries as wallets
from okpay.wallets.records import Wallet

AT_A_TIME = 1_000
ENDED = {State.COMPLETED: HoldStatus.CAPTURED, State.DECLINED: HoldStatus.RELEASED}
ENTRIES = ("topup.authorise", "topup.capture", "topup.void")
Progress = Callable[[str, int, int], None]
"""Called with the name of a check, how many of its parts are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class _Page:
    """Some top-ups, with all that the book and this room know of them."""

    found: Sequence[Movement]
    people: dict[UUID, Customer]
    wallets: dict[tuple[UUID, str], Wallet]
    entries: dict[UUID, Entry]
    holds: dict[UUID, Hold]
    intents: dict[UUID, models.TopUp]


def verify(progress: Progress = lambda check, done, total: None) -> Report:
    """Verify that money is held, was booked or given back, and is counted against limits, as each top-up's state says.

    Reads one consistent picture while the program goes on working; writes nothing.
    """
    report = Report()
    with transaction.atomic():
        execute_prepared("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        execute_prepared("SET LOCAL plan_cache_mode = force_custom_plan")
        total = report.counts["top-ups"] = movements.count_of(Kind.TOP_UP)
        seen: Counter[str] = Counter()
        currencies: set[str] = set()
        done, intents, wrong = 0, 0, dict[str, Problem]()
        for page in _pages():
            for movement in page.found:
                for check, detail in _faults(page, movement):
                    problem = Problem(check, f"movements_movement id={movement.id}", detail)
                    wrong.setdefault(check, problem)
            currencies |= {movement.currency for movement in page.found}
            seen.update(entry.kind for entry in page.entries.values())
            intents += len(page.intents)
            done += len(page.found)
            progress("top-ups and book", done, total)
        report.problems += wrong.values()
        report.problems += [*_strays(intents), *_unknown(seen), *_authorised(currencies)]
        progress("what belongs to no top-up", 1, 1)
    return report


def _pages() -> Iterator[_Page]:
    after: UUID | None = None
    while found := movements.of_kind(Kind.TOP_UP, after=after, limit=AT_A_TIME):
        after = found[-1].id
        people = [one.payee_id for one in found if one.payee_id is not None]
        ours: dict[tuple[UUID, str], Wallet] = {}
        for currency in {one.currency for one in found}:
            for owner, wallet in wallets.wallets_of(people, currency).items():
                ours[owner, currency] = wallet
        rows = models.TopUp.objects.filter(movement_id__in=[one.id for one in found])
        yield _Page(
            found,
            customers.customers(set(people)),
            ours,
            book.entries([id_ for one in found for id_ in _entry_ids(one.id)]),
            book.holds([hold_id(one.id) for one in found]),
            {row.movement_id: row for row in rows},
        )


def _entry_ids(movement_id: UUID) -> tuple[UUID, UUID, UUID]:
    return hold_id(movement_id), uuid5(movement_id, "capture"), uuid5(movement_id, "void")


def _faults(page: _Page, movement: Movement) -> Iterator[tuple[str, str]]:
    """Yield the name of each check that a top-up fails, with what is wrong."""
    intent, hold = page.intents.get(movement.id), page.holds.get(hold_id(movement.id))
    if intent is None or hold is None or movement.payee_id not in page.people:
        yield "parts", f"has intent {intent}, hold {hold}, payee {movement.payee_id}"
        return
    owed = (movement.payee_id, movement.currency, movement.amount_minor, movement.fee_minor)
    if owed != (intent.customer_id, intent.currency, intent.amount_minor, intent.fee_minor):
        yield "intents", f"is for {owed}, and asked of the acquirer is something else"
    if (intent.due_at is None) != movement.state.is_final:
        yield "intents", f"is {movement.state.name}, and due at {intent.due_at}"
    status = ENDED.get(movement.state, HoldStatus.OPEN)
    captured = movement.total.minor if status is HoldStatus.CAPTURED else 0
    authorised = book.house_account_id(AUTHORISED, movement.currency)
    wanted = (authorised, movement.total.minor, captured, status)
    if wanted != (hold.account_id, hold.amount_minor, hold.captured_minor, hold.status):
        yield "holds", f"is {movement.state.name}, and has {hold}"
    moved, expected = _moved(page, movement), _expected(page, movement)
    if moved != expected:
        yield (
            "book",
            f"is {movement.state.name}: account by account the book moved {moved}, expected {expected}",
        )
    counts = [
        count for id_ in _entry_ids(movement.id) if id_ in page.entries for count in page.entries[id_].counts
    ]
    subject = page.people[movement.payee_id].subject_id(Flow.TOP_UP)
    if counts != [Count(subject, movement.amount_minor)]:
        yield "limits", f"counted {counts}, expected {movement.amount_minor} for {subject}"


def _moved(page: _Page, movement: Movement) -> dict[int, int]:
    """Return by how much a top-up's entries changed each account, debits negative."""
    moved: Counter[int] = Counter()
    for id_ in _entry_ids(movement.id):
        for leg in page.entries[id_].legs if id_ in page.entries else ():
            moved[leg.debit_account_id] -= leg.amount_minor
            moved[leg.credit_account_id] += leg.amount_minor
    return {account_id: minor for account_id, minor in sorted(moved.items()) if minor}


def _expected(page: _Page, movement: Movement) -> dict[int, int]:
    if movement.state is not State.COMPLETED or movement.payee_id is None:
        return {}
    currency = movement.currency
    wallet = page.wallets.get((movement.payee_id, currency))
    expected = {
        book.house_account_id(CLEARING, currency): -movement.total.minor,
        wallet.maturing_account_id if wallet else 0: movement.amount_minor,
        book.house_account_id(FEES, currency): movement.fee_minor,
    }
    return {account_id: minor for account_id, minor in sorted(expected.items()) if minor}


def _strays(intents: int) -> Iterator[Problem]:
    count = models.TopUp.objects.count()
    if count != intents:
        detail = f"there are {count}, and {intents} belong to movements"
        yield Problem("intents without a top-up", "funding_top_up", detail)


def _unknown(seen: Counter[str]) -> Iterator[Problem]:
    """Compare how many entries the book has of each kind with how many belong to top-ups."""
    counts = book.entry_counts("topup.")
    for kind in ENTRIES:
        if counts.get(kind, 0) != seen[kind]:
            detail = f"there are {counts.get(kind, 0)}, and {seen[kind]} belong to top-ups"
            yield Problem("entries without a top-up", f"ledger_entry kind={kind}", detail)
            return


def _authorised(currencies: set[str]) -> Iterator[Problem]:
    ids = [book.house_account_id(AUTHORISED, currency) for currency in sorted(currencies)]
    for account in book.accounts_by_id(ids).values():
        if account.balance_minor:
            detail = f"has {account.balance_minor} minor units on it, and never has any"
            yield Problem("authorised", f"ledger_account id={account.id}", detail)
            return
