-- An invitation that went out has gone out. The running program's default privileges on new tables are all four.
REVOKE UPDATE ON notifications_invitation FROM okpay_app;
