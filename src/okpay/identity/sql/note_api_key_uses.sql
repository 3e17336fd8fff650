WITH latest AS MATERIALIZED (
    SELECT DISTINCT ON (id) id, used_at, used_from
    FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[]) AS u (id, used_at, used_from)
    ORDER BY id, used_at DESC
),
-- In the order of ids, as every statement that changes several keys.
locked AS MATERIALIZED (
    SELECT k.id FROM identity_api_key k
    WHERE k.id IN (SELECT id FROM latest)
    ORDER BY k.id FOR NO KEY UPDATE
)
-- Processes tell of their uses in any order, and the latest counts.
UPDATE identity_api_key k
SET last_used_at = l.used_at, last_used_from = l.used_from::inet
FROM latest l
WHERE k.id = l.id AND k.id IN (SELECT id FROM locked)
    AND (k.last_used_at IS NULL OR k.last_used_at < l.used_at)
