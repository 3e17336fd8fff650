"""Fill a database of the bench's people with as many past transfers as wanted, by a few statements over whole sets.

Each is what a transfer that arrived at once leaves behind: an entry with two postings, a movement with a line and an
event for both, the fact in the outbox, the key, and the contact. Balances go on from posting to posting, so that the
book, the movements and the transfers verify. They lie in the two years before the last one, where no limit counts them
any more. Three things are not as the program leaves them: nothing is sealed yet (the entries lie in the sealer's
queue), the hashes under the keys are of no request, and references in the search texts are made up.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

import psycopg

HEAVY = 10
"""So many people receive a fifth of all transfers, the same number each: their records are long."""
_EVERY = 5
_SEALED_AT_ONCE = 500
_PERSON = """
CREATE UNLOGGED TABLE grown_person AS
SELECT substring(u.email FROM '[0-9]+')::int AS number, u.email, u.display_name AS name, c.id AS customer_id,
       w.available_account_id AS account_id, c.send_subject_id, c.receive_subject_id, k.id AS key_id
  FROM identity_user u JOIN customers_customer c ON c.user_id = u.id JOIN wallets_wallet w ON w.owner_id = c.id
  JOIN identity_api_key k ON k.user_id = u.id
"""
_FUNDING_FIRST = (
    # What the people began with lies before everything else.
    "UPDATE ledger_entry SET booked_at = %(from)s - interval '1 day' WHERE kind = 'funding'",
    "UPDATE ledger_posting p SET sequence = (extract(epoch FROM %(from)s - interval '1 day') * 1000000)::bigint"
    " + p.sequence - (SELECT min(sequence) FROM ledger_posting) FROM ledger_entry e"
    " WHERE e.id = p.entry_id AND e.kind = 'funding'",
    "UPDATE ledger_account a SET sequence = p.sequence FROM"
    " (SELECT account_id, max(sequence) AS sequence FROM ledger_posting GROUP BY 1) p WHERE p.account_id = a.id",
)
_TRANSFER = """
CREATE UNLOGGED TABLE grown AS
WITH drawn AS (
    SELECT g, %(from)s + (%(to)s - %(from)s) * (g::double precision / %(count)s) AS at,
           (hashint8extended(g, 1) & 9223372036854775807) AS one, (hashint8extended(g, 2) & 9223372036854775807) AS two,
           md5(g::text) AS noise
      FROM generate_series(1, %(count)s) g
), paired AS (
    SELECT g, at, noise, 1 + two %% 9 AS minor, payee,
           (payee + 1 + (one %% (%(people)s - 1)))::bigint %% %(people)s AS payer
      FROM drawn,
           LATERAL (SELECT two %% CASE WHEN g %% %(every)s = 0 THEN %(heavy)s ELSE %(people)s END AS payee) p
)
SELECT g, date_trunc('microsecond', at) AS at, payer::int, payee::int, minor::bigint,
       (substr(hex, 1, 12) || '7' || substr(noise, 1, 3) || '8' || substr(noise, 4, 15))::uuid AS id,
       (substr(hex, 1, 12) || '7' || substr(noise, 19, 3) || 'a' || substr(noise, 8, 15))::uuid AS event_id, noise
  FROM paired, LATERAL (SELECT lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS hex) h
"""
_JOINED = " FROM grown t JOIN grown_person p ON p.number = t.payer JOIN grown_person q ON q.number = t.payee"
_STEPS = (
    ("entries", """
INSERT INTO ledger_entry (id, booked_at, operation, closes_hold, kind, debit_account_ids, credit_account_ids,
                          amounts_minor, count_subject_ids, count_amounts_minor)
SELECT t.id, t.at, 1, false, 'transfer.send', ARRAY[p.account_id], ARRAY[q.account_id], ARRAY[t.minor],
       ARRAY[p.send_subject_id, q.receive_subject_id], ARRAY[t.minor, t.minor]""" + _JOINED + " ORDER BY t.id"),
    ("postings", """
INSERT INTO ledger_posting (account_id, sequence, entry_id, amount_minor, balance_minor, leg, currency)
SELECT x.account_id, x.sequence, x.entry_id, x.amount_minor,
       a.balance_minor - sum(x.amount_minor) OVER (PARTITION BY x.account_id ORDER BY x.sequence), 1, 'USD'
  FROM (SELECT p.account_id, (extract(epoch FROM t.at) * 1000000)::bigint AS sequence, t.id AS entry_id,
               side.sign * t.minor AS amount_minor
          FROM grown t CROSS JOIN (VALUES (1), (-1)) side (sign)
          JOIN grown_person p ON p.number = CASE side.sign WHEN 1 THEN t.payer ELSE t.payee END) x
  JOIN ledger_account a ON a.id = x.account_id ORDER BY 1, 2"""),
    ("balances", """
UPDATE ledger_account a SET balance_minor = last.balance_minor, sequence = last.sequence
  FROM (SELECT DISTINCT ON (account_id) account_id, balance_minor, sequence FROM ledger_posting
         ORDER BY account_id, sequence DESC) last
 WHERE last.account_id = a.id AND a.purpose = 'available'"""),
    ("the sealer's queue", """
INSERT INTO ledger_unsealed (id, entry_ids)
SELECT (array_agg(t.id ORDER BY t.g))[1], array_agg(t.id ORDER BY t.g) FROM grown t GROUP BY t.g / %(sealed)s"""),
    ("movements", """
INSERT INTO movements_movement (id, amount_minor, fee_minor, created_at, changed_at, payer_id, payee_id, payee_key,
                                kind, state, events, currency, reason, turn, next_step, note)
SELECT t.id, t.minor, 0, t.at, t.at, p.customer_id, q.customer_id, q.customer_id, 1, 10, 1, 'USD', '', 'nobody', '',
       'Lunch'""" + _JOINED + " ORDER BY t.id"),
    ("lines", """
INSERT INTO movements_line (customer_id, at, movement_id, amount_minor, kind, sign, currency, counterparty, search)
SELECT me.customer_id, t.at, t.id, t.minor, 1, -side.sign, 'USD', other.name,
       'lunch ' || lower(other.name) || CASE side.sign WHEN 1 THEN ' ' || other.email ELSE '' END || ' '
       || substr(t.noise, 1, 4) || '-' || substr(t.noise, 5, 4) || '-' || substr(t.noise, 9, 4) || ' 0.0' || t.minor
  FROM grown t CROSS JOIN (VALUES (1), (-1)) side (sign)
  JOIN grown_person me ON me.number = CASE side.sign WHEN 1 THEN t.payer ELSE t.payee END
  JOIN grown_person other ON other.number = CASE side.sign WHEN 1 THEN t.payee ELSE t.payer END ORDER BY 1, 2, 3"""),
    ("events", """
INSERT INTO movements_feed (customer_id, at, event_id, movement_id, state, reason)
SELECT me.customer_id, t.at, t.event_id, t.id, 10, ''
  FROM grown t CROSS JOIN (VALUES (1), (-1)) side (sign)
  JOIN grown_person me ON me.number = CASE side.sign WHEN 1 THEN t.payer ELSE t.payee END ORDER BY 1, 2, 3"""),
    ("facts", """
INSERT INTO base_outbox_event (id, type, version, occurred_at, subject, data, distributed_at)
SELECT t.event_id, 'movement_changed', 1, t.at, t.id, jsonb_build_object('kind', 'transfer', 'state', 'completed',
       'reason', '', 'payer_id', p.customer_id, 'payee_id', q.customer_id), t.at""" + _JOINED + " ORDER BY t.event_id"),
    ("keys", """
INSERT INTO base_idempotency_key (principal, key, operation, body_hash, claimed_at, promised)
SELECT p.key_id, t.noise, 'transfers.send', decode(t.noise || t.noise, 'hex'), t.at, t.id
  FROM grown t JOIN grown_person p ON p.number = t.payer"""),
    ("contacts", """
INSERT INTO transfers_contact (customer_id, address_kind, address, payee_key, added_at)
SELECT DISTINCT ON (1, 3) p.customer_id, 'email', q.email, q.customer_id, t.at""" + _JOINED
     + " ORDER BY 1, 3, 5 ON CONFLICT DO NOTHING"),
)  # fmt: skip


def fill(url: str, *, postings: int, people: int) -> None:
    """Fill the database behind a superuser's URL with half as many transfers as postings are wanted."""
    year = datetime.now(UTC).year
    values = {
        "from": datetime(year - 3, 1, 1, tzinfo=UTC), "to": datetime(year - 1, 1, 1, tzinfo=UTC),
        "count": postings // 2, "people": people, "heavy": min(HEAVY, people), "every": _EVERY,
        "sealed": _SEALED_AT_ONCE,
    }  # fmt: skip
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        # As an owner who means it: the guards against changes of the book are for the program.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET work_mem = '512MB'")
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute(_PERSON)
        for statement in _FUNDING_FIRST:
            connection.execute(statement, values)
        connection.execute(_TRANSFER, values)
        connection.execute("ANALYZE grown, grown_person")
        for name, statement in _STEPS:
            begun = time.monotonic()
            rows = connection.execute(statement, values).rowcount
            print(f"  {name}: {rows:,} rows, {time.monotonic() - begun:.1f} s", file=sys.stderr, flush=True)
        connection.execute("DROP TABLE grown, grown_person")
        connection.execute("VACUUM (ANALYZE, FREEZE)")
