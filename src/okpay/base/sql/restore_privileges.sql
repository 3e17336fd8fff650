GRANT UPDATE, DELETE ON base_idempotency_key, base_idempotency_answer, base_audit, base_outbox_event TO okpay_app;
