-- The running program's default privileges on new tables are all four.
REVOKE UPDATE ON transfers_draft, transfers_waiting FROM okpay_app;
GRANT UPDATE (check_at) ON transfers_waiting TO okpay_app;
REVOKE UPDATE, DELETE ON transfers_contact, transfers_lookup FROM okpay_app;
REVOKE UPDATE, DELETE ON transfers_lookup_day FROM okpay_app;
GRANT UPDATE (addresses) ON transfers_lookup_day TO okpay_app;
