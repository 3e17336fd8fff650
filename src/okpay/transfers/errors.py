"""Refusals of this room: a stable code and its data."""

from okpay.base.errors import InvalidInput, Refusal


class InvalidTransfer(InvalidInput):
    """What was asked for cannot be read; nothing was written."""

    codes = frozenset({
        "recipient_unreadable",  # neither an e-mail address nor a telephone number
        "note_too_long",
        "note_unreadable",  # control characters, or characters that turn the direction of writing
        "delay_not_offered",
    })  # fmt: skip


class TransferRefused(Refusal):
    """The transfer cannot be made, or not any more; no money was moved. Amounts in the data are in minor units."""

    codes = frozenset({
        "transfer_to_oneself",
        "transfers_not_offered",  # in the country of one of the two, or between them
        "recipient_other_currency",
        "new_recipients_used_up",  # data: `most`, the number a day
        "fee_changed",  # between the page that showed it and the confirmation
        "funds_missing",  # data: `available_minor`
        "send_limit_reached",  # data: `window`, `remaining_minor`
        "level_allowance",  # data: `remaining_minor`: more needs identity verification
        "payer_frozen",
        "draft_lapsed",
        "transfer_not_pending",  # data: `state`
        "transfer_not_found",
    })  # fmt: skip
