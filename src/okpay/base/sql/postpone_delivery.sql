UPDATE base_outbox_delivery
SET failures = failures + 1, last_error = %s, due_at = clock_timestamp() + %s::interval
WHERE listener = %s AND event_id = %s
