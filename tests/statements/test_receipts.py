"""A receipt: what stands on it, in both languages, the same bytes each time, and nothing in it that could act."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from okpay.base.errors import BrokenInvariant, Unavailable
from okpay.base.money import LARGEST_MINOR, Money
from okpay.statements import queries
from okpay.statements.queries import receipt_pdf
from okpay.statements.records import LANGUAGES, Moment, Tone
from tests.architecture.tree import ROOT
from tests.statements.reading import described, fonts_of, kinds_of_objects, opened, squeezed, text_of
from tests.statements.samples import CHINESE, ENGLISH, IN_CHINESE, IN_ENGLISH, SAMPLES, WORDS

A4 = (595.28, 841.89)
LARGEST_FILE = 300_000
ACTIVE = {
    "/JS",
    "/JavaScript",
    "/AA",
    "/OpenAction",
    "/Launch",
    "/EmbeddedFile",
    "/URI",
    "/AcroForm",
    "/RichMedia",
}


def test_an_english_receipt_says_everything() -> None:
    text = squeezed(text_of(receipt_pdf(IN_ENGLISH, ENGLISH)))
    for said in (
        "Example Wallet GmbH",
        "Receipt",
        "Transfer",
        "1,234.50 EUR",
        "Completed",
        "Anna Schmidt",
        "anna@example.com",
        "J*** Müller",
        "j***@example.com",
        "1.25 EUR",
        "1,235.75 EUR",
        "Rent for December",
        "0193a5c2-7f4e-7b3a-9c1d-2e5f8a6b4c10",
        "24 Nov 2026, 07:05:09 UTC+01:00",
        "25 Nov 2026, 08:30:00 UTC+01:00",
        "The recipient proved the address.",
        "Times are those of Europe/Berlin.",
        "TEST MONEY",
        "It is worth nothing",
        "Page 1 of 1",
    ):
        assert squeezed(said) in text, said


def test_a_chinese_receipt_says_everything() -> None:
    text = squeezed(text_of(receipt_pdf(IN_CHINESE, CHINESE)))
    for said in (
        "示例钱包有限公司",
        "凭证",
        "转账",
        "8,888.00 CNY",
        "已完成",
        "张伟",
        "+86 138****0000",
        "十二月房租，谢谢！",
        "2026年11月24日 14:05:09 UTC+08:00",
        "资金已到账。",
        "测试资金",
        "第 1 页，共 1 页",
    ):
        assert squeezed(said) in text, said


def test_real_money_bears_no_mark_of_a_trial() -> None:
    text = squeezed(text_of(receipt_pdf(replace(IN_ENGLISH, is_test_money=False), ENGLISH)))
    assert "TESTMONEY" not in text
    assert "worthnothing" not in text


def test_who_does_not_pay_the_fee_is_not_shown_it() -> None:
    text = squeezed(text_of(receipt_pdf(replace(IN_ENGLISH, fee=None, total=None), ENGLISH)))
    assert "Fee" not in text
    assert "Total" not in text
    assert "1,234.50EUR" in text


def test_a_pending_one_has_no_time_of_completion() -> None:
    pending = replace(IN_ENGLISH, tone=Tone.WAIT, completed_at=None, timeline=(), note="")
    text = squeezed(text_of(receipt_pdf(pending, replace(ENGLISH, state="Pending"))))
    assert "Pending" in text
    assert "Completed" not in text
    assert "Note" not in text
    assert "Timeline" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_a4_tagged_titled_and_in_a_language(language: str) -> None:
    pdf = receipt_pdf(SAMPLES[language], WORDS[language])
    document = opened(pdf)
    for page in document.pages:
        assert [float(side) for side in page.mediabox[2:]] == pytest.approx(A4, abs=0.1)
    catalogue = document.root_object
    assert str(catalogue["/Lang"]) == {"en": "en", "zh-hans": "zh-CN"}[language]
    assert "/MarkInfo" in catalogue
    assert "/StructTreeRoot" in catalogue
    assert document.metadata is not None
    assert document.metadata.title == f"{WORDS[language].title} {SAMPLES[language].reference}"
    assert b"pdfuaid" in described(pdf)
    assert len(pdf) < LARGEST_FILE


def test_every_font_is_embedded() -> None:
    fonts = fonts_of(receipt_pdf(IN_CHINESE, CHINESE))
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor), font["/BaseFont"]
        assert "/ToUnicode" in font


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_in_it_can_act(language: str) -> None:
    assert not kinds_of_objects(receipt_pdf(SAMPLES[language], WORDS[language])) & ACTIVE


def test_the_same_receipt_is_the_same_file_in_another_process_too() -> None:
    mine = receipt_pdf(IN_CHINESE, CHINESE)
    assert receipt_pdf(IN_CHINESE, CHINESE) == mine
    assert receipt_pdf(replace(IN_CHINESE, note="另一个"), CHINESE) != mine
    script = (
        "import hashlib; from tests.statements.samples import *; from okpay.statements.rendering import receipt_pdf;"
        "print(hashlib.sha256(receipt_pdf(IN_CHINESE, CHINESE)).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}/src:{ROOT}", "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LANG": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == hashlib.sha256(mine).hexdigest()


def test_an_hour_that_a_clock_shows_twice_is_told_apart() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    autumn = replace(IN_ENGLISH, created_at=first, completed_at=second, timeline=())
    text = squeezed(text_of(receipt_pdf(autumn, ENGLISH)))
    assert squeezed("25 Oct 2026, 02:30:00 UTC+02:00") in text
    assert squeezed("25 Oct 2026, 02:30:00 UTC+01:00") in text


def test_times_follow_the_zone_over_the_date_line() -> None:
    newer = replace(
        IN_ENGLISH, zone=ZoneInfo("Pacific/Auckland"), created_at=datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    )
    assert squeezed("1 Jan 2027, 12:00:00 UTC+13:00") in squeezed(text_of(receipt_pdf(newer, ENGLISH)))


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        (Money(0, "USD"), "0.00 USD"),
        (Money(1, "KWD"), "0.001 KWD"),
        (Money(1234567, "JPY"), "1,234,567 JPY"),
        (Money(LARGEST_MINOR, "USD"), "92,233,720,368,547,758.07 USD"),
        (Money(LARGEST_MINOR, "JPY"), "9,223,372,036,854,775,807 JPY"),
        (Money(LARGEST_MINOR, "KWD"), "9,223,372,036,854,775.807 KWD"),
    ],
)
def test_amounts_keep_every_decimal(money: Money, shown: str) -> None:
    pdf = receipt_pdf(replace(IN_ENGLISH, amount=money, fee=money, total=money), ENGLISH)
    assert squeezed(text_of(pdf)).count(squeezed(shown)) == 4


def test_a_long_timeline_goes_on_over_pages() -> None:
    at = IN_ENGLISH.created_at
    long = replace(IN_ENGLISH, timeline=tuple(Moment(at, f"line {number}.") for number in range(100)))
    pdf = receipt_pdf(long, ENGLISH)
    pages = len(opened(pdf).pages)
    assert pages > 1
    text = squeezed(text_of(pdf))
    assert all(f"line{number}." in text for number in range(100))
    assert f"Page{pages}of{pages}" in text


def test_what_no_paper_can_hold_is_a_fault_of_the_caller() -> None:
    with pytest.raises(BrokenInvariant):
        receipt_pdf(replace(IN_ENGLISH, language="fr"), ENGLISH)
    with pytest.raises(BrokenInvariant):
        receipt_pdf(replace(IN_ENGLISH, timeline=IN_ENGLISH.timeline * 40), ENGLISH)


def test_only_some_are_made_at_once_and_the_others_wait_or_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PATIENCE_SECONDS", 0.05)
    held = [queries._turns.acquire(timeout=1) for _ in range(queries.AT_ONCE)]
    try:
        assert all(held)
        with pytest.raises(Unavailable) as told:
            receipt_pdf(IN_ENGLISH, ENGLISH)
        assert told.value.code == "overloaded"
    finally:
        for _ in held:
            queries._turns.release()
    assert receipt_pdf(IN_ENGLISH, ENGLISH)


def test_many_at_once_all_come_out_right() -> None:
    made: dict[int, bytes] = {}

    def make(number: int) -> None:
        made[number] = receipt_pdf(replace(IN_ENGLISH, note=f"number {number}."), ENGLISH)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(12)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started < 10
    assert all(f"number{number}." in squeezed(text_of(made[number])) for number in range(12))
