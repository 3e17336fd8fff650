"""What a transfer that cannot arrive at once waits for, before it is sent and on the page that follows."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from okpay.movements.records import Movement, Reason, State

WAITS: dict[Reason, tuple[Promise, Promise]] = {
    Reason.ADDRESS_NOT_REGISTERED: (
        _("Nobody has registered this address yet"),
        _("We write to the address. Whoever signs up and proves that it is theirs gets the money."),
    ),
    Reason.ADDRESS_NOT_PROVEN: (
        _("This address has not been proven yet"),
        _("Somebody has signed up with it. As soon as they prove that it is theirs, they get the money."),
    ),
    Reason.RECIPIENT_LIMIT: (
        _("This is more than they may receive at the moment"),
        _("It arrives when they have verified their identity, or when their limit renews."),
    ),
    Reason.RECIPIENT_FROZEN: (
        _("They cannot receive money at the moment"),
        _("It arrives by itself as soon as they can."),
    ),
    Reason.MAINTENANCE: (
        _("We are doing maintenance"),
        _("It arrives by itself when we have finished."),
    ),
}
"""A title and a sentence for each reason that a sender can meet before sending."""


def outcome(movement: Movement) -> Promise:
    """Return the heading of the page after sending."""
    if movement.state is State.COMPLETED:
        return _("Sent, and arrived")
    if movement.state is State.CANCELLED:
        return _("Cancelled")
    if movement.state is State.RETURNED:
        return _("Returned")
    return _("Sent, and on its way") if movement.reason is Reason.DELAYED else _("Sent, and waiting")
