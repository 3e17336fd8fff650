-- What somebody was told stays as it was told.
REVOKE UPDATE, DELETE ON movements_feed FROM okpay_app;
