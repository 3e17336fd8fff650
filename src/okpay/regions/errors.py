"""What can be wrong with a country, or with the pack that describes it."""

from okpay.base.errors import BrokenInvariant, InvalidInput
from okpay.base.strict_toml import Problem


class CountryNotSupported(InvalidInput):
    """There is no pack for this `country`, so nobody there can open an account."""

    codes = frozenset({"country_not_supported"})


class InvalidPacks(BrokenInvariant):
    """A pack of this installation is broken. The program refuses to start rather than guess a limit."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
