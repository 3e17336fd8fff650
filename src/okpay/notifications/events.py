"""Facts that this room writes to the outbox."""

NOTICE_POSTED = "notice_posted"
"""Somebody's inbox has a new line. Subject: the notice; data: `user_id`, `code`."""
