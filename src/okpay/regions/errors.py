"""What can be wrong with a country, or with the pack that describes it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one pack: the file, the key in it, and a sentence that says what to change."""

    file: str
    key: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.sentence}" if self.key else f"{self.file}: {self.sentence}"


class CountryNotSupported(Exception):
    """There is no pack for this country, so nobody there can open an account."""

    code = "country_not_supported"

    def __init__(self, country: str) -> None:
        super().__init__(country)
        self.country = country


class InvalidPacks(Exception):
    """A pack of this installation is broken. The program refuses to start rather than guess a limit."""

    code = "invalid_packs"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
