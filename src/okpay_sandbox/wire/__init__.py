"""What the wallet speaks to: a mail server, an SMS gateway, a card acquirer, and the control of all for tests."""
