"""What can be done to wallets. Each verb has a file; they are called through this package."""

from okpay.wallets.actions.mature import add_maturing, carry_maturing, mature_once
from okpay.wallets.actions.open import open_wallet

__all__ = ["add_maturing", "carry_maturing", "mature_once", "open_wallet"]
