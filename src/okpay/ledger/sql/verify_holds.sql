-- The first hold that is not what its entries made of it: reserved, captured by legs that lower its account, closed.
WITH history AS (
    SELECT e.hold_id, count(*) FILTER (WHERE e.operation = 2) AS reserved,
           sum(taken.minor) AS captured,
           max(CASE WHEN e.operation = 3 AND e.closes_hold THEN 2 WHEN e.operation = 4 THEN 3 WHEN e.operation = 5 THEN 4 END)
               AS closed, count(*) FILTER (WHERE e.operation IN (4, 5) OR (e.operation = 3 AND e.closes_hold)) AS closings
      FROM ledger_entry e
      LEFT JOIN LATERAL (
           SELECT sum(u.amount) AS minor
             FROM unnest(e.debit_account_ids, e.credit_account_ids, e.amounts_minor) u (debit, credit, amount)
             JOIN ledger_hold h ON h.id = e.hold_id JOIN ledger_account a ON a.id = h.account_id
            WHERE e.operation = 3 AND CASE a.normal_side WHEN -1 THEN u.debit ELSE u.credit END = a.id) taken ON true
     WHERE e.hold_id IS NOT NULL GROUP BY e.hold_id
), expected AS (
    SELECT coalesce(h.id, y.hold_id) AS id, h.account_id, h.captured_minor, h.status, coalesce(y.captured, 0)::bigint AS captured,
           coalesce(y.closed, CASE WHEN y.captured = h.amount_minor THEN 2 ELSE 1 END) AS expected_status,
           y.reserved, y.closings
      FROM ledger_hold h FULL JOIN history y ON y.hold_id = h.id
)
SELECT id, account_id, captured_minor, captured, status, expected_status FROM expected
 WHERE account_id IS NULL OR reserved IS DISTINCT FROM 1 OR closings > 1 OR captured_minor <> captured OR status <> expected_status
 ORDER BY id LIMIT 1
