-- The first movement with a party who does not have one line of it, with the right amount, or with a line of a stranger.
WITH due AS (
    SELECT id, payer_id AS customer_id, -1 AS sign, amount_minor + fee_minor AS amount_minor, currency, kind
      FROM movements_movement WHERE payer_id IS NOT NULL
    UNION ALL
    SELECT id, payee_id, 1, amount_minor, currency, kind FROM movements_movement WHERE payee_id IS NOT NULL
), written AS (
    SELECT movement_id, customer_id, count(*) AS lines, min(sign) AS sign, min(amount_minor) AS amount_minor,
           min(currency) AS currency, min(kind) AS kind
      FROM movements_line GROUP BY movement_id, customer_id
)
SELECT coalesce(d.id, w.movement_id), coalesce(d.customer_id, w.customer_id), coalesce(w.lines, 0),
       w.sign * w.amount_minor, d.sign * d.amount_minor
  FROM due d FULL JOIN written w ON w.movement_id = d.id AND w.customer_id = d.customer_id
 WHERE (d.sign, d.amount_minor, d.currency, d.kind, 1::bigint)
       IS DISTINCT FROM (w.sign, w.amount_minor, w.currency, w.kind, w.lines)
 ORDER BY 1, 2 LIMIT 1
