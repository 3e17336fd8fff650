GRANT UPDATE (is_called) ON funding_top_up TO okpay_app;
