"""What can be done with cards and top-ups. Each verb has a file; they are called through this package."""

from okpay.funding.actions.card_pages import drop_card, fetch_card, go_to_page
from okpay.funding.actions.cards import add_card, note_page, open_page, remove_card
from okpay.funding.actions.charge import charge_due, charge_once, wake_top_up
from okpay.funding.actions.draft import clear_old, draft_top_up
from okpay.funding.actions.hear import hear_event
from okpay.funding.actions.reconcile import reconcile
from okpay.funding.actions.start import start_top_ups

__all__ = [
    "add_card",
    "charge_due",
    "charge_once",
    "clear_old",
    "draft_top_up",
    "drop_card",
    "fetch_card",
    "go_to_page",
    "hear_event",
    "note_page",
    "open_page",
    "reconcile",
    "remove_card",
    "start_top_ups",
    "wake_top_up",
]
