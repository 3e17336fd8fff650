"""Judge the proof of chaos: what people were told, the movements, the book and the acquirer must be one story."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from okpay.base import clock
from okpay.base.database import execute_prepared
from okpay.base.retrying import renew_connection
from okpay.funding import verification as of_top_ups
from okpay.funding.providers.choice import acquirer
from okpay.funding.providers.protocol import Outcome
from okpay.ledger import queries as book
from okpay.movements import verification as of_movements
from okpay.transfers import verification as of_transfers
from prove.chaos_clients import Tale
from prove.saying import Say


def advance(step: timedelta) -> None:
    """Move the clock of the installation forward."""
    renew_connection()
    clock.advance(step)


def wait_for_quiet(seconds: float, say: Say) -> list[str]:
    """Wait until nothing is under way but what waits for its time or its recipient; return a miss if it never is."""
    deadline = time.monotonic() + seconds
    while True:
        renew_connection()
        under_way = _under_way()
        say(f"waiting for quiet: {under_way}")
        if not any(under_way.values()):
            return []
        if time.monotonic() > deadline:
            return [f"after {seconds:.0f} seconds there still was under way: {under_way}"]
        time.sleep(0.5)


def judge(tale: Tale, say: Say) -> tuple[dict[str, object], list[str]]:
    """Compare everything with everything; return figures and misses."""
    misses: list[str] = []
    misses += _told(tale)
    misses += _pasts()
    for name, verify in (
        ("book", book.verify),
        ("movements", of_movements.verify),
        ("transfers", of_transfers.verify),
        ("top-ups", of_top_ups.verify),
    ):
        say(f"verifying: {name}")
        misses += [f"{name}: {problem}" for problem in verify().problems]
    say("comparing with the acquirer")
    misses += _acquirer()
    misses += _sums()
    states = Counter(
        {f"{kind} {state}": count for kind, state, count in execute_prepared(
            "SELECT CASE kind WHEN 1 THEN 'transfer' ELSE 'top-up' END, state, count(*) FROM movements_movement"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        )}
    )  # fmt: skip
    return {"told": dict(tale.counts()), "movements_by_state": dict(states)}, misses


def _under_way() -> dict[str, int]:
    asked = {
        "top-ups": "SELECT count(*) FROM funding_top_up WHERE due_at IS NOT NULL",
        "transfers due": "SELECT count(*) FROM transfers_waiting w JOIN movements_movement m ON m.id = w.movement_id"
        " WHERE w.expires_at <= base_now_v1() OR (m.reason = 'delayed' AND w.arrives_at <= base_now_v1())",
        "facts": "SELECT count(*) FROM base_outbox_event WHERE distributed_at IS NULL",
        "deliveries": "SELECT count(*) FROM base_outbox_delivery WHERE listener = 'transfers'",
    }
    found = {}
    for name, query in asked.items():
        row = execute_prepared(query).fetchone()
        assert row is not None
        found[name] = row[0]
    return found


def _told(tale: Tale) -> list[str]:
    """What was accepted is one movement of that amount; what was refused is none; and there are no others."""
    rows = execute_prepared(
        "SELECT k.key, k.operation, told.id::text, m.amount_minor, m.kind"
        "  FROM base_idempotency_key k LEFT JOIN base_idempotency_answer a USING (principal, key)"
        " CROSS JOIN LATERAL (SELECT CASE WHEN a.key IS NULL THEN k.promised"
        "                                 ELSE (a.answer::jsonb ->> 'movement')::uuid END AS id) told"
        "  LEFT JOIN movements_movement m ON m.id = told.id"
        " WHERE k.operation IN ('transfers.send', 'funding.top_up')"
    ).fetchall()
    kept = {key: (movement, minor) for key, _, movement, minor, _ in rows}
    misses, seen = [], set[str]()
    for key, told in tale.told.items():
        movement, minor = kept.pop(str(key), (None, None))
        if told.outcome == "accepted" and (movement is None or minor != told.amount_minor):
            misses.append(
                f"{told.kind} {key} was accepted with {told.amount_minor}, and there is {movement} {minor}"
            )
        elif told.outcome != "accepted" and movement is not None:
            misses.append(f"{told.kind} {key} was {told.outcome}, and there is {movement}")
        if movement is not None and movement in seen:
            misses.append(f"movement {movement} stands for two keys")
        seen.add(str(movement))
    misses += [f"{key} was never asked for, and there is {found}" for key, found in kept.items() if found[0]]
    row = execute_prepared("SELECT count(*) FROM movements_movement").fetchone()
    accepted = sum(told.outcome == "accepted" for told in tale.told.values())
    if row is None or row[0] != accepted:
        misses.append(f"{accepted} were accepted, and there are {row} movements")
    return misses


def _pasts() -> list[str]:
    """Nothing was unknown past its deadline, and nothing is unfinished."""
    rows = execute_prepared(
        "SELECT id, state, turn FROM movements_movement WHERE state < 10 LIMIT 20"
    ).fetchall()
    misses = [f"movement {row[0]} has not ended: {row[1]}, {row[2]}" for row in rows]
    late = execute_prepared(
        "SELECT DISTINCT movement_id FROM movements_event WHERE state = 3 AND turn = 'operator' LIMIT 20"
    ).fetchall()
    return [*misses, *(f"movement {row[0]} was unknown past its deadline" for row in late)]


def _acquirer() -> list[str]:
    """Each charge of the acquirer's is one completed top-up of its amount, and there are no others."""
    found = acquirer()
    assert found is not None
    rows = execute_prepared(
        "SELECT id, amount_minor + fee_minor, state FROM movements_movement WHERE kind = 2"
    ).fetchall()
    ours, charged, misses = {row[0]: (row[1], row[2]) for row in rows}, Counter[UUID](), list[str]()
    for charge in found.charges(since=datetime(2020, 1, 1, tzinfo=UTC)):
        if charge.outcome is not Outcome.SUCCEEDED:
            continue
        minor, state = ours.get(charge.order_id, (None, None)) if charge.order_id else (None, None)
        if minor != charge.amount.minor or state != 10 or charge.order_id is None:
            misses.append(
                f"acquirer: charge {charge.charge_id} of {charge.amount.minor} is {minor} in state {state}"
            )
        else:
            charged[charge.order_id] += 1
    misses += [
        f"acquirer: top-up {key} was charged {times} times" for key, times in charged.items() if times > 1
    ]
    completed = {key for key, (_, state) in ours.items() if state == 10}
    return [*misses, *(f"acquirer: top-up {key} was never charged" for key in completed - charged.keys())]


def _sums() -> list[str]:
    """What people have is what their cards were charged; what the acquirer owes is all of it; nothing is in between."""
    row = execute_prepared(
        "SELECT coalesce(sum(balance_minor) FILTER (WHERE purpose IN ('available', 'maturing')), 0),"
        " coalesce(sum(balance_minor) FILTER (WHERE purpose = 'acquirer.clearing'), 0),"
        " coalesce(sum(balance_minor) FILTER (WHERE purpose LIKE 'fees.%'), 0),"
        " coalesce(sum(held_minor), 0),"
        " coalesce(sum(balance_minor) FILTER (WHERE purpose = 'transfer.transit'), 0) FROM ledger_account"
    ).fetchone()
    charged = execute_prepared(
        "SELECT coalesce(sum(amount_minor), 0), coalesce(sum(fee_minor), 0) FROM movements_movement"
        " WHERE kind = 2 AND state = 10"
    ).fetchone()
    assert row is not None
    assert charged is not None
    people, clearing, fees, held, transit = map(int, row)
    amounts, paid = map(int, charged)
    misses = []
    if people != amounts:
        misses.append(f"people have {people}, and their cards were charged {amounts} for them")
    if clearing != amounts + paid or people + fees != clearing:
        misses.append(f"the acquirer owes {clearing}, people have {people}, fees are {fees}, paid {paid}")
    if held or transit:
        misses.append(f"{held} are still held, {transit} in transit")
    return misses
