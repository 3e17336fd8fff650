"""Hold what the clients of the API were told against the book and the records: every difference is a miss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from uuid import UUID

from django.db import connection

from okpay.base.database import execute_prepared
from okpay.ledger import queries as book
from okpay.ledger.actions import seal
from okpay.movements import verification as of_movements
from okpay.transfers import verification as of_transfers
from prove.http_journal import Story
from prove.http_people import Holder

Say = Callable[[str], None]
STUCK_SECONDS = 60.0
"""A key that waits longer than this for its answer counts as stuck."""
_ENDS = {
    "completed": {"completed"},
    # What waits goes on when its time has come, or when somebody can receive again.
    "pending": {"pending", "processing", "completed", "cancelled", "returned"},
}
_MAY_REFUSE = frozenset({"funds_missing", "transfer_not_pending"})


def judge(story: Story, holders: Sequence[Holder], say: Say) -> tuple[dict[str, object], list[str]]:
    """Return what was counted, and a sentence for everything that is not as promised."""
    misses = list(story.misses)
    if story.longest_seconds > STUCK_SECONDS:
        misses.append(f"a key waited {story.longest_seconds:.1f} s for its answer")
    say("comparing answers and movements")
    rows = _movements()
    misses += _told(story, holders, rows)
    say("comparing balances")
    misses += _balances(holders, rows)
    misses += _leftovers()
    say("sealing what is not sealed yet")
    while seal() is not None:
        pass
    verified: dict[str, int] = {}
    for name, verify in (
        ("book", book.verify), ("movements", of_movements.verify), ("transfers", of_transfers.verify)
    ):  # fmt: skip
        say(f"verifying: {name}")
        report = verify()
        misses += [f"{name}: {problem}" for problem in report.problems]
        verified |= {f"{name}: {what}": count for what, count in report.counts.items()}
    counts = {
        "keys": len(story.told),
        "answers": {name[8:]: count for name, count in story.counts.items() if name.startswith("answers ")},
        "sent_again_for_want_of_an_answer": story.counts["again"],
        "keys_in_doubt": len(story.doubtful),
        "in_doubt_and_found_done": story.counts["in doubt and found done"],
        "sent_twice_on_purpose": story.counts["twice"],
        "longest_wait_seconds": story.longest_seconds,
        "movements": dict(Counter(row[4] for row in rows.values())),
        "verified": verified,
    }
    return counts, misses


Row = tuple[UUID, UUID | None, int, int, str]
"""Payer, payee, amount and fee in minor units, and state of a movement."""


def _movements() -> dict[str, Row]:
    from okpay.movements.records import State

    found = execute_prepared(
        "SELECT id, payer_id, payee_id, amount_minor, fee_minor, state FROM movements_movement"
    )
    return {str(row[0]): (row[1], row[2], row[3], row[4], State(row[5]).name.lower()) for row in found}


def _told(story: Story, holders: Sequence[Holder], rows: Mapping[str, Row]) -> Iterator[str]:
    """What was accepted is one movement each, of that payer and amount; there are no others."""
    ours, cancelled = dict[str, str](), dict[str, str]()
    for key, told in story.told.items():
        order, answer = told.order, told.answer
        if answer is None:
            yield f"{order.kind} {key} was never answered"
        elif answer.status >= 400 and answer.code not in _MAY_REFUSE:
            yield f"{order.kind} {key} was answered {answer.status} {answer.code}"
        elif order.kind == "cancel":
            cancelled[order.target] = "cancelled" if answer.status == 200 else answer.code
        elif answer.status < 400:
            for wanted, made in zip(order.rows, answer.made, strict=True):
                if made is None:
                    continue
                yield from _one(f"{order.kind} {key}", holders[order.payer], wanted[1], made, rows, ours)
    yield from (f"movement {id_} is there, and nobody was told so" for id_ in rows.keys() - ours.keys())
    for id_, said in cancelled.items():
        if id_ in rows and (rows[id_][4] == "cancelled") != (said == "cancelled"):
            yield f"movement {id_} is {rows[id_][4]}, and who took it back was told {said}"
    for id_, row in rows.items():
        if row[4] == "cancelled" and id_ not in cancelled:
            yield f"movement {id_} is cancelled, and nobody took it back"


def _one(
    name: str,
    payer: Holder,
    minor: int,
    made: tuple[str, str, int],
    rows: Mapping[str, Row],
    ours: dict[str, str],
) -> Iterator[str]:
    id_, state, total = made
    row = rows.get(id_)
    if id_ in ours:
        yield f"{name} and {ours[id_]} were both told of movement {id_}"
    ours[id_] = name
    if row is None:
        yield f"{name} was acknowledged ({state}) and is lost: {id_}"
        return
    if (row[0], row[2], row[2] + row[3]) != (payer.customer_id, minor, total):
        yield f"{name} asked for {minor} by {payer.customer_id}, and movement {id_} is {row}"
    if row[4] not in _ENDS.get(state, {state}):
        yield f"{name} was told {state}, and movement {id_} is {row[4]}"


def _balances(holders: Sequence[Holder], rows: Mapping[str, Row]) -> Iterator[str]:
    """Everybody has what they began with, less what left them, and what came to them; what waits is held."""
    has, held = {one.customer_id: one.funds_minor for one in holders}, Counter[UUID]()
    for payer, payee, amount, fee, state in rows.values():
        if state == "completed":
            has[payer] -= amount + fee
            if payee is not None:
                has[payee] += amount
        elif state in ("pending", "processing"):
            held[payer] += amount + fee
    found = {
        row[0]: (int(row[1]), int(row[2]))
        for row in execute_prepared(
            "SELECT w.owner_id, sum(a.balance_minor), sum(a.held_minor) FROM wallets_wallet w JOIN ledger_account a"
            " ON a.id IN (w.available_account_id, w.maturing_account_id) GROUP BY 1"
        )
    }
    for one in holders:
        wanted = (has[one.customer_id], held[one.customer_id])
        if found[one.customer_id] != wanted:
            yield f"{one.email} has {found[one.customer_id]}, held the second; the records say {wanted}"


def _leftovers() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_xacts")
        (prepared,) = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE pid <> pg_backend_pid()"
            " AND a.backend_type = 'client backend' AND a.xact_start < now() - interval '10 s'"
        )
        (locks,) = cursor.fetchone()
    if locks or prepared:
        yield f"{locks} old locks and {prepared} prepared transactions are left over"
