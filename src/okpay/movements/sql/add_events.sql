INSERT INTO movements_event (movement_id, sequence, at, state, reason, turn)
SELECT * FROM unnest(%s::uuid[], %s::smallint[], %s::timestamptz[], %s::smallint[], %s::text[], %s::text[])
