"""Asking for a message is one insert, of nothing that can be read in the table, and refuses what cannot be sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from okpay.base.encryption import Unreadable, load_key_ring
from okpay.base.errors import BrokenInvariant
from okpay.notifications.actions import queue_mail, queue_sms
from okpay.notifications.errors import RecipientMalformed
from okpay.notifications.models import DeliveryRow
from okpay.notifications.sealing import open_content, open_recipient

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
RESET = {"link": "https://wallet.example.com/reset/secret-token", "minutes": 30}
CODE = {"code": "480215", "minutes": 10}


def mail(to: str = "anna@example.com", **more: Any) -> UUID:
    return queue_mail(
        **{"to": to, "template": "reset_password", "language": "en", "data": RESET, "now": NOW, **more}
    )


def sms(to: str = "+12025550123", **more: Any) -> UUID:
    return queue_sms(
        **{"to": to, "template": "phone_code", "language": "zh-hans", "data": CODE, "now": NOW, **more}
    )


def test_it_is_one_insert_whoever_it_is_for() -> None:
    for ask in (mail, sms, partial(mail, "nobody@example.org", user_id=uuid4(), phrase="blue heron")):
        with CaptureQueriesContext(connection) as asked:
            ask()
        assert [query["sql"][:11] for query in asked.captured_queries] == ["INSERT INTO"]


def test_it_comes_and_goes_with_the_caller() -> None:
    with transaction.atomic():
        id_ = mail()
        transaction.set_rollback(True)
    assert not DeliveryRow.objects.filter(id=id_).exists()


def test_the_table_shows_neither_whom_nor_what(app_url: str) -> None:
    ids = [mail(name="Anna Smith", phrase="blue heron"), sms()]
    with psycopg.connect(app_url) as other:
        rows = other.execute(
            "SELECT *, t::text FROM notifications_delivery t WHERE id = ANY (%s)", [ids]
        ).fetchall()
    seen = repr(rows) + repr([bytes.fromhex(row[-1].split("\\\\x")[1].split('"')[0]) for row in rows])
    for secret in ("anna@", "secret-token", "Anna", "heron", "2025550123", "480215"):
        assert secret not in seen
    row = DeliveryRow.objects.get(id=ids[0])
    ring = load_key_ring()
    assert open_recipient(ring, row.id, bytes(row.recipient)) == "anna@example.com"
    content = open_content(ring, row.id, bytes(row.data or b""))
    assert (content.data, content.name, content.phrase) == (RESET, "Anna Smith", "blue heron")
    assert "secret" not in repr(content)
    with pytest.raises(Unreadable):
        open_recipient(ring, uuid4(), bytes(row.recipient))


@pytest.mark.parametrize(
    ("expires_at", "minutes"),
    [(None, 24 * 60), (NOW + timedelta(minutes=30), 30), (NOW + timedelta(days=9), 24 * 60)],
)
def test_it_is_tried_until_it_expires_and_no_longer_than_a_day(
    expires_at: datetime | None, minutes: int
) -> None:
    row = DeliveryRow.objects.get(id=mail(expires_at=expires_at))
    assert row.give_up_at == NOW + timedelta(minutes=minutes)
    assert (row.state, row.attempts, row.next_at, row.language) == ("queued", 0, NOW, "en")


@pytest.mark.parametrize(
    "to",
    [
        "", "anna", "anna@", "@example.com", "a@b@example.com", "anna@example.com\r\nBcc: x@evil.example",
        "anna@example.com\n", "anna@exam ple.com", "anna@example.com,x@evil.example", "Anna <anna@example.com>",
        '"a b"@example.com', "anna@example.com\x00", "用户@example.com", "a" * 250 + "@example.com", "anna@..",
        "anna@" + "例" * 70 + ".example", "anna..x@example.com", ".anna@example.com", "anna@exa\ud800mple.com",
    ],
)  # fmt: skip
def test_what_is_no_mail_address_is_refused(to: str) -> None:
    with pytest.raises(RecipientMalformed) as refused:
        mail(to)
    assert refused.value.code == "recipient_malformed"
    assert to == "" or to not in repr(refused.value), "an error may end in a log"


@pytest.mark.parametrize(
    "to", ["anna+okpay@example.com", "o'brien@example.com", "a_b.c-d@sub.example.org", "a@例子.example"]
)
def test_what_people_have_as_addresses_is_taken(to: str) -> None:
    mail(to)


@pytest.mark.parametrize(
    "to", ["", "12025550123", "+1 202 555 0123", "+0123456789", "+12025550123\r\n", "+1２025550123"]
)
def test_what_is_no_number_is_refused(to: str) -> None:
    with pytest.raises(RecipientMalformed):
        sms(to)


@pytest.mark.parametrize(
    "change",
    [
        {"template": "reset_pasword"},
        {"template": "phone_code"},
        {"language": "de"},
        {"data": {**RESET, "more": 1}},
        {"data": {"link": RESET["link"]}},
        {"data": {**RESET, "minutes": 0}},
        {"data": {**RESET, "minutes": True}},
        {"data": {**RESET, "minutes": "30"}},
        {"data": {**RESET, "link": "javascript:alert(1)"}},
        {"data": {**RESET, "link": "https://wallet.example.com/a b"}},
        {"data": {**RESET, "link": 'https://wallet.example.com/"onclick='}},
        {"now": datetime(2026, 11, 25)},  # noqa: DTZ001 - that is the fault
    ],
)
def test_a_message_that_does_not_exist_is_a_fault_of_the_program(change: dict[str, Any]) -> None:
    with pytest.raises(BrokenInvariant) as fault:
        mail(**change)
    assert "secret-token" not in str(fault.value)
