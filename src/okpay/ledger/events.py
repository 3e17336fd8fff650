"""Facts about the book as a whole. Their subject is the nil UUID, since there is one book and it has no id."""

MAINTENANCE_STARTED = "maintenance_started"
"""From now on the ledger accepts holds only. Data: `since`, `until` (or null), as ISO 8601."""
MAINTENANCE_ENDED = "maintenance_ended"
"""The ledger accepts everything again. Data: `since`, `until`, as they were announced."""
