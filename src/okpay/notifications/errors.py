"""What a caller must be told: only that an address is none. A wrong template or key is a fault of the program."""

from okpay.base.errors import InvalidInput


class RecipientMalformed(InvalidInput):
    """This is neither a mail address nor a telephone number that a message could be sent to."""

    codes = frozenset({"recipient_malformed"})
