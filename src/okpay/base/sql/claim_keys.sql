-- In sorted order, so that two batches with the same keys wait for each other instead of deadlocking.
INSERT INTO base_idempotency_key (principal, key, operation, body_hash, claimed_at, promised)
SELECT c.principal, c.key, c.operation, c.body_hash, %s::timestamptz, c.promised
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bytea[], %s::uuid[])
    AS c (principal, key, operation, body_hash, promised)
ORDER BY c.principal, c.key
ON CONFLICT DO NOTHING
RETURNING principal, key
