-- The first difference between journal and postings, for one share of all entries: a leg that was not posted as one
-- debit and one credit, or a posting that no leg stands behind.
WITH journal AS (
    SELECT e.id, u.leg, side.account_id, side.amount
      FROM ledger_entry e, unnest(e.debit_account_ids, e.credit_account_ids, e.amounts_minor) WITH ORDINALITY
           u (debit, credit, amount, leg), LATERAL (VALUES (u.debit, u.amount), (u.credit, -u.amount)) side (account_id, amount)
     WHERE get_byte(uuid_send(e.id), 15) %% %(shares)s = %(share)s
), posted AS (
    SELECT p.entry_id, p.leg, p.account_id, p.amount_minor, p.sequence
      FROM ledger_posting p WHERE get_byte(uuid_send(p.entry_id), 15) %% %(shares)s = %(share)s
)
SELECT coalesce(j.id, p.entry_id), coalesce(j.leg, p.leg), coalesce(j.account_id, p.account_id), j.amount, p.amount_minor, p.sequence
  FROM journal j FULL JOIN posted p
    ON p.entry_id = j.id AND p.leg = j.leg AND p.account_id = j.account_id AND p.amount_minor = j.amount
 WHERE j.id IS NULL OR p.entry_id IS NULL
 ORDER BY 1, 2 LIMIT 1
