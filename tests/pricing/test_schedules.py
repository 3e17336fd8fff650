"""Which schedules are refused, which are shipped, and which one is chosen."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import get_args

import pytest

from okpay.base.money import Money, Rounding
from okpay.pricing import queries, schedules
from okpay.pricing.errors import InvalidSchedules
from okpay.pricing.records import FeeKind
from okpay.pricing.schema import RoundingName
from okpay.regions import queries as regions
from okpay.regions.records import LEVELS
from tests.pricing.conftest import EVERY_KIND, Write, schedule

USD = {"currency": '"USD"'}
WRONG = {
    "unknown key": (schedule(colour='"red"'), "schedules[0]", "no key `colour`"),
    "unknown table": (schedule() + "[weather]\n", "", "no key `weather`"),
    "unknown key in the terms": (
        schedule(terms='{ percent = "1", flat = 3 }'),
        "schedules[0].terms",
        "`flat`",
    ),
    "no source": (schedule().replace('source = "example"\n', ""), "schedules[0]", "`source`"),
    "source of one word": (schedule(source='"trust"'), "schedules[0].source", "citation"),
    "unknown kind": (schedule(kind='"gift"'), "schedules[0].kind", "gift"),
    "code in capitals": (schedule(code='"One"'), "schedules[0].code", "regex"),
    "no share": (schedule(terms="{ fixed = 3 }", **USD), "schedules[0].terms", "`percent` is missing"),
    "share as a float": (schedule(terms="{ percent = 2.9 }"), "schedules[0].terms.percent", "str"),
    "share with a sign": (schedule(terms='{ percent = "-1" }'), "schedules[0].terms.percent", "regex"),
    "share above all of it": (schedule(terms='{ percent = "100.1" }'), "schedules[0].terms.percent", "regex"),
    "share with a comma": (schedule(terms='{ percent = "2,9" }'), "schedules[0].terms.percent", "regex"),
    "share with an exponent": (schedule(terms='{ percent = "1e1" }'), "schedules[0].terms.percent", "regex"),
    "share that is no number": (schedule(terms='{ percent = "NaN" }'), "schedules[0].terms.percent", "regex"),
    "fixed part below nothing": (
        schedule(terms='{ percent = "1", fixed = -1 }'),
        "schedules[0].terms.fixed",
        ">= 0",
    ),
    "fixed part with a fraction": (
        schedule(terms='{ percent = "1", fixed = 0.3 }'),
        "schedules[0].terms.fixed",
        "int",
    ),
    "fixed part beyond sense": (
        schedule(terms=f'{{ percent = "1", fixed = {10**15 + 1} }}'),
        "schedules[0].terms.fixed",
        "<=",
    ),
    "maximum of nothing": (
        schedule(terms='{ percent = "1", maximum = 0 }'),
        "schedules[0].terms.maximum",
        ">= 1",
    ),
    "rounding that is not ours": (schedule(rounding='"ceiling"'), "schedules[0].rounding", "ceiling"),
    "level that does not exist": (schedule(level="4"), "schedules[0].level", "<= 3"),
    "country in lower case": (schedule(country='"us"'), "schedules[0].country", "regex"),
    "country without a pack": (schedule(country='"AQ"'), "one: country", "no country pack"),
    "currency that does not exist": (schedule(currency='"ZZZ"'), "one: currency", "ISO 4217"),
    "currency that nobody there holds": (
        schedule(country='"ID"', currency='"USD"'),
        "one: currency",
        "nobody would ever pay",
    ),
    "amounts of no currency": (
        schedule(terms='{ percent = "1", fixed = 3 }'),
        "one: currency",
        "name a currency",
    ),
    "steps of no currency": (
        schedule(steps='[{ from = 5, percent = "1" }]'),
        "one: currency",
        "name a currency",
    ),
    "minimum above the maximum": (
        schedule(terms='{ percent = "1", minimum = 9, maximum = 8 }', **USD),
        "one: terms.minimum",
        "more than the maximum of 8",
    ),
    "minimum above the maximum in a step": (
        schedule(steps='[{ from = 5, percent = "1", minimum = 9, maximum = 8 }]', **USD),
        "one: steps[0].minimum",
        "more than the maximum of 8",
    ),
    "fixed part above the maximum": (
        schedule(terms='{ percent = "1", fixed = 9, maximum = 8 }', **USD),
        "one: terms.fixed",
        "alone is more",
    ),
    "step from nothing": (
        schedule(steps='[{ from = 0, percent = "1" }]', **USD),
        "schedules[0].steps[0].from",
        ">= 1",
    ),
    "steps downwards": (
        schedule(steps='[{ from = 9, percent = "1" }, { from = 9, percent = "2" }]', **USD),
        "one: steps",
        "higher amount",
    ),
    "code of another file": (
        schedule(code='"transfer"', country='"US"'),
        "transfer",
        "stands in base.toml already",
    ),
    "same place as another": (
        schedule(),
        "one",
        "`transfer` is for the same kind, country, level and currency",
    ),
    "same place in one file": (
        schedule(country='"US"', level="1") + schedule(code='"two"', country='"US"', level="1"),
        "two",
        "`one` is for the same",
    ),
    "no schedule at all": ("", "", "missing"),
}


@pytest.mark.parametrize(("text", "key", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_schedule_is_refused(write: Write, text: str, key: str, words: str) -> None:
    folder = write(text or "# nothing")
    problems = queries.check_schedules(folder)["more.toml"]
    assert any(found.key.startswith(key) and words in found.sentence for found in problems), problems
    assert queries.check_schedules(folder)["base.toml"] == []
    with pytest.raises(InvalidSchedules, match=r"more\.toml"):
        schedules.load.__wrapped__(folder)


@pytest.mark.parametrize(
    "content", [b"[[schedules", b"\xff\xfe", b"a = 1\na = 2"], ids=["cut", "bytes", "twice"]
)
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "fees.toml").write_bytes(content)
    [problem] = queries.check_schedules(tmp_path)["fees.toml"]
    assert "not TOML" in problem.sentence


def test_what_a_country_offers_must_have_a_schedule(write: Write) -> None:
    folder = write(base=EVERY_KIND.replace('kind = "card_top_up"', 'kind = "card_top_up"\nlevel = 0'))
    problems = queries.check_schedules(folder)
    assert problems["base.toml"] == []
    sentences = [problem.sentence for problem in problems[schedules.COVERAGE]]
    assert "no schedule for card_top_up in JP, KRW, level 1, 2, 3" in sentences
    assert all("card_top_up" in sentence for sentence in sentences)
    with pytest.raises(InvalidSchedules, match="coverage"):
        schedules.load.__wrapped__(folder)


def test_an_empty_folder_covers_nothing(tmp_path: Path) -> None:
    assert queries.check_schedules(tmp_path)[schedules.COVERAGE]


def test_our_schedules_are_free_of_problems_and_cover_everything() -> None:
    checked = queries.check_schedules(schedules.FOLDER)
    assert {file: problems for file, problems in checked.items() if problems} == {}
    assert schedules.COVERAGE in checked
    for country, kind, level in itertools.product(regions.countries(), FeeKind, LEVELS):
        if country.offers(kind.feature):
            for currency in country.currencies:
                amount = Money(50_000, currency) if currency != "IDR" else Money(50_000_000, currency)
                assert queries.quote(kind=kind, country=country.code, level=level, amount=amount)


def test_our_schedules_are_marked_as_examples() -> None:
    assert all(one.is_example for one in schedules.load().schedules)


def test_the_names_of_roundings_are_those_of_money() -> None:
    assert {name.upper() for name in get_args(RoundingName)} == set(Rounding.__members__)


def test_the_most_specific_schedule_goes_first(write: Write) -> None:
    # Every way to name a country, a level and a currency, in the order in which they must be found.
    places = list(itertools.product((True, False), repeat=3))
    text = "".join(
        schedule(
            code=f'"s{number}"',
            kind='"card_top_up"',
            **({"country": '"US"'} if country else {}),
            **({"level": "2"} if level else {}),
            **(USD if currency else {}),
        )
        for number, (country, level, currency) in enumerate(places)
    )
    left = list(range(len(places)))
    without = EVERY_KIND[: EVERY_KIND.rindex("[[schedules]]")]
    while left:
        parts = text.split("\n[[schedules]]\n")[1:]
        # The files are read in any order: the rule decides, not the place in the file.
        kept = "".join("\n[[schedules]]\n" + parts[number] for number in reversed(left))
        book, _ = schedules.read_folder(write(kept, base=without))
        found = book.find(FeeKind.CARD_TOP_UP, "US", 2, "USD")
        assert found is not None
        assert found.code == f"s{left[0]}"
        left = left[1:]


def test_a_schedule_is_for_nobody_that_it_does_not_name(use: Write) -> None:
    use(schedule(country='"US"', level="2", currency='"USD"', terms='{ percent = "5" }'))
    fees = {
        (country, level, currency): queries.quote(
            kind=FeeKind.TRANSFER, country=country, level=level, amount=Money(10_000, currency)
        ).fee.minor
        for country, level, currency in itertools.product(("US", "CA"), (1, 2), ("USD", "EUR"))
    }
    assert {place for place, fee in fees.items() if fee} == {("US", 2, "USD")}


def test_a_version_tells_schedules_apart(write: Write) -> None:
    def version(**values: str) -> str:
        book, _ = schedules.read_folder(write(schedule(country='"US"', **values)))
        return next(one.version for one in book.schedules if one.code == "one")

    versions = [
        version(),
        version(rounding='"down"'),
        version(terms='{ percent = "1.0" }'),
        version(level="1"),
    ]
    assert len(set(versions)) == len(versions)
    assert version() == versions[0]
    assert all(len(one) == 12 for one in versions)
