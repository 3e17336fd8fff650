WITH asked AS MATERIALIZED (
    SELECT place, id, user_id, binding
    FROM unnest(%s::uuid[], %s::uuid[], %s::bytea[]) WITH ORDINALITY AS a (id, user_id, binding, place)
),
-- Locked in the order of ids. Who waits here sees what the one before has committed.
locked AS MATERIALIZED (
    SELECT c.id, c.user_id, c.binding, c.expires_at, c.used_at
    FROM identity_payment_confirmation c
    WHERE c.id IN (SELECT id FROM asked)
    ORDER BY c.id FOR UPDATE
),
judged AS MATERIALIZED (
    SELECT a.place, a.id, CASE
        WHEN l.id IS NULL OR l.user_id <> a.user_id THEN 'confirmation_unknown'
        WHEN l.binding <> a.binding THEN 'confirmation_other'
        WHEN l.used_at IS NOT NULL THEN 'confirmation_used'
        WHEN l.expires_at <= %s::timestamptz THEN 'confirmation_expired'
    END AS fault
    FROM asked a LEFT JOIN locked l ON l.id = a.id
),
-- Of several in one list the first gets it.
given AS MATERIALIZED (
    SELECT id, min(place) AS place FROM judged WHERE fault IS NULL GROUP BY id
),
used AS (
    UPDATE identity_payment_confirmation c SET used_at = %s::timestamptz FROM given g WHERE c.id = g.id
)
SELECT CASE WHEN j.fault IS NULL AND j.place <> g.place THEN 'confirmation_used' ELSE j.fault END
FROM judged j LEFT JOIN given g ON g.id = j.id
ORDER BY j.place
