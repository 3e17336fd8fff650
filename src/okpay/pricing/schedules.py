"""Read the files of schedules, and find the one that a movement pays by."""

import functools
import hashlib
from decimal import Decimal
from pathlib import Path

import msgspec

from okpay.base.money import Rounding
from okpay.base.strict_toml import Problem, read_toml
from okpay.pricing import schema
from okpay.pricing.checks import check, check_together, gaps
from okpay.pricing.errors import InvalidSchedules
from okpay.pricing.records import FeeKind, Schedule, Terms

FOLDER = Path(__file__).parent / "schedules"
COVERAGE = "coverage"
"""Stands for a file where the problem is that something stands in none."""


class Book:
    """All schedules of a folder, by what they are for."""

    def __init__(self, schedules: list[Schedule]) -> None:
        self.schedules = tuple(schedules)
        self._found: dict[tuple[FeeKind, str, int, str], Schedule | None] = {}
        """What was asked for before: countries, levels and currencies are few."""
        self._by_place = {(one.kind, one.country, one.level, one.currency): one for one in schedules}

    def find(self, kind: FeeKind, country: str, level: int, currency: str) -> Schedule | None:
        """Return the most specific schedule, or None.

        One that names the country goes before one that does not. Among those, one that names the level; among
        those, one that names the currency. So no two are ever equally near.
        """
        place = (kind, country, level, currency)
        if place not in self._found:
            self._found[place] = self._nearest(*place)
        return self._found[place]

    def _nearest(self, kind: FeeKind, country: str, level: int, currency: str) -> Schedule | None:
        for a_country in (country, None):
            for a_level in (level, None):
                for a_currency in (currency, None):
                    if found := self._by_place.get((kind, a_country, a_level, a_currency)):
                        return found
        return None


@functools.cache
def load(folder: Path = FOLDER) -> Book:
    """Read all schedules of a folder once and keep them.

    Raises:
        InvalidSchedules: something is wrong with one, or missing; nothing is loaded then.
    """
    book, problems = read_folder(folder)
    found = tuple(problem for of_file in problems.values() for problem in of_file)
    if found:
        raise InvalidSchedules(found)
    return book


def read_folder(folder: Path) -> tuple[Book, dict[str, list[Problem]]]:
    """Return the schedules of a folder that can be read, and what is wrong, file by file and with the coverage."""
    problems: dict[str, list[Problem]] = {}
    named: list[tuple[str, schema.Schedule]] = []
    for file in sorted(folder.glob("*.toml")):
        read = read_toml(file, schema.File)
        if isinstance(read, Problem):
            problems[file.name] = [read]
            continue
        problems[file.name] = [
            Problem(file.name, f"{schedule.code}: {key}", sentence)
            for schedule in read.schedules
            for key, sentence in check(schedule)
        ]
        named += [(file.name, schedule) for schedule in read.schedules]
    for name, key, sentence in check_together(named):
        problems[name].append(Problem(name, key, sentence))
    book = Book([_schedule(schedule) for _, schedule in named])
    if not any(problems.values()):
        problems[COVERAGE] = [
            Problem(COVERAGE, "", sentence)
            for sentence in gaps(lambda *movement: book.find(*movement) is not None)
        ]
    return book, problems


def _schedule(read: schema.Schedule) -> Schedule:
    return Schedule(
        code=read.code,
        version=hashlib.sha256(msgspec.json.encode(read)).hexdigest()[:12],
        source=read.source,
        kind=read.kind,
        country=read.country,
        level=read.level,
        currency=read.currency,
        rounding=Rounding[read.rounding.upper()],
        terms=(_terms(0, read.terms), *(_terms(step.from_minor, step) for step in read.steps)),
    )


def _terms(from_minor: int, read: schema.Terms) -> Terms:
    return Terms(from_minor, Decimal(read.percent), read.fixed, read.minimum, read.maximum)
