"""The ways out: a mail server by SMTP, an SMS provider by HTTP, both behind one protocol."""
