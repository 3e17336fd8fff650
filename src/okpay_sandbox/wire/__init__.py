"""What the wallet speaks to: a mail server, an SMS gateway, and the control of both for tests."""
