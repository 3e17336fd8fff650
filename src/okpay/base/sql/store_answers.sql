INSERT INTO base_idempotency_answer (principal, key, answer)
SELECT a.principal, a.key, a.answer
FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS a (principal, key, answer)
