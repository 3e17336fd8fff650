"""What can be done to movements. Each verb has a file; they are called through this package."""

from okpay.movements.actions.advance import advance_many, lock_many
from okpay.movements.actions.feed import FEEDS, feed
from okpay.movements.actions.once import answer_each
from okpay.movements.actions.open import open_many

__all__ = ["FEEDS", "advance_many", "answer_each", "feed", "lock_many", "open_many"]
