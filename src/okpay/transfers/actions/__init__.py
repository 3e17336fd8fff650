"""What can be done to transfers. Each verb has a file; they are called through this package."""

from okpay.transfers.actions.bulk import claim_bulks
from okpay.transfers.actions.draft import clear_old, draft_transfer, read_note, read_recipient
from okpay.transfers.actions.send import send_lists, send_many
from okpay.transfers.actions.settle import cancel_many, settle_once
from okpay.transfers.actions.wake import WAKES, wake

__all__ = [
    "WAKES",
    "cancel_many",
    "claim_bulks",
    "clear_old",
    "draft_transfer",
    "read_note",
    "read_recipient",
    "send_lists",
    "send_many",
    "settle_once",
    "wake",
]
