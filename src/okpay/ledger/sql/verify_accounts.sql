-- The first account, in a range of ids, that does not stand where its postings and open holds leave it.
SELECT a.id, a.balance_minor, coalesce(last.balance_minor, 0) AS expected_balance,
       a.held_minor, coalesce(held.minor, 0)::bigint AS expected_held, a.sequence, coalesce(last.sequence, 0) AS last_sequence,
       a.floor_minor
  FROM ledger_account a
  LEFT JOIN LATERAL (SELECT p.balance_minor, p.sequence FROM ledger_posting p
                      WHERE p.account_id = a.id ORDER BY p.sequence DESC LIMIT 1) last ON true
  LEFT JOIN (SELECT h.account_id, sum(h.amount_minor - h.captured_minor) AS minor FROM ledger_hold h
              WHERE h.status = 1 GROUP BY h.account_id) held ON held.account_id = a.id
 WHERE a.id > %(after)s AND a.id <= %(to)s
   AND (a.balance_minor <> coalesce(last.balance_minor, 0) OR a.held_minor <> coalesce(held.minor, 0)
        OR a.sequence < coalesce(last.sequence, 0) OR a.balance_minor - a.held_minor < a.floor_minor)
 ORDER BY a.id LIMIT 1
