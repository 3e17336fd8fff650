-- In the order in which they are used, so that the two never wait for each other in a circle.
DELETE FROM identity_payment_confirmation
WHERE id IN (
    SELECT id FROM identity_payment_confirmation
    WHERE user_id = %s::uuid AND used_at IS NULL
    ORDER BY id FOR UPDATE
)
