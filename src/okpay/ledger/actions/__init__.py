"""What can be done to the book. Each verb has a file; they are called through this package."""

from okpay.ledger.actions.limits import open_limit_subjects, set_limits
from okpay.ledger.actions.maintenance import end_maintenance, start_maintenance
from okpay.ledger.actions.open import open_accounts, open_house_accounts
from okpay.ledger.actions.post import post_many
from okpay.ledger.actions.seal import seal
from okpay.ledger.actions.settings import lock_accounts, set_account_status, set_floor, set_holds_only

__all__ = [
    "end_maintenance",
    "lock_accounts",
    "open_accounts",
    "open_house_accounts",
    "open_limit_subjects",
    "post_many",
    "seal",
    "set_account_status",
    "set_floor",
    "set_holds_only",
    "set_limits",
    "start_maintenance",
]
