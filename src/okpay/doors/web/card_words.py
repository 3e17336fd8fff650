"""What the pages for cards and top-ups say to a code: what happened, what became of the money, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from okpay.base.amounts import format_money
from okpay.base.money import Money
from okpay.doors.web import refusal_words
from okpay.movements.records import Reason

WORDS: dict[str, Promise] = {
    **refusal_words.WORDS,
    # Cards
    "card_unknown": _("This card is no longer among your cards. Nothing was charged. Choose another one."),
    "card_expired": _("This card has expired. Nothing was charged. Add the new one, or choose another."),
    "card_page_unknown": _("This form is not open any more. No card was added."),
    "card_page_lapsed": _("The form was open too long. No card was added. Open it again."),
    "card_page_unfinished": _("No card was entered. Enter it in the form, or go back to your cards."),
    "card_added_already": _("You have added this card before. It is in the list."),
    "cards_used_up": _(
        "You have %(most)s cards, and more cannot be added. Remove one that you no longer use."
    ),
    "acquirer_unavailable": _(
        "The company that takes the cards does not answer at the moment. Nothing was charged, and no card was added."
        " Try again in a few minutes."
    ),
    # Top-ups
    "top_ups_not_offered": _("Topping up from a card is not offered in your country. Nothing was charged."),
    "top_up_allowance": _(
        "Before your identity is verified you may top up %(remaining)s at once. Nothing was charged. Choose a smaller"
        " amount."
    ),
    "top_up_limit_reached": _(
        "This is more than you may still top up (%(remaining)s are left). Nothing was charged. Account centre, My"
        " limits, shows when it renews."
    ),
    "top_up_ceiling": _(
        "With this you would hold more than your verification level allows (%(remaining)s are left). Nothing was"
        " charged. Choose a smaller amount."
    ),
    "top_up_during_maintenance": _("During maintenance no card is charged. Come back when it is over."),
    "wallet_frozen": _(
        "Your account is being checked, and nothing can come in meanwhile. Nothing was charged."
    ),
    "top_up_lapsed": _("This page was open too long. Nothing was charged. Write the top-up again."),
    "fee_changed": _("The fee has changed since it was shown to you. Nothing was charged. Look at it again."),
    "fee_exceeds_amount": _(
        "The fee would be more than the amount. Nothing was charged. Choose a larger amount."
    ),
    "no_schedule": _("This cannot be done in this currency at the moment. Nothing was charged."),
    "key_reused": _("This page was used for another top-up. Nothing was charged twice. Write it again."),
    "shutting_down": _(
        "The wallet is being started anew. Nothing was charged. Press the button again in a moment."
    ),
}
"""A sentence for every code that these pages can meet."""

ADVICE: dict[Reason, Promise] = {
    Reason.CARD_DECLINED: _("Its bank does not tell us why. Ask the bank, or use another card."),
    Reason.CARD_INSUFFICIENT_FUNDS: _("Choose a smaller amount, or use another card."),
    Reason.CARD_EXPIRED: _("Add the new card, or use another one."),
    Reason.CARD_CODE_WRONG: _("Remove the card and add it again with its security code, or use another one."),
    Reason.CARD_ERROR: _("Try again in a few minutes, or use another card."),
    Reason.CARD_REMOVED: _("Add the card again, or use another one."),
}
"""What to do after a decline."""


def said(code: str, data: Mapping[str, Any], currency: str = "") -> str:
    """Return the sentence for a code; amounts in its data, in minor units of a currency, are written for people."""
    language = get_language() or "en"
    values = {
        name.removesuffix("_minor"): format_money(Money(value, currency), language)
        if name.endswith("_minor")
        else value
        for name, value in data.items()
        if isinstance(value, int)
    }
    return str(WORDS[code]) % values if values else str(WORDS[code])
