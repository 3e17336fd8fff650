-- Every process hears that these changed, and looks at them anew.
UPDATE identity_api_key
SET revoked_at = coalesce(revoked_at, %(revoked_at)s::timestamptz), changed_at = clock_timestamp()
WHERE id IN (
    SELECT id FROM identity_api_key
    WHERE user_id = %(user_id)s::uuid AND revoked_at IS NULL
    ORDER BY id FOR NO KEY UPDATE
)
