-- The running program announces maintenance: it changes the one row of the mode, and can neither add nor delete it.
GRANT UPDATE (holds_only, since, until, message, message_zh) ON ledger_mode TO okpay_app;
