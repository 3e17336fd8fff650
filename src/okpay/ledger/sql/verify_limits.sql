-- The first limit subject whose counters are not what was counted, less what closed holds gave back, in the windows
-- that contain its last day of counting.
WITH counted AS (
    SELECT u.subject_id, e.booked_at, u.amount::numeric AS amount
      FROM ledger_entry e, unnest(e.count_subject_ids, e.count_amounts_minor) u (subject_id, amount)
     WHERE e.count_subject_ids IS NOT NULL
    UNION ALL
    SELECT u.subject_id, h.booked_at, ceil(u.amount::numeric * h.captured_minor / h.amount_minor) - u.amount
      FROM ledger_hold h, unnest(h.count_subject_ids, h.count_amounts_minor) u (subject_id, amount)
     WHERE h.count_subject_ids IS NOT NULL AND h.status <> 1
), dated AS (
    SELECT c.subject_id, (c.booked_at AT TIME ZONE s.time_zone)::date AS day, c.amount
      FROM counted c LEFT JOIN ledger_limit_subject s ON s.id = c.subject_id
), net AS (
    SELECT d.subject_id, s.id IS NULL AS missing, max(d.day) AS last_day,
           coalesce(sum(d.amount) FILTER (WHERE d.day = s.counted_on), 0) AS used_day,
           coalesce(sum(d.amount) FILTER (WHERE date_trunc('week', d.day) = date_trunc('week', s.counted_on)), 0) AS used_week,
           coalesce(sum(d.amount) FILTER (WHERE date_trunc('month', d.day) = date_trunc('month', s.counted_on)), 0) AS used_month,
           coalesce(sum(d.amount) FILTER (WHERE date_trunc('year', d.day) = date_trunc('year', s.counted_on)), 0) AS used_year
      FROM dated d LEFT JOIN ledger_limit_subject s ON s.id = d.subject_id GROUP BY d.subject_id, s.id
)
SELECT coalesce(s.id, n.subject_id), s.counted_on, s.used_day_minor, n.used_day::bigint, s.used_week_minor, n.used_week::bigint,
       s.used_month_minor, n.used_month::bigint, s.used_year_minor, n.used_year::bigint
  FROM ledger_limit_subject s FULL JOIN net n ON n.subject_id = s.id
 WHERE s.id IS NULL OR n.last_day > s.counted_on
    OR (s.used_day_minor, s.used_week_minor, s.used_month_minor, s.used_year_minor)
       IS DISTINCT FROM (coalesce(n.used_day, 0), coalesce(n.used_week, 0), coalesce(n.used_month, 0), coalesce(n.used_year, 0))
 ORDER BY 1 LIMIT 1
