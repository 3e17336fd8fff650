"""The sandbox: the outside world of a trial, in a process and on a host name of its own.

Owns what a laptop cannot have. So far that is a mail server, an SMS gateway and a card acquirer, pages that show what
arrived and what was charged, and switches that make them fail. It speaks real protocols (SMTP, HTTP) and sends nothing
on to anybody but the wallet.

It never imports `okpay`, and `okpay` never imports it: they meet on a wire. It must not run in production.
"""
