-- Parallel guesses stand in line for the row. One that is taken counts before its hash is looked at, and the last one
-- that may be wrong blocks; after the block the count begins anew.
UPDATE identity_payment_password
SET wrong_count = wrong_count %% %(most)s::int + 1,
    blocked_until = CASE WHEN wrong_count = %(most)s::int - 1 THEN %(until)s::timestamptz END
WHERE user_id = %(user_id)s::uuid AND (blocked_until IS NULL OR blocked_until <= %(now)s::timestamptz)
RETURNING digits_hash, times_set, wrong_count, blocked_until
