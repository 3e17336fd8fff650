"""Every way a pack can be wrong is refused, with the file and the key in the sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest

from okpay.base.strict_toml import Problem
from okpay.regions import packs, queries
from okpay.regions.errors import InvalidPacks

GOOD = (packs.FOLDER / "US.toml").read_text()

Write = Callable[..., list[Problem]]


@pytest.fixture
def problems_of(tmp_path: Path) -> Write:
    """Write the American pack with some text replaced, and return the problems it then has."""

    def write(*replacements: tuple[str, str], name: str = "US.toml") -> list[Problem]:
        text = GOOD
        for old, new in replacements:
            assert old in text, f"the American pack no longer contains {old!r}"
            text = text.replace(old, new, 1)
        (tmp_path / name).write_text(text)
        return queries.check_packs(tmp_path)[name]

    return write


def test_the_unchanged_pack_is_good(problems_of: Write) -> None:
    assert problems_of() == []


LEVEL_1_SEND = "level_1 = { movement =    50_000"

WRONG = {
    "unknown key": (("[time]", "[time]\nsummer = true"), "time", "no key `summer`"),
    "unknown table": (("[time]", "[weather]\nsource = 'example'\n[time]"), "", "no key `weather`"),
    "missing translation": (('zh-hans = "美国"\n', ""), "names", "`zh-hans` is missing"),
    "translation in the wrong script": (('"美国"', '"Meiguo"'), "names.zh-hans", "no Chinese character"),
    "empty name": (('en = "United States"', 'en = ""'), "names.en", "length"),
    "name with a space around it": (('"United States"', '"United States "'), "names.en", "space"),
    "no source": (
        ('[currencies]\nsource = "example"', "[currencies]"),
        "currencies",
        "`source` is missing",
    ),
    "source of one word": (
        ('[currencies]\nsource = "example"', '[currencies]\nsource = "trust"'),
        "currencies.source",
        "citation",
    ),
    "currency that does not exist": (('"CAD"', '"ZZZ"'), "currencies.supported[1]", "ISO 4217"),
    "currency without a minor unit": (('"CAD"', '"XAU"'), "currencies.supported[1]", "minor unit"),
    "currency in lower case": (('"CAD"', '"cad"'), "currencies.supported[1]", "regex"),
    "currency twice": (('"CAD"', '"EUR"'), "currencies.supported", "twice"),
    "default currency not supported": (
        ('default = "USD"', 'default = "CHF"'),
        "currencies.default",
        "one of the supported",
    ),
    "limits in a currency not supported": (
        ('currency = "USD"\n\n[limits.send]', 'currency = "CHF"\n\n[limits.send]'),
        "limits.currency",
        "one of the supported",
    ),
    "zone that does not exist": (('"America/New_York"', '"America/Gotham"'), "time.limits_zone", "IANA"),
    "zone that is a path": (('"America/New_York"', '"../../etc/passwd"'), "time.limits_zone", "IANA"),
    "example that could ring": (
        ('example = "+12025550123"', 'example = "+12025551234"'),
        "phone.example",
        "not fictional",
    ),
    "example of another country": (
        ('example = "+12025550123"', 'example = "+44770090012"'),
        "phone.example",
        "calling code",
    ),
    "fictional range upside down": (
        ('first = "+12025550100"', 'first = "+12025550299"'),
        "phone.fictional",
        "lower first",
    ),
    "unknown name order": (('"given_first"', '"shuffled"'), "people.name_order", "shuffled"),
    "address part twice": (('"recipient", "street"', '"street", "street"'), "addresses.order", "twice"),
    "address part required but not written": (
        ('order = ["recipient", "street", ', 'order = ["recipient", '),
        "addresses.required",
        "`street`",
    ),
    "unknown document": (
        ('"passport", "driving_licence"', '"library_card"'),
        "documents.level_1",
        "library_card",
    ),
    "level without an identity document": (
        ('level_3 = { identity = ["passport"], address', "level_3 = { address"),
        "documents.level_3.identity",
        "at least one",
    ),
    "a day below one movement": (
        (LEVEL_1_SEND, "level_1 = { movement =   150_000"),
        "limits.send.level_1.day",
        "less than the 150000",
    ),
    "a level below the one before it": (
        (LEVEL_1_SEND, "level_1 = { movement =     4_000"),
        "limits.send.level_1.movement",
        "the level below",
    ),
    "nothing a time, yet something a day": (
        ("level_0 = { movement =     5_000", "level_0 = { movement =         0"),
        "limits.send.level_0.movement",
        "0 lets nothing move",
    ),
    "negative limit": (
        (LEVEL_1_SEND, "level_1 = { movement = -1"),
        "limits.send.level_1.movement",
        "int",
    ),
    "limit with a fraction": (
        (LEVEL_1_SEND, "level_1 = { movement = 0.5"),
        "limits.send.level_1.movement",
        "int",
    ),
    "limit beyond sense": (
        (LEVEL_1_SEND, f"level_1 = {{ movement = {10**15 + 1}"),
        "limits.send.level_1.movement",
        "int",
    ),
    "level missing": (("[limits.hold]", "[limits.hold]\nlevel_9 = 1"), "limits.hold", "no key `level_9`"),
    "balance that shrinks": (
        ("level_3 = 10_000_000", "level_3 = 1"),
        "limits.hold.level_3",
        "the level below",
    ),
    "citation of nothing": (
        ("[limits.receive]", '[limits.send.cited]\n"level_7.day" = "The law, Art. 1"\n[limits.receive]'),
        "limits.send.cited",
        "`level_7.day`",
    ),
    "money from a card that never matures": (
        ("card_days = 7", "card_days = 366"),
        "maturing.card_days",
        "<= 365",
    ),
    "maturing without a source": (('[maturing]\nsource = "example"', "[maturing]"), "maturing", "missing"),
    "a transfer that waits for nobody": (("wait_days = 14", "wait_days = 0"), "transfers.wait_days", ">= 1"),
    "a span in words": (("wait_days = 14", 'wait_days = "two weeks"'), "transfers.wait_days", "int"),
    "no new address": (
        ("new_addresses_a_day = 20", "new_addresses_a_day = 0"),
        "transfers.new_addresses_a_day",
        ">= 1",
    ),
    "no span for a duplicate": (("duplicate_minutes = 10\n", ""), "transfers", "`duplicate_minutes`"),
    "delays upside down": (("[2, 24]", "[24, 2]"), "transfers.delays_hours", "shortest first"),
    "delay twice": (("[2, 24]", "[2, 2]"), "transfers.delays_hours", "once"),
    "delay of a fortnight": (("[2, 24]", "[2, 336]"), "transfers.delays_hours[1]", "<= 168"),
    "delay beyond the wait": (
        (
            "wait_days = 14\nnew_addresses_a_day = 20\ndelays_hours = [2, 24]",
            "wait_days = 1\nnew_addresses_a_day = 20\ndelays_hours = [2, 25]",
        ),
        "transfers.delays_hours",
        "longer than a transfer waits",
    ),
    "feature undecided": (("payments = true\n", ""), "features", "`payments` is missing"),
    "abroad without transfers": (
        ("transfers = true", "transfers = false"),
        "features.transfers_abroad",
        "need",
    ),
    "unknown disclosure": (('"error_resolution"', '"small_print"'), "disclosures[0].code", "small_print"),
    "disclosure twice": (('"error_resolution"', '"receipt_of_payment"'), "disclosures", "twice"),
}


@pytest.mark.parametrize(("replacement", "key", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_pack_is_refused(
    problems_of: Write, replacement: tuple[str, str], key: str, words: str
) -> None:
    problems = problems_of(replacement)
    assert any(problem.key.startswith(key) and words in problem.sentence for problem in problems), problems
    assert all(problem.file == "US.toml" for problem in problems)


def test_conversions_need_a_second_currency(problems_of: Write) -> None:
    problems = problems_of(('["USD", "CAD", "EUR", "GBP", "CNY", "JPY"]', '["USD"]'))
    assert [problem.key for problem in problems] == ["features.conversions"]


@pytest.mark.parametrize("name", ["ZZ.toml", "EU.toml", "usa.toml", "us.toml"])
def test_a_file_named_by_no_country_is_refused(problems_of: Write, name: str) -> None:
    assert any("ISO 3166" in problem.sentence for problem in problems_of(name=name))


@pytest.mark.parametrize("content", [b"[names", b"\xff\xfe", b"a = 1\na = 2"], ids=["cut", "bytes", "twice"])
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "US.toml").write_bytes(content)
    [problem] = queries.check_packs(tmp_path)["US.toml"]
    assert "not TOML" in problem.sentence


def test_one_broken_pack_stops_the_loader(
    problems_of: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems_of(("payments = true\n", ""))
    (tmp_path / "DE.toml").write_text((packs.FOLDER / "DE.toml").read_text())
    monkeypatch.setattr(packs, "FOLDER", tmp_path)
    with pytest.raises(InvalidPacks, match=r"US\.toml: features: the key `payments` is missing"):
        packs.load.__wrapped__()
