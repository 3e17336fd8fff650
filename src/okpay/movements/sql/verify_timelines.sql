-- The first movement whose events do not lead to where it stands: none missing, each step one that is allowed. One
-- that ended when it was opened has none.
WITH stepped AS (
    SELECT e.*, lag(e.state) OVER (PARTITION BY e.movement_id ORDER BY e.sequence) AS before FROM movements_event e
), told AS (
    SELECT s.movement_id, count(*) AS events, max(s.sequence) AS last_sequence,
           (array_agg(s.state ORDER BY s.sequence DESC))[1] AS state,
           (array_agg(s.reason ORDER BY s.sequence DESC))[1] AS reason,
           (array_agg(s.turn ORDER BY s.sequence DESC))[1] AS turn,
           (array_agg(s.at ORDER BY s.sequence DESC))[1] AS at,
           string_agg(s.state::text, ', ' ORDER BY s.sequence) AS path,
           bool_and(coalesce((s.before, s.state) IN (SELECT * FROM unnest(%(before)s::smallint[], %(after)s::smallint[])),
                             s.state = ANY (%(first)s::smallint[]))) AS allowed
      FROM stepped s GROUP BY s.movement_id
)
SELECT coalesce(m.id, t.movement_id), m.state, m.events, t.path
  FROM movements_movement m FULL JOIN told t ON t.movement_id = m.id
 WHERE CASE WHEN t.movement_id IS NULL
            THEN (m.events, m.state, m.changed_at) IS DISTINCT FROM (1::smallint, 10::smallint, m.created_at)
            ELSE m.id IS NULL OR NOT t.allowed
    OR (m.events, m.events, m.state, m.reason, m.turn, m.changed_at)
       IS DISTINCT FROM (t.events, t.last_sequence, t.state, t.reason, t.turn, t.at)
       END
 ORDER BY 1 LIMIT 1
