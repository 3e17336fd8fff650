-- Stage two: what is due for one listener and nobody else is working on.
WITH taken AS (
    SELECT d.event_id, d.due_at FROM base_outbox_delivery d
    WHERE d.listener = %s AND d.due_at <= clock_timestamp()
    ORDER BY d.due_at, d.event_id
    LIMIT %s
    FOR UPDATE SKIP LOCKED
)
SELECT e.id, e.type, e.version, e.occurred_at, e.subject, e.data
FROM taken t JOIN base_outbox_event e ON e.id = t.event_id
ORDER BY t.due_at, e.id
