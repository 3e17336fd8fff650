"""The figures: how fast the book posts, beside pgbench's TPC-B and two peers, on one durable PostgreSQL.

`./okpay bench` runs it; docs/operate/speed.md says what each figure means. Nothing in `src` imports it.
"""
