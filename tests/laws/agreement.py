"""The laws of movements, asked of a whole database at any moment: book, movements, lines and facts agree."""

from __future__ import annotations

from okpay.base.database import execute_prepared
from okpay.ledger.verification import verify as verify_book
from okpay.movements.records import State
from okpay.movements.verification import verify as verify_movements
from okpay.transfers.verification import verify as verify_transfers

_STATES = ", ".join(f"('{state.name.lower()}', {int(state)})" for state in State)
LAWS = {
    "there is one fact for each event of a timeline": f"""
        SELECT * FROM (
            SELECT e.movement_id, e.state, e.reason, count(*) AS events FROM (
                SELECT movement_id, state, reason FROM movements_event UNION ALL
                SELECT m.id, m.state, m.reason FROM movements_movement m
                 WHERE NOT EXISTS (SELECT FROM movements_event x WHERE x.movement_id = m.id)
            ) e GROUP BY 1, 2, 3) e
          FULL JOIN (
            SELECT o.subject, s.state, o.data ->> 'reason' AS reason, count(*) AS facts FROM base_outbox_event o
              JOIN (VALUES {_STATES}) s (name, state)
                ON s.name = o.data ->> 'state'
             WHERE o.type = 'movement_changed' GROUP BY 1, 2, 3) o
            ON (o.subject, o.state, o.reason) = (e.movement_id, e.state, e.reason)
         WHERE e.events IS DISTINCT FROM o.facts LIMIT 1""",  # noqa: S608 our own names of states
    "a movement has ended once at most": """
        SELECT movement_id FROM movements_event WHERE state >= 10 GROUP BY movement_id HAVING count(*) > 1 LIMIT 1""",
    "nobody but a party has a line": """
        SELECT l.movement_id, l.customer_id FROM movements_line l JOIN movements_movement m ON m.id = l.movement_id
         WHERE l.customer_id NOT IN (coalesce(m.payer_id, m.id), coalesce(m.payee_id, m.id)) LIMIT 1""",
    "what was for one customer goes to no other": """
        SELECT m.id, m.payee_id FROM movements_movement m JOIN customers_customer c ON c.id = m.payee_key
         WHERE m.payee_id <> m.payee_key LIMIT 1""",
    "what was shown to one customer is shown to no other": """
        SELECT subject FROM base_outbox_event WHERE type = 'movement_changed' AND data ->> 'payee_id' IS NOT NULL
         GROUP BY subject HAVING count(DISTINCT data ->> 'payee_id') > 1 LIMIT 1""",
    "no wallet is below zero": """
        SELECT id FROM ledger_account WHERE purpose IN ('available', 'maturing')
           AND (balance_minor < 0 OR balance_minor < held_minor) LIMIT 1""",
    "an answer that was given stands for a movement": """
        SELECT k.key FROM base_idempotency_key k LEFT JOIN base_idempotency_answer a USING (principal, key)
          LEFT JOIN movements_movement m ON m.id = coalesce((a.answer::jsonb ->> 'movement')::uuid, k.promised)
         WHERE (a.key IS NULL OR a.answer::jsonb ? 'movement') AND m.id IS NULL LIMIT 1""",
    "what was answered as promised ended at once": """
        SELECT k.key FROM base_idempotency_key k LEFT JOIN base_idempotency_answer a USING (principal, key)
          LEFT JOIN movements_movement m ON m.id = k.promised
         WHERE a.key IS NULL AND (m.state, m.events) IS DISTINCT FROM (10::smallint, 1::smallint) LIMIT 1""",
    "a movement stands for one answer": """
        SELECT m.id FROM movements_movement m
          LEFT JOIN (SELECT CASE WHEN a.key IS NULL THEN k.promised
                                 ELSE (a.answer::jsonb ->> 'movement')::uuid END AS id
                       FROM base_idempotency_key k LEFT JOIN base_idempotency_answer a USING (principal, key)
                    ) told ON told.id = m.id
         WHERE m.kind = 1 GROUP BY m.id HAVING count(told.id) <> 1 LIMIT 1""",
}  # fmt: skip


def disagreements() -> list[str]:
    """Return what does not agree, each with the first row that shows it."""
    broken = []
    for law, query in LAWS.items():
        row = execute_prepared(query).fetchone()
        if row is not None:
            broken.append(f"{law}, but not {row}")
    for name, verify in (
        ("movements", verify_movements),
        ("transfers", verify_transfers),
        ("book", verify_book),
    ):
        broken += [
            f"{name}, {problem.check}: {problem.row}: {problem.detail}" for problem in verify().problems
        ]
    return broken
