-- What the running program may not do to these tables. Its default privileges on new tables are all four.
REVOKE UPDATE, DELETE ON base_idempotency_key, base_idempotency_answer, base_audit FROM okpay_app;
REVOKE UPDATE, DELETE ON base_outbox_event FROM okpay_app;
GRANT UPDATE (distributed_at) ON base_outbox_event TO okpay_app;
