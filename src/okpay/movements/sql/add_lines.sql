INSERT INTO movements_line (customer_id, at, movement_id, kind, sign, amount_minor, currency, counterparty, search)
SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::smallint[], %s::smallint[], %s::bigint[],
                     %s::text[], %s::text[], %s::text[])
