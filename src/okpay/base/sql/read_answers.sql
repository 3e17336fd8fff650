SELECT k.principal, k.key, k.operation, k.body_hash, a.answer, k.promised
FROM unnest(%s::uuid[], %s::text[]) AS c (principal, key)
JOIN base_idempotency_key k ON k.principal = c.principal AND k.key = c.key
LEFT JOIN base_idempotency_answer a ON a.principal = c.principal AND a.key = c.key
