"""Refusals of the book: one code for every outcome of an item that is not posted, and those of its settings."""

from okpay.base.errors import InvalidInput, Refusal
from okpay.ledger.records import Outcome, Result

REFUSALS: dict[Outcome, str] = {
    outcome: outcome.name.lower() for outcome in Outcome if outcome >= Outcome.KEY_REUSED
}
REFUSALS[Outcome.AMOUNT_OUT_OF_RANGE] = "leg_amount_out_of_range"  # the plain name belongs to money
REFUSALS[Outcome.KEY_REUSED] = "entry_id_reused"  # the plain name belongs to the keys of requests
"""The stable code of every refused outcome."""


class PostingRefused(Refusal):
    """The book refused an item; nothing of it was posted. Data: `id`, and `culprit_id`, `remaining_minor` if known."""

    codes = frozenset(REFUSALS.values())

    @classmethod
    def from_result(cls, result: Result) -> "PostingRefused":
        """Return the refusal that a result stands for."""
        return cls(
            REFUSALS[result.outcome],
            id=str(result.id),
            culprit_id=result.culprit_id,
            remaining_minor=result.remaining_minor,
        )


class SettingRefused(InvalidInput):
    """An account, a limit subject or the mode cannot be opened or set like that; nothing was changed."""

    codes = frozenset({
        "account_conflict",  # an account of this id or code exists with other properties
        "account_not_found",
        "account_not_empty",  # only an account without balance and holds can be closed
        "account_is_closed",  # a closed account stays closed
        "floor_above_balance",
        "limit_out_of_range",
        "limit_subject_conflict",
        "limit_subject_not_found",
        "time_zone_unknown",
        "account_currency_unknown",
        "announcement_too_long",  # data: `longest`, in characters
        "announcement_unreadable",  # control characters, or such as turn the direction of the text
        "maintenance_end_passed",  # what is announced must lie ahead
    })  # fmt: skip
