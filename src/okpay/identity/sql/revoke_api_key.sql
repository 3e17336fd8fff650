-- Of two who revoke it at once the second waits here, and finds it revoked.
UPDATE identity_api_key SET revoked_at = %(now)s::timestamptz, changed_at = clock_timestamp()
WHERE id = %(id)s::uuid AND user_id = %(user_id)s::uuid AND revoked_at IS NULL
