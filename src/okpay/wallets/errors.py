"""Refusals of this room: a stable code and its data."""

from okpay.base.errors import InvalidInput


class WalletRefused(InvalidInput):
    """The wallet cannot be opened like that; nothing was changed."""

    codes = frozenset({
        "wallet_currency_unknown",  # not a currency of ISO 4217 with a minor unit
    })  # fmt: skip
