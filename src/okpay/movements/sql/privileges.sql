-- The running program writes movements, and only brings them into their next state. Its default privileges on new
-- tables are all four.
REVOKE UPDATE, DELETE ON movements_movement, movements_event, movements_line FROM okpay_app;
GRANT UPDATE (state, reason, turn, next_step, deadline_at, payee_id, events, changed_at) ON movements_movement TO okpay_app;
