"""A typed client for the API of an OKPay wallet, on the standard library alone."""

from okpay_client.client import Client, new_transfer
from okpay_client.errors import OkpayError, Unanswered
from okpay_client.transport import Patience

__all__ = ["Client", "OkpayError", "Patience", "Unanswered", "new_transfer"]
