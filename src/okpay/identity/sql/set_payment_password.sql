-- Of two who set it at once, or who both want to replace the same one, the second waits here and sees the first's.
INSERT INTO identity_payment_password AS kept (user_id, digits_hash, times_set, set_at, wrong_count)
SELECT %(user_id)s::uuid, %(digits_hash)s::text, 1, %(now)s::timestamptz, 0
WHERE coalesce(%(replaces)s::int, 0) = 0
    OR EXISTS (SELECT 1 FROM identity_payment_password WHERE user_id = %(user_id)s::uuid)
ON CONFLICT (user_id) DO UPDATE
SET digits_hash = excluded.digits_hash, times_set = kept.times_set + 1, set_at = excluded.set_at,
    wrong_count = 0, blocked_until = NULL
WHERE %(replaces)s::int IS NULL OR kept.times_set = %(replaces)s::int
RETURNING times_set
