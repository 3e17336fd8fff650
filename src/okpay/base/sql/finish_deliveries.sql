DELETE FROM base_outbox_delivery d WHERE d.listener = %s AND d.event_id = ANY (%s::uuid[])
