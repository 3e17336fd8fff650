"""What can be wrong with a country, or with the pack that describes it."""

from dataclasses import dataclass

from okpay.base.errors import BrokenInvariant, InvalidInput


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one pack: the file, the key in it, and a sentence that says what to change."""

    file: str
    key: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.sentence}" if self.key else f"{self.file}: {self.sentence}"


class CountryNotSupported(InvalidInput):
    """There is no pack for this `country`, so nobody there can open an account."""

    codes = frozenset({"country_not_supported"})


class InvalidPacks(BrokenInvariant):
    """A pack of this installation is broken. The program refuses to start rather than guess a limit."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
