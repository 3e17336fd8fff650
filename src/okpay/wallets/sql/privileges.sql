-- The running program opens wallets and reads them. Its default privileges on new tables are all four.
REVOKE UPDATE, DELETE ON wallets_wallet FROM okpay_app;
