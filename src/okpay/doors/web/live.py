"""The channel of the database on which open pages are told; known without any table, before the program is set up."""

CHANNEL = "okpay_live"
