INSERT INTO movements_feed (customer_id, at, event_id, movement_id, state, reason)
SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::uuid[], %s::smallint[], %s::text[])
ON CONFLICT DO NOTHING
