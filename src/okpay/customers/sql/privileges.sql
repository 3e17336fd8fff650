-- The running program opens customers, reads them and sets their level. Its default privileges on new tables are all four.
REVOKE UPDATE, DELETE ON customers_customer FROM okpay_app;
GRANT UPDATE (level) ON customers_customer TO okpay_app;
