-- The running program's default privileges on new tables are all four.
REVOKE UPDATE, DELETE ON funding_card, funding_top_up FROM okpay_app;
GRANT UPDATE (removed_at) ON funding_card TO okpay_app;
GRANT UPDATE (charge_id, tries, first_called_at, may_be_charged, due_at) ON funding_top_up TO okpay_app;
REVOKE UPDATE ON funding_card_page, funding_draft FROM okpay_app;
GRANT UPDATE (session_id, used_at) ON funding_card_page TO okpay_app;
