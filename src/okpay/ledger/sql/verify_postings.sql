-- The first posting, among accounts in a range of ids, whose balance does not follow from the posting before it.
SELECT p.account_id, p.sequence, p.balance_minor, p.expected, p.currency, p.account_currency
  FROM (SELECT x.account_id, x.sequence, x.balance_minor, x.currency, a.currency AS account_currency,
               coalesce(lag(x.balance_minor) OVER (PARTITION BY x.account_id ORDER BY x.sequence), 0)
                   + x.amount_minor * a.normal_side AS expected
          FROM ledger_posting x LEFT JOIN ledger_account a ON a.id = x.account_id
         WHERE x.account_id > %(after)s AND x.account_id <= %(to)s) p
 WHERE p.balance_minor IS DISTINCT FROM p.expected OR p.currency IS DISTINCT FROM p.account_currency
 ORDER BY p.account_id, p.sequence LIMIT 1
