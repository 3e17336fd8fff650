"""Hold every transfer against the book, and name the first row of each kind that is not as it should be.

Each transfer is either whole in the book, whole in holds, or not there at all; which of them is what its movement says.
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
from okpay.ledger import queries as book
from okpay.ledger.records import Count, Entry, Hold, HoldStatus, Problem, Report
from okpay.movements import queries as movements
from okpay.movements.records import Kind, Movement, State
from okpay.regions.records import Flow
from okpay.transfers import models, plan
from okpay.transfers.plan import Split
from okpay.wallets import queries as wallets
from okpay.wallets.records import Wallet

AT_A_TIME = 1_000
ENDED = {
    State.COMPLETED: HoldStatus.CAPTURED,
    State.CANCELLED: HoldStatus.RELEASED,
    State.RETURNED: HoldStatus.EXPIRED,
}
Progress = Callable[[str, int, int], None]
"""Called with the name of a check, how many of its parts are done, and how many there are."""
_PURPOSES = ("maturing", "available")


@dataclass(frozen=True, slots=True)
class _Page:
    """Some transfers, with all that the book and this room know of them."""

    found: Sequence[Movement]
    people: dict[UUID, Customer]
    wallets: dict[tuple[UUID, str], Wallet]
    entries: dict[UUID, Entry]
    holds: dict[UUID, Hold]
    waiting: dict[UUID, models.Waiting]


def verify(progress: Progress = lambda check, done, total: None) -> Report:
    """Verify that money moved, is held, or came back, and is counted against limits, as each transfer's state says.

    Reads one consistent picture while the program goes on working; writes nothing.
    """
    report = Report()
    with transaction.atomic():
        execute_prepared("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        execute_prepared("SET LOCAL plan_cache_mode = force_custom_plan")
        total = report.counts["transfers"] = movements.count_of(Kind.TRANSFER)
        seen: Counter[str] = Counter()
        currencies: set[str] = set()
        done, wrong = 0, dict[str, Problem]()
        for page in _pages():
            for movement in page.found:
                for check, detail in _faults(page, movement):
                    problem = Problem(check, f"movements_movement id={movement.id}", detail)
                    wrong.setdefault(check, problem)
            currencies |= {movement.currency for movement in page.found}
            seen.update(entry.kind for entry in page.entries.values())
            done += len(page.found)
            progress("transfers and book", done, total)
        report.problems += wrong.values()
        report.problems += [*_strays(report), *_unknown(seen), *_in_transit(currencies)]
        progress("what belongs to no transfer", 1, 1)
    return report


def _pages() -> Iterator[_Page]:
    after: UUID | None = None
    while found := movements.of_kind(Kind.TRANSFER, after=after, limit=AT_A_TIME):
        after = found[-1].id
        people = {id_ for one in found for id_ in (one.payer_id, one.payee_id) if id_ is not None}
        ids = [id_ for one in found for id_ in _entry_ids(one.id)]
        waiting = models.Waiting.objects.filter(movement_id__in=[one.id for one in found])
        yield _Page(
            found,
            customers.customers(people),
            wallets.wallets_of(people, {one.currency for one in found}),
            book.entries(ids),
            book.holds([plan.hold_id(one.id, purpose) for one in found for purpose in _PURPOSES]),
            {row.movement_id: row for row in waiting},
        )


def _entry_ids(movement_id: UUID) -> Iterator[UUID]:
    """Yield every id under which the book may know a transfer."""
    yield movement_id
    yield uuid5(movement_id, "arrive")
    for purpose in _PURPOSES:
        yield plan.hold_id(movement_id, purpose)
        for name in ("complete", "cancel", "expire"):
            yield uuid5(movement_id, f"{name}.{purpose}")


def _faults(page: _Page, movement: Movement) -> Iterator[tuple[str, str]]:
    """Yield the name of each check that a transfer fails, with what is wrong."""
    holds = {
        purpose: hold
        for purpose in _PURPOSES
        if (hold := page.holds.get(plan.hold_id(movement.id, purpose))) is not None
    }
    waiting = page.waiting.get(movement.id)
    if (waiting is not None) != (movement.state is State.PENDING):
        yield "waiting", f"is {movement.state.name}, and what waits is {waiting}"
    parties = [id_ for id_ in (movement.payer_id, movement.payee_id) if id_ is not None]
    missing = [
        id_ for id_ in parties if id_ not in page.people or (id_, movement.currency) not in page.wallets
    ]
    if missing or movement.payer_id is None:
        yield "parties", f"has no payer, or one without a wallet: {missing}"
        return
    payer = page.people[movement.payer_id]
    moved = _moved(page, movement)
    if moved != (expected := _expected(page, movement, holds)):
        yield (
            "book",
            f"is {movement.state.name}: account by account the book moved {moved}, expected {expected}",
        )
    yield from _hold_faults(page, movement, holds, waiting)
    counted, due = _counted(page, movement, holds), _due(page, movement, payer)
    if counted != due:
        yield "limits", f"is {movement.state.name}: counted {counted}, expected {due}"


def _moved(page: _Page, movement: Movement) -> dict[int, int]:
    """Return by how much a transfer's entries changed each account: all stand on the credit side."""
    moved: Counter[int] = Counter()
    for id_ in _entry_ids(movement.id):
        for leg in page.entries[id_].legs if id_ in page.entries else ():
            moved[leg.debit_account_id] -= leg.amount_minor
            moved[leg.credit_account_id] += leg.amount_minor
    return {account_id: minor for account_id, minor in sorted(moved.items()) if minor}


def _expected(page: _Page, movement: Movement, holds: dict[str, Hold]) -> dict[int, int]:
    """Return by how much a transfer should have changed each account; card money stays card money."""
    if movement.state is not State.COMPLETED or movement.payer_id is None or movement.payee_id is None:
        return {}
    payer = page.wallets[movement.payer_id, movement.currency]
    payee = page.wallets[movement.payee_id, movement.currency]
    split = _held(holds) if holds else _taken(page.entries.get(movement.id), payer)
    sent, fee = split.part(movement.amount_minor)
    expected: Counter[int] = Counter()
    expected[payer.maturing_account_id] -= split.maturing_minor
    expected[payer.available_account_id] -= movement.total.minor - split.maturing_minor
    expected[payee.maturing_account_id] += sent.maturing_minor
    expected[payee.available_account_id] += movement.amount_minor - sent.maturing_minor
    expected[book.house_account_id(plan.FEES, movement.currency)] += movement.fee_minor
    assert fee.total_minor <= movement.fee_minor
    return {account_id: minor for account_id, minor in sorted(expected.items()) if minor}


def _held(holds: dict[str, Hold]) -> Split:
    parts = [holds[purpose].amount_minor if purpose in holds else 0 for purpose in _PURPOSES]
    return Split(*parts)


def _taken(entry: Entry | None, payer: Wallet) -> Split:
    """Return what an entry took from each account of the payer's."""
    taken = [
        sum(leg.amount_minor for leg in entry.legs if leg.debit_account_id == account_id) if entry else 0
        for account_id in (payer.maturing_account_id, payer.available_account_id)
    ]
    return Split(*taken)


def _hold_faults(
    page: _Page, movement: Movement, holds: dict[str, Hold], waiting: models.Waiting | None
) -> Iterator[tuple[str, str]]:
    assert movement.payer_id is not None
    if not holds:
        if movement.state is not State.COMPLETED:
            yield "holds", f"is {movement.state.name}, and nothing was held"
        return
    payer = page.wallets[movement.payer_id, movement.currency]
    on = {"maturing": payer.maturing_account_id, "available": payer.available_account_id}
    status = ENDED.get(movement.state, HoldStatus.OPEN)
    if _held(holds).total_minor != movement.total.minor:
        yield "holds", f"holds {_held(holds)}, expected {movement.total.minor} in all"
    for purpose, hold in holds.items():
        captured = hold.amount_minor if status is HoldStatus.CAPTURED else 0
        if (hold.account_id, hold.status, hold.captured_minor) != (on[purpose], status, captured):
            yield "holds", f"is {movement.state.name}, and has {hold}"
        if waiting is not None and hold.expires_at != waiting.expires_at:
            yield "holds", f"waits until {waiting.expires_at}, and has {hold}"
    if waiting is not None and _held(holds) != Split(
        waiting.held_maturing_minor, waiting.held_available_minor
    ):
        yield "holds", f"holds {_held(holds)}, and what waits says something else"


def _counted(page: _Page, movement: Movement, holds: dict[str, Hold]) -> list[Count]:
    """Return what a transfer counts against limits: given back where its holds were."""
    entries = [page.entries[id_] for id_ in _entry_ids(movement.id) if id_ in page.entries]
    released = {
        hold.id for hold in holds.values() if hold.status in (HoldStatus.RELEASED, HoldStatus.EXPIRED)
    }
    counts = [count for entry in entries if entry.id not in released for count in entry.counts]
    return sorted(counts, key=lambda count: count.subject_id)


def _due(page: _Page, movement: Movement, payer: Customer) -> list[Count]:
    due = []
    if movement.state in (State.COMPLETED, State.PENDING):
        due.append(Count(payer.subject_id(Flow.SEND), movement.amount_minor))
    if movement.state is State.COMPLETED and movement.payee_id is not None:
        payee = page.people[movement.payee_id]
        due.append(Count(payee.subject_id(Flow.RECEIVE), movement.amount_minor))
    return sorted(due, key=lambda count: count.subject_id)


def _strays(report: Report) -> Iterator[Problem]:
    """Look for what waits without a transfer."""
    report.counts["waiting"] = 0
    after = UUID(int=0)
    while True:
        rows = models.Waiting.objects.filter(movement_id__gt=after).order_by("movement_id")
        ids = list(rows.values_list("movement_id", flat=True)[:AT_A_TIME])
        if not ids:
            return
        report.counts["waiting"] += len(ids)
        after = ids[-1]
        found = movements.movements(ids)
        for id_ in ids:
            if id_ not in found or found[id_].kind is not Kind.TRANSFER:
                yield Problem("waiting", f"transfers_waiting movement_id={id_}", "is no transfer")
                return


def _unknown(seen: Counter[str]) -> Iterator[Problem]:
    """Compare how many entries the book has of each kind with how many belong to transfers."""
    for kind, count in book.entry_counts("transfer.").items():
        if count != seen[kind]:
            detail = f"there are {count}, and {seen[kind]} belong to transfers"
            yield Problem("entries without a transfer", f"ledger_entry kind={kind}", detail)
            return


def _in_transit(currencies: set[str]) -> Iterator[Problem]:
    ids = [book.house_account_id(plan.TRANSIT, currency) for currency in sorted(currencies)]
    for account in book.accounts_by_id(ids).values():
        if account.balance_minor:
            detail = f"has {account.balance_minor} minor units on it, and is empty between transactions"
            yield Problem("transit", f"ledger_account id={account.id}", detail)
            return
