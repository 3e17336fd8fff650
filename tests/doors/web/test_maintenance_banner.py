"""The banner of a maintenance: on every page, in the reader's language, for one cheap read a second."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from okpay.base import clock
from okpay.doors.web import maintenance
from okpay.ledger import actions
from okpay.ledger import queries as ledger
from tests.factories.people import open_person, session_of

MEANING = {"en": "Transfers that you send now wait and arrive afterwards"}
PAGES = ("/", "/fees", "/book", "/design", "/account/login/", "/no-such-page")
PAGES_OF_A_WALLET = ("/wallet", "/inbox", "/account", "/account/email/")


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(maintenance, "_board", maintenance._Board())
    monkeypatch.setattr(maintenance, "CACHE_SECONDS", 0)
    yield
    with transaction.atomic():
        actions.end_maintenance(now=clock.now(), actor="operator:ada")


def start(*, minutes: int | None = None, message: str = "", message_zh: str = "") -> None:
    now = clock.now()
    until = None if minutes is None else now + timedelta(minutes=minutes)
    with transaction.atomic():
        actions.start_maintenance(
            until=until, message=message, message_zh=message_zh, now=now, actor="operator:ada"
        )


def page(address: str = "/fees", language: str = "en", session: str = "") -> str:
    client = Client(
        headers={"host": "localhost", "accept-language": language, "user-agent": "Test Browser/1.0"}
    )
    if session:
        client.cookies["okpay_session"] = session
    return client.get(address).content.decode()


def test_every_page_has_it_while_it_goes_on() -> None:
    session = session_of(open_person())
    start()
    for address in PAGES:
        assert page(address).count(MEANING["en"]) == 1, address
    for address in PAGES_OF_A_WALLET:
        assert page(address, session=session).count(MEANING["en"]) == 1, address
    with transaction.atomic():
        actions.end_maintenance(now=clock.now(), actor="operator:ada")
    for address in PAGES:
        assert "announcement" not in page(address), address


def test_the_message_is_in_the_readers_language_if_there_is_one() -> None:
    start(message="New <b>disks</b>.", message_zh="更换磁盘。")
    assert '<p lang="en">New &lt;b&gt;disks&lt;/b&gt;.</p>' in page()
    assert '<p lang="zh-Hans">更换磁盘。</p>' in page(language="zh-CN")
    assert "disks" not in page(language="zh-CN")
    start(message="New disks.")
    assert '<p lang="en">New disks.</p>' in page(language="zh-CN")
    start()
    assert "<p lang=" not in page()


def test_it_says_until_when_and_when_it_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    start()
    assert "expected to end" not in page()
    start(minutes=30)
    present = ledger.maintenance()
    assert present is not None
    assert present.until is not None
    assert "It is expected to end at" in page()
    assert f'datetime="{present.until.isoformat()}"' in page()
    late = present.until + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert "It takes longer than announced" in page()


def test_many_pages_cost_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "CACHE_SECONDS", 60)
    start()
    reads = []

    def counted() -> object:
        reads.append(1)
        return original()

    original = ledger.maintenance
    monkeypatch.setattr(ledger, "maintenance", counted)
    for _ in range(5):
        assert MEANING["en"] in page()
    assert len(reads) == 1


def test_a_public_page_asks_nothing_else() -> None:
    with CaptureQueriesContext(connection) as asked:
        page()
    assert len(asked) <= 1


def test_without_a_database_pages_stand_and_say_what_was_true(monkeypatch: pytest.MonkeyPatch) -> None:
    start()
    page()

    def away() -> None:
        raise OperationalError("away")

    monkeypatch.setattr(ledger, "maintenance", away)
    assert MEANING["en"] in page()
    monkeypatch.setattr(maintenance, "_board", maintenance._Board())
    assert "announcement" not in page()
