"""Refusals of this room: a stable code and its data. `country_not_supported` is that of the regions."""

from okpay.base.errors import InvalidInput


class CustomerRefused(InvalidInput):
    """The customer cannot be opened, set or read like that; nothing was changed."""

    codes = frozenset({
        "customer_not_found",
        "customer_country_conflict",  # the user is a customer in another country already
        "level_unknown",  # verification levels are 0 to 3
    })  # fmt: skip
