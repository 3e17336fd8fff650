"""Why there is no fee: the amount is too small for it, or nothing is set; and what is wrong with a schedule."""

from okpay.base.errors import BrokenInvariant, Refusal
from okpay.base.strict_toml import Problem


class FeeRefused(Refusal):
    """There is no quote.

    `fee_exceeds_amount`: the fee of `fee_minor` would be more than the `amount_minor` in `currency`. `no_schedule`:
    nothing says what a movement of this `kind` costs in `country` and `currency`, as when a pack stopped to support
    the currency of a wallet that is still open.
    """

    codes = frozenset({"fee_exceeds_amount", "no_schedule"})


class InvalidSchedules(BrokenInvariant):
    """A schedule of this installation is broken. Nothing is priced then, for a fee is never guessed."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
