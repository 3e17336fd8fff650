-- The running program sets payment passwords and counts attempts, and never takes one away. What was confirmed stays as
-- it was: only that it has been used is noted. Its default privileges on new tables are all four.
REVOKE UPDATE, DELETE ON identity_payment_password FROM okpay_app;
GRANT UPDATE (digits_hash, times_set, set_at, wrong_count, blocked_until) ON identity_payment_password TO okpay_app;
REVOKE UPDATE ON identity_payment_confirmation FROM okpay_app;
GRANT UPDATE (used_at) ON identity_payment_confirmation TO okpay_app;
