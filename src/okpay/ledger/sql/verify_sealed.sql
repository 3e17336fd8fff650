-- The first entry that is not in exactly one seal or in the queue of the sealer, or is there without being in the book.
SELECT coalesce(e.id, s.id), e.id IS NOT NULL, coalesce(s.times, 0)
  FROM ledger_entry e
  FULL JOIN (SELECT x.id, count(*) AS times
               FROM (SELECT unnest(entry_ids) AS id FROM ledger_seal
                     UNION ALL SELECT unnest(entry_ids) FROM ledger_unsealed) x GROUP BY x.id) s ON s.id = e.id
 WHERE e.id IS NULL OR s.times IS DISTINCT FROM 1
 ORDER BY 1 LIMIT 1
