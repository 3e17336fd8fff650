-- A key stays what it was made as: its uses are noted, and it is revoked. Default privileges on new tables are all four.
REVOKE UPDATE, DELETE ON identity_api_key FROM okpay_app;
GRANT UPDATE (last_used_at, last_used_from, revoked_at, changed_at) ON identity_api_key TO okpay_app;
