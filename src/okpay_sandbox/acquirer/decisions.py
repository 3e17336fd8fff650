"""What a card's behaviour decides about a charge."""

from __future__ import annotations

from dataclasses import dataclass

from okpay_sandbox.acquirer.records import Behaviour, Decline, Status

SLOW_SECONDS = 8.0
PROCESSING_SECONDS = 20

DECLINES = {
    Behaviour.DECLINED: Decline("card_declined", "generic_decline", "Your card was declined."),
    Behaviour.INSUFFICIENT: Decline("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    Behaviour.EXPIRED: Decline("expired_card", "expired_card", "Your card has expired."),
    Behaviour.WRONG_CODE: Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    Behaviour.ERROR: Decline(
        "processing_error", "processing_error", "An error occurred while processing your card. Try again."
    ),
    Behaviour.AUTHENTICATION: Decline(
        "authentication_required", "authentication_required", "Your card asks for authentication."
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """What becomes of a charge, and of the first answer about it."""

    status: Status
    decline: Decline | None = None
    settles_in: int = 0
    """Seconds until a processing charge succeeds."""
    answers_in: float = 0.0
    """Seconds between the charge and its answer."""
    loses_answer: bool = False
    doubles_answer: bool = False


def decide(behaviour: Behaviour) -> Decision:
    """Return what a card decides."""
    if behaviour in DECLINES:
        return Decision(Status.DECLINED, DECLINES[behaviour])
    if behaviour is Behaviour.PROCESSING:
        return Decision(Status.PROCESSING, settles_in=PROCESSING_SECONDS)
    return Decision(
        Status.SUCCEEDED,
        answers_in=SLOW_SECONDS if behaviour is Behaviour.SLOW else 0.0,
        loses_answer=behaviour is Behaviour.ANSWER_LOST,
        doubles_answer=behaviour is Behaviour.DOUBLED,
    )
