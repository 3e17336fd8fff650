INSERT INTO movements_movement (id, kind, state, reason, turn, next_step, deadline_at, currency, amount_minor, fee_minor,
                                payer_id, payee_id, payee_key, note, events, created_at, changed_at)
SELECT * FROM unnest(%s::uuid[], %s::smallint[], %s::smallint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
                     %s::text[], %s::bigint[], %s::bigint[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[],
                     %s::smallint[], %s::timestamptz[], %s::timestamptz[])
