-- Stage one: one delivery for each listener of the type. Marked, not counted past: ids are not commit order.
WITH taken AS (
    SELECT e.id, e.type FROM base_outbox_event e
    WHERE e.distributed_at IS NULL
    ORDER BY e.id
    LIMIT %s
    FOR UPDATE SKIP LOCKED
), delivered AS (
    INSERT INTO base_outbox_delivery (listener, event_id, failures, last_error, due_at)
    SELECT s.listener, t.id, 0, '', clock_timestamp()
    FROM taken t
    JOIN unnest(%s::text[], %s::text[]) AS s (listener, type) ON s.type = t.type
)
UPDATE base_outbox_event e SET distributed_at = clock_timestamp()
FROM taken t WHERE e.id = t.id
