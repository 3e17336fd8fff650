"""The ground floor: money, ids, clock, errors, database, batching, idempotency, outbox, audit, encryption.

Owns no noun of the business. Everything here may be used by every room, and imports none of them.
"""
