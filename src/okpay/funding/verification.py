"""Hold every top-up against the book, and name the first row of each kind that is not as it should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
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
Progress = Callable[[str, int, int], None]
"""Called with the name of a check, how many of its parts are done, and how many there are."""
_ENDED = {State.COMPLETED: HoldStatus.CAPTURED, State.DECLINED: HoldStatus.RELEASED}


def verify(progress: Progress = lambda check, done, total: None) -> Report:
    """Verify that each top-up is booked whole, is under way, or left no trace, as its state says.

    Reads one consistent picture while the program goes on working; writes nothing.
    """
    report = Report()
    with transaction.atomic():
        execute_prepared("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        execute_prepared("SET LOCAL plan_cache_mode = force_custom_plan")
        total = report.counts["top-ups"] = movements.count_of(Kind.TOP_UP)
        wrong: dict[str, Problem] = {}
        seen: Counter[str] = Counter()
        currencies: set[str] = set()
        done, after = 0, None
        while page := movements.of_kind(Kind.TOP_UP, after=after, limit=AT_A_TIME):
            after = page[-1].id
            currencies |= {movement.currency for movement in page}
            for movement, check, detail in _faults(page, seen):
                wrong.setdefault(check, Problem(check, f"movements_movement id={movement.id}", detail))
            done += len(page)
            progress("top-ups and book", done, total)
        report.problems += [*wrong.values(), *_unknown(seen), *_authorised(currencies)]
        progress("what belongs to no top-up", 1, 1)
    return report


def _faults(page: list[Movement], seen: Counter[str]) -> Iterator[tuple[Movement, str, str]]:
    """Yield what is wrong with each top-up of a page; count the entries that belong to them."""
    ids = [id_ for movement in page for id_ in _entry_ids(movement.id)]
    entries = book.entries(ids)
    seen.update(entry.kind for entry in entries.values())
    holds = book.holds([hold_id(movement.id) for movement in page])
    intents = {
        row.movement_id: row for row in models.TopUp.objects.filter(movement_id__in=[one.id for one in page])
    }
    owners = {movement.payee_id for movement in page if movement.payee_id is not None}
    people = customers.customers(owners)
    purses = wallets.wallets_of(owners, {movement.currency for movement in page})
    for movement in page:
        owner_id = movement.payee_id
        if owner_id is None or owner_id not in people or (owner_id, movement.currency) not in purses:
            yield movement, "parties", "is nobody's, or that of somebody without a wallet"
            continue
        checks = (
            ("book", _book_fault(movement, entries, purses[owner_id, movement.currency])),
            ("holds", _hold_fault(movement, holds.get(hold_id(movement.id)))),
            ("limits", _limit_fault(movement, entries, people[owner_id])),
            ("intents", _intent_fault(movement, intents.get(movement.id))),
        )
        for check, detail in checks:
            if detail:
                yield movement, check, detail


def _entry_ids(movement_id: UUID) -> tuple[UUID, UUID, UUID]:
    return hold_id(movement_id), uuid5(movement_id, "capture"), uuid5(movement_id, "void")


def _book_fault(movement: Movement, entries: dict[UUID, Entry], wallet: Wallet) -> str:
    moved: Counter[int] = Counter()
    for id_ in _entry_ids(movement.id):
        for leg in entries[id_].legs if id_ in entries else ():
            moved[leg.debit_account_id] += leg.amount_minor
            moved[leg.credit_account_id] -= leg.amount_minor
    expected: Counter[int] = Counter()
    if movement.state is State.COMPLETED:
        expected[book.house_account_id(CLEARING, movement.currency)] += movement.total.minor
        expected[wallet.maturing_account_id] -= movement.amount_minor
        expected[book.house_account_id(FEES, movement.currency)] -= movement.fee_minor
    found, due = ({id_: minor for id_, minor in each.items() if minor} for each in (moved, expected))
    return f"is {movement.state.name}: the book debited {found}, expected {due}" if found != due else ""


def _hold_fault(movement: Movement, hold: Hold | None) -> str:
    status = _ENDED.get(movement.state, HoldStatus.OPEN)
    captured = movement.total.minor if status is HoldStatus.CAPTURED else 0
    account_id = book.house_account_id(AUTHORISED, movement.currency)
    expected = (account_id, movement.total.minor, status, captured)
    if hold is None or (hold.account_id, hold.amount_minor, hold.status, hold.captured_minor) != expected:
        return f"is {movement.state.name}, and has {hold}"
    return ""


def _limit_fault(movement: Movement, entries: dict[UUID, Entry], owner: Customer) -> str:
    counted = [count for id_ in _entry_ids(movement.id) if id_ in entries for count in entries[id_].counts]
    due = [Count(owner.subject_id(Flow.TOP_UP), movement.amount_minor)]
    return f"counted {counted}, expected {due}" if counted != due else ""


def _intent_fault(movement: Movement, intent: models.TopUp | None) -> str:
    if intent is None:
        return "has no intent"
    said = (intent.customer_id, intent.currency, intent.amount_minor, intent.fee_minor, intent.due_at is None)
    expected = (
        movement.payee_id,
        movement.currency,
        movement.amount_minor,
        movement.fee_minor,
        movement.state.is_final,
    )
    return f"is {movement.state.name}, and its intent says {said}" if said != expected else ""


def _unknown(seen: Counter[str]) -> Iterator[Problem]:
    """Compare how many entries of these kinds the book has with how many belong to top-ups."""
    for kind, count in book.entry_counts("topup.").items():
        if kind in ("topup.authorise", "topup.capture", "topup.void") and count != seen[kind]:
            detail = f"there are {count}, and {seen[kind]} belong to top-ups"
            yield Problem("entries without a top-up", f"ledger_entry kind={kind}", detail)
            return


def _authorised(currencies: set[str]) -> Iterator[Problem]:
    ids = [book.house_account_id(AUTHORISED, currency) for currency in sorted(currencies)]
    for account in book.accounts_by_id(ids).values():
        if account.balance_minor:
            detail = f"has {account.balance_minor} minor units on it, and is empty between transactions"
            yield Problem("authorised", f"ledger_account id={account.id}", detail)
            return
