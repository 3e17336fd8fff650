"""What a refusal says to people: what happened, what became of the money, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from okpay.base.amounts import format_money
from okpay.base.money import Money
from okpay.doors.web.accounts.payment_passwords import FAULT_WORDS

WORDS: dict[str, Promise] = {
    # What cannot be read
    "recipient_unreadable": _(
        "This is neither an e-mail address nor a phone number. Write a number from abroad with its country code."
    ),
    "note_too_long": _("The note is too long: 140 characters at most."),
    "note_unreadable": _("The note has characters that cannot be shown."),
    "delay_not_offered": _("Choose one of the times that are offered."),
    "amount_malformed": _("Write an amount in figures, such as 12.50."),
    "amount_ambiguous": _("This could be read in two ways. Write the amount with all its decimals."),
    "amount_too_precise": _("This currency does not have so many decimals."),
    "amount_not_positive": _("Write an amount above zero."),
    "amount_out_of_range": _("This is more than can be moved."),
    "currency_unknown": _("Choose one of your wallets."),
    # What is refused
    "transfer_to_oneself": _("This is your own address. Money can be sent to others only."),
    "transfers_not_offered": _("Transfers between your country and theirs are not offered."),
    "recipient_other_currency": _(
        "This person’s wallet holds another currency, so they cannot receive this one."
    ),
    "new_recipients_used_up": _(
        "You have looked up as many new people today as one may in a day. Nothing was sent. Send to people you have"
        " sent to before, or come back tomorrow."
    ),
    "fee_changed": _("The fee has changed since it was shown to you. Nothing was sent. Look at it again."),
    "fee_exceeds_amount": _(
        "The fee would be more than the amount. Nothing was sent. Choose a larger amount."
    ),
    "no_schedule": _("This cannot be done in this currency at the moment. Nothing was sent."),
    "funds_missing": _(
        "You have %(available)s. That is not enough for the amount and its fee. Nothing was sent."
    ),
    "send_limit_reached": _(
        "This is more than you may still send (%(remaining)s are left). Nothing was sent. Account centre, My limits,"
        " shows when it renews."
    ),
    "level_allowance": _(
        "Before your identity is verified you may move %(remaining)s at once. Nothing was sent. Choose a smaller"
        " amount."
    ),
    "payer_frozen": _("Your account is being checked, and nothing can be sent meanwhile. Nothing was sent."),
    "draft_lapsed": _("This page was open too long. Nothing was sent. Write the transfer again."),
    "key_reused": _(
        "This page was used for another transfer. Nothing was sent twice. Write the transfer again."
    ),
    **{str(fault): words for fault, words in FAULT_WORDS.items()},
    "transfer_not_found": _("There is no such transfer of yours."),
    "transfer_not_pending": _("It has ended meanwhile, so it cannot be cancelled any more."),
    # Not now
    "overloaded": _(
        "There is too much to do at the moment. It is not certain whether it was done: press the button again on this"
        " page, and it is done once at most."
    ),
    "database_unavailable": _(
        "The book does not answer. It is not certain whether it was done: press the button again on this page, and it"
        " is done once at most."
    ),
    "shutting_down": _(
        "The wallet is being started anew. Nothing was sent. Press the button again in a moment."
    ),
}
"""A sentence for every code that a page for moving money can meet."""

_MINOR = "_minor"


def said(code: str, data: Mapping[str, Any], currency: str) -> str:
    """Return the sentence for a code; amounts in its data, in minor units of a currency, are written for people."""
    language = get_language() or "en"
    values = {
        name.removesuffix(_MINOR): format_money(Money(value, currency), language)
        for name, value in data.items()
        if name.endswith(_MINOR) and isinstance(value, int)
    }
    return str(WORDS[code]) % values if values else str(WORDS[code])
