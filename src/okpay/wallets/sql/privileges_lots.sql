-- The running program adds lots, puts them off, and takes away those whose day has come.
REVOKE UPDATE ON wallets_maturing_lot FROM okpay_app;
GRANT UPDATE (due_at) ON wallets_maturing_lot TO okpay_app;
