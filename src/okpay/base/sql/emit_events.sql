INSERT INTO base_outbox_event (id, type, version, occurred_at, subject, data)
SELECT e.id, e.type, e.version, e.occurred_at, e.subject, e.data::jsonb
FROM unnest(%s::uuid[], %s::text[], %s::smallint[], %s::timestamptz[], %s::uuid[], %s::text[])
    AS e (id, type, version, occurred_at, subject, data)
