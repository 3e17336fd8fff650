"""The sandbox: the outside world of a trial, in a process and on a host name of its own.

Owns what a laptop cannot have. So far that is a mail server and an SMS gateway, pages that show what arrived, and
switches that make both fail. It speaks real protocols (SMTP, HTTP) and sends nothing on to anybody.

It never imports `okpay`, and `okpay` never imports it: they meet on a wire. It must not run in production.
"""
