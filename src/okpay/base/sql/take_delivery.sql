SELECT d.failures FROM base_outbox_delivery d
WHERE d.listener = %s AND d.event_id = %s AND d.due_at <= clock_timestamp()
FOR UPDATE SKIP LOCKED
