-- The first reversal that is not the mirror image of its original, or is not noted as the only one.
SELECT coalesce(e.id, r.entry_id), coalesce(e.reverses_id, r.original_id)
  FROM (SELECT * FROM ledger_entry WHERE operation = 6) e
  FULL JOIN ledger_reversal r ON r.entry_id = e.id AND r.original_id = e.reverses_id
  LEFT JOIN ledger_entry o ON o.id = e.reverses_id
 WHERE e.id IS NULL OR r.entry_id IS NULL OR o.operation IS NULL OR o.operation NOT IN (1, 3)
    OR (SELECT array_agg((u.d, u.c, u.a) ORDER BY u.n DESC)
          FROM unnest(o.credit_account_ids, o.debit_account_ids, o.amounts_minor) WITH ORDINALITY u (d, c, a, n))
       IS DISTINCT FROM
       (SELECT array_agg((u.d, u.c, u.a) ORDER BY u.n)
          FROM unnest(e.debit_account_ids, e.credit_account_ids, e.amounts_minor) WITH ORDINALITY u (d, c, a, n))
 ORDER BY 1 LIMIT 1
