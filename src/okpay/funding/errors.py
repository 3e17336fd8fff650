"""Refusals of this room: a stable code and its data."""

from okpay.base.errors import InvalidInput, Refusal


class CardRefused(Refusal):
    """The card cannot be added or used; nothing was charged."""

    codes = frozenset({
        "card_unknown",  # also where it is somebody else's
        "card_expired",
        "card_page_unknown",  # the return from the acquirer's page: of somebody else, or never opened
        "card_page_lapsed",
        "card_page_unfinished",  # the acquirer has no card for it yet
        "card_added_already",
        "cards_used_up",  # data: `most`
        "acquirer_unavailable",
    })  # fmt: skip


class TopUpRefused(Refusal):
    """The top-up cannot be made; nothing was charged. Amounts in the data are in minor units."""

    codes = frozenset({
        "top_ups_not_offered",
        "top_up_allowance",  # data: `remaining_minor`: the most at once at level 0
        "top_up_limit_reached",  # data: `window`, `remaining_minor`
        "top_up_ceiling",  # data: `remaining_minor`: more may not be held at this level
        "top_up_during_maintenance",
        "wallet_frozen",  # nothing may come in at the moment
        "top_up_lapsed",
    })  # fmt: skip


class EventRefused(InvalidInput):
    """What came as an event of the acquirer is none, or says nothing to us. It changed nothing."""

    codes = frozenset({
        "event_too_large",
        "event_unsigned",  # also where this installation has no secret to check a signature with
        "event_signature_wrong",
        "event_too_old",  # or from the future: five minutes either way
        "event_malformed",
        "event_unknown",  # of a charge that is none of ours
    })  # fmt: skip
