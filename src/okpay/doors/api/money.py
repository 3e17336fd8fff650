"""What every operation that moves money checks of the amounts it was sent."""

from __future__ import annotations

from okpay.base.money import InvalidCurrency, MixedCurrencies, Money
from okpay.doors.api import wire
from okpay.doors.api.callers import Callers
from okpay.doors.api.calls import Call
from okpay.doors.api.problems import problem_of


async def check_currency(call: Call, callers: Callers, amount: wire.Money, place: str) -> None:
    """Make sure that the caller has a wallet in the currency of an amount.

    Raises: Problem `currency_unknown`.
    """
    if amount.currency in call.caller.currencies:
        return
    # They may have opened one since the key was looked up.
    call.caller = await callers.refresh(call.caller)
    if amount.currency not in call.caller.currencies:
        raise problem_of(InvalidCurrency("currency_unknown"), place=f"{place}/amount/currency")


def quoted_fee(fee: wire.FeeAmount | None, amount: wire.Money) -> Money | None:
    """Return the fee that the caller was quoted, or None where they take what the schedule says.

    Raises: MixedCurrencies `mixed_currencies`.
    """
    if fee is None:
        return None
    if fee.currency != amount.currency:
        raise MixedCurrencies("mixed_currencies", field="fee/currency")
    return Money(fee.amount, fee.currency)
