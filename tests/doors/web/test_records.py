"""The record of movements: one's own alone, found by what one remembers, page after page without a gap."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.base.money import LARGEST_MINOR, Money
from okpay.customers import queries as customers
from okpay.doors.web.views.records import PAGE
from okpay.movements.records import NextStep, Reason, State, Turn
from tests.factories.movements import advance, top_up, transfer
from tests.factories.people import open_person, session_of
from tests.statements.reading import squeezed, text_of

MOST_QUERIES = 7
LINK = re.compile(r'href="/records/([0-9a-f-]{36})"')


def signed_in(**person: Any) -> tuple[Client, UUID]:
    """Return the browser of somebody new, and which customer they are."""
    user = open_person(**person)
    client = Client(headers={"host": "localhost", "accept-language": "en", "user-agent": "Test Browser/1.0"})
    client.cookies["okpay_session"] = session_of(user)
    customer = customers.customer_of_user(user.pk)
    assert customer is not None
    return client, customer.id


def ids(client: Client, address: str = "/records", **asked: str) -> list[str]:
    """Return the movements that a page of the record shows, in its order."""
    answer = client.get(address, asked)
    assert answer.status_code == 200, answer.content
    return LINK.findall(answer.content.decode())


def same_for_all(page: bytes) -> bytes:
    """Return a page without what differs from request to request: the address that was asked, and tokens."""
    return re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9]{64}", b"", page)


def test_an_empty_record_says_what_will_stand_there() -> None:
    client, _ = signed_in()
    page = client.get("/records").content.decode()
    assert "Nothing has moved yet" in page
    assert 'href="/wallet"' in page


def test_the_record_shows_the_latest_first_by_day_with_sums() -> None:
    client, me = signed_in()
    now = clock.now()
    older = top_up(me, at=now - timedelta(days=40))
    newer = transfer(payer=me, note="Dinner", fee=Money(25, "USD"), at=now)
    page = client.get("/records").content.decode()
    assert LINK.findall(page) == [str(newer.id), str(older.id)]
    assert "Today" in page
    for said in ("Ben Carter", "Dinner", "Visa •••• 4242", "Completed", "Transfer", "Top-up"):
        assert said in page
    assert re.findall(r'<data class="money" value="([^"]+)"', page) == [
        "50.00 USD", "-12.75 USD", "-12.75 USD", "50.00 USD",
    ]  # fmt: skip


def test_sums_count_what_is_completed_by_currency() -> None:
    client, me = signed_in()
    top_up(me, amount=Money(LARGEST_MINOR, "USD"))
    top_up(me, amount=Money(LARGEST_MINOR, "USD"))
    top_up(me, amount=Money(700, "JPY"))
    transfer(payer=me, waits=Reason.ADDRESS_NOT_PROVEN)
    sums = client.get("/records").content.decode().split('class="record-sums"')[1].split("<table")[0]
    assert re.findall(r'value="([^"]+)"', sums) == [
        "700 JPY",
        "0 JPY",
        "184467440737095516.14 USD",
        "0.00 USD",
    ]


def test_income_spending_and_transfers() -> None:
    client, me = signed_in()
    now = clock.now()
    out = transfer(payer=me, at=now)
    in_ = transfer(payer=new_uuid7(), payee=me, at=now - timedelta(minutes=1))
    added = top_up(me, at=now - timedelta(minutes=2))
    assert ids(client) == [str(out.id), str(in_.id), str(added.id)]
    assert ids(client, show="income") == [str(in_.id), str(added.id)]
    assert ids(client, show="spending") == [str(out.id)]
    assert ids(client, show="transfers") == [str(out.id), str(in_.id)]


def test_days_are_those_of_the_customers_country() -> None:
    client, me = signed_in(country="CN")
    zone = ZoneInfo("Asia/Shanghai")
    last = transfer(payer=me, at=datetime(2026, 11, 1, 23, 59, 59, tzinfo=zone))
    first = transfer(payer=me, at=datetime(2026, 11, 2, 0, 0, 0, tzinfo=zone))
    assert ids(client, **{"span": "own", "from": "2026-11-01", "to": "2026-11-01"}) == [str(last.id)]
    assert ids(client, **{"span": "own", "from": "2026-11-02", "to": "2026-11-02"}) == [str(first.id)]
    page = client.get("/records", {"span": "own", "from": "2026-11-01"}).content.decode()
    assert "Sunday, 1 November 2026" in page
    assert ">23:59<" in page
    assert "Asia/Shanghai" in page


def test_both_hours_of_an_autumn_night_stand_on_their_day() -> None:
    client, me = signed_in(country="DE")
    zone = ZoneInfo("Europe/Berlin")
    hours = [
        transfer(payer=me, at=datetime(2026, 10, 25, 0, 0, tzinfo=zone)),
        transfer(payer=me, at=datetime(2026, 10, 25, 2, 30, tzinfo=zone, fold=0)),
        transfer(payer=me, at=datetime(2026, 10, 25, 2, 30, tzinfo=zone, fold=1)),
        transfer(payer=me, at=datetime(2026, 10, 25, 23, 59, 59, tzinfo=zone)),
    ]
    transfer(payer=me, at=datetime(2026, 10, 24, 23, 59, 59, tzinfo=zone))
    transfer(payer=me, at=datetime(2026, 10, 26, 0, 0, tzinfo=zone))
    day = {"span": "own", "from": "2026-10-25", "to": "2026-10-25"}
    assert ids(client, **day) == [str(movement.id) for movement in reversed(hours)]


def test_today_and_the_past_week() -> None:
    client, me = signed_in()
    now = clock.now()
    zone = ZoneInfo("America/New_York")
    midnight = datetime.combine(now.astimezone(zone).date(), datetime.min.time(), tzinfo=zone)
    today = transfer(payer=me, at=midnight)
    week = transfer(payer=me, at=midnight - timedelta(days=6) + timedelta(hours=2))
    transfer(payer=me, at=midnight - timedelta(days=8))
    assert ids(client, span="today") == [str(today.id)]
    assert ids(client, span="week") == [str(today.id), str(week.id)]


def test_what_one_remembers_finds_it() -> None:
    client, me = signed_in()
    wanted = transfer(
        payer=me,
        to="José Álvarez",
        note="Ｄinner for 100% of_us",
        amount=Money(123_450, "USD"),
        fee=Money(0, "USD"),
    )
    transfer(payer=me, to="Somebody else", note="100 of us")
    reference = wanted.reference
    for typed in (
        "josé",
        "ÁLVAREZ",
        "dinner",
        "100%",
        "of_us",
        "1,234.50",
        "1234.50",
        "b.carter@",
        reference,
    ):
        found = ids(client, q=typed)
        assert str(wanted.id) in found, typed
        assert len(found) == (2 if typed == "b.carter@" else 1), typed
    assert ids(client, q=f"  {reference.lower()} ") == [str(wanted.id)]
    for nothing in ("%%%", "___", "' OR ''='", "\\", "$1", "josé.*"):
        assert ids(client, q=nothing) == [], nothing
    assert "Nothing found" in client.get("/records", {"q": "%%%"}).content.decode()


def test_what_was_searched_is_shown_again_as_text() -> None:
    client, _ = signed_in()
    page = client.get("/records", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_pages_follow_each_other_without_a_gap_also_where_times_are_equal() -> None:
    client, me = signed_in()
    at = clock.now() - timedelta(days=1)
    written = {str(transfer(payer=me, at=at).id) for _ in range(PAGE + 3)}
    first = client.get("/records").content.decode()
    after = re.search(r'href="(\?after=[^"]+)"', first)
    assert after
    second = client.get("/records" + after[1]).content.decode()
    shown = LINK.findall(first) + LINK.findall(second)
    assert len(shown) == len(set(shown))
    assert set(shown) == written
    assert ">Latest<" in second
    assert "?after=" not in second


def test_a_place_in_somebody_elses_record_shows_ones_own() -> None:
    hers, her_id = signed_in()
    his, his_id = signed_in()
    now = clock.now()
    for number in range(PAGE + 1):
        transfer(payer=her_id, at=now - timedelta(minutes=number))
    mine = transfer(payer=his_id, at=now - timedelta(days=1))
    after = re.search(r'href="(\?after=[^"]+)"', hers.get("/records").content.decode())
    assert after
    assert ids(his, "/records" + after[1]) == [str(mine.id)]
    assert ids(his, customer_id=str(her_id), user_id=str(her_id)) == [str(mine.id)]


@pytest.mark.parametrize(
    "asked",
    [
        "span=x",
        "show=income,spending",
        "after=1",
        "q=%00",
        "after=1.x&after=2",
        "show=%27%3BDROP+TABLE+x",
        "span=own",
    ],
)
def test_what_is_malformed_is_said_and_looks_nothing_up(asked: str) -> None:
    client, me = signed_in()
    transfer(payer=me)
    answer = client.get(f"/records?{asked}")
    assert answer.status_code == 400
    assert not LINK.findall(answer.content.decode())


def test_a_slip_in_a_date_is_said_beside_it() -> None:
    client, _ = signed_in()
    page = client.get("/records", {"span": "own", "from": "2026-02-30"}).content.decode()
    assert "This is no day" in page
    assert 'aria-invalid="true"' in page


def test_the_record_asks_the_database_a_few_things_only() -> None:
    client, me = signed_in()
    for _ in range(5):
        transfer(payer=me)
    client.get("/records")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/records").status_code == 200
    assert len(asked) <= MOST_QUERIES, [query["sql"][:100] for query in asked]


def test_the_home_page_shows_the_last_five() -> None:
    client, me = signed_in()
    now = clock.now()
    written = [transfer(payer=me, at=now - timedelta(minutes=number)) for number in range(7)]
    assert ids(client, "/wallet") == [str(movement.id) for movement in written[:5]]
    assert 'href="/records"' in client.get("/wallet").content.decode()


def test_everything_about_one_that_waits() -> None:
    client, me = signed_in()
    waiting = transfer(payer=me, waits=Reason.ADDRESS_NOT_REGISTERED, fee=Money(25, "USD"), note="Dinner")
    page = client.get(f"/records/{waiting.id}").content.decode()
    for said in (
        "Pending", "Waits for the recipient", "Where is my money?", "It is held in your wallet", "is not registered",
        "comes back to you by itself", "Ben Carter", "Dinner", "12.50", "0.25", "12.75", waiting.reference,
        "The transfer was sent", "opens an account with this address", f"/records/{waiting.id}/receipt.pdf",
    ):  # fmt: skip
        assert said in page, said


def test_one_that_has_ended_asks_for_nothing() -> None:
    client, me = signed_in()
    cancelled = advance(transfer(payer=me, waits=Reason.ADDRESS_NOT_PROVEN), State.CANCELLED)
    page = client.get(f"/records/{cancelled.id}").content.decode()
    assert "Cancelled by the sender" in page
    assert "Where is my money?" not in page
    assert "balance-void" in page


def test_only_the_sender_of_one_that_waits_can_cancel_it() -> None:
    client, me = signed_in()
    waiting = transfer(payer=me, payee=new_uuid7(), waits=Reason.RECIPIENT_LIMIT)
    coming = transfer(payer=new_uuid7(), payee=me, waits=Reason.RECIPIENT_LIMIT)
    finished = transfer(payer=me)
    action = "/records/{}/cancel"
    assert action.format(waiting.id) in client.get(f"/records/{waiting.id}").content.decode()
    for other in (coming, finished):
        assert action.format(other.id) not in client.get(f"/records/{other.id}").content.decode()
    assert "Waits for you" in client.get(f"/records/{coming.id}").content.decode()


def test_who_is_paid_sees_neither_the_fee_nor_the_senders_side() -> None:
    client, me = signed_in()
    paid = transfer(payer=new_uuid7(), payee=me, fee=Money(37, "USD"), by="A••• S••••")
    for page in (
        client.get(f"/records/{paid.id}").content.decode(),
        text_of(client.get(f"/records/{paid.id}/receipt.pdf").content),
    ):
        assert "A••• S••••" in page
        assert "0.37" not in page
        assert "12.87" not in page
        assert "carter" not in page.lower()


def test_who_tops_up_sees_what_the_card_is_charged() -> None:
    client, me = signed_in()
    added = top_up(me, amount=Money(5000, "USD"), fee=Money(75, "USD"))
    for page in (
        client.get(f"/records/{added.id}").content.decode(),
        text_of(client.get(f"/records/{added.id}/receipt.pdf").content),
    ):
        for said in ("Visa •••• 4242", "50.00", "0.75", "50.75", "The card is charged"):
            assert said in page, said


def test_an_unknown_top_up_says_that_nothing_is_lost() -> None:
    client, me = signed_in()
    unknown = advance(
        top_up(me, state=State.PROCESSING), State.UNKNOWN,
        reason=Reason.ANSWER_LOST, turn=Turn.PROVIDER, next_step=NextStep.ANSWER_IS_FOUND,
    )  # fmt: skip
    page = client.get(f"/records/{unknown.id}").content.decode()
    assert "We do not know yet whether the card was charged" in page
    assert "You need not top up a second time" in page


def test_nobody_else_finds_it() -> None:
    mine, me = signed_in()
    other, _ = signed_in()
    found = transfer(payer=me)
    for page in ("", "/receipt.pdf"):
        assert mine.get(f"/records/{found.id}{page}").status_code == 200
        strange, missing = other.get(f"/records/{found.id}{page}"), other.get(f"/records/{new_uuid7()}{page}")
        assert strange.status_code == missing.status_code == 404
        assert same_for_all(strange.content) == same_for_all(missing.content)
        nobody = Client(headers={"host": "localhost"}).get(f"/records/{found.id}{page}")
        assert nobody.status_code == 302
    assert mine.get("/records/1").status_code == 404


def test_a_payee_without_a_line_does_not_see_it_yet() -> None:
    client, me = signed_in()
    delayed = transfer(payer=new_uuid7(), waits=Reason.DELAYED)
    assert client.get(f"/records/{delayed.id}").status_code == 404
    assert ids(client) == []
    assert me != delayed.payer_id


@pytest.mark.parametrize("path", ["", "/receipt.pdf"])
def test_nothing_about_a_movement_is_kept_in_a_cache(path: str) -> None:
    client, me = signed_in()
    answer = client.get(f"/records/{transfer(payer=me).id}{path}")
    assert "no-store" in answer["Cache-Control"]
    assert client.post(f"/records/{new_uuid7()}{path}").status_code in (403, 405)


@pytest.mark.parametrize(("language", "said"), [("en", "Completed"), ("zh-hans", "已完成")])
def test_a_receipt_in_each_language(language: str, said: str) -> None:
    client, me = signed_in(legal_name="Anna Maria Smith")
    paid = transfer(payer=me, fee=Money(25, "USD"), note="十二月房租")
    reads = {"accept-language": language}
    answer = client.get(f"/records/{paid.id}/receipt.pdf", headers=reads)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'inline; filename="okpay-{paid.reference}.pdf"'
    text = squeezed(text_of(answer.content))
    for part in (said, "AnnaMariaSmith", "BenCarter", "12.50USD", "12.75USD", "十二月房租", paid.reference):
        assert part in text, part
    assert answer.content == client.get(f"/records/{paid.id}/receipt.pdf", headers=reads).content
