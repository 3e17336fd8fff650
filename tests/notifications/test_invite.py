"""Invitations: one about each thing, three a day for an address, whoever asks at the same moment."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.notifications import actions
from okpay.notifications.models import DeliveryRow, InvitationRow
from okpay.notifications.records import Channel
from tests.factories.people import unique_email, unique_phone

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(days=14)
DATA = {
    "sender": "Anna",
    "amount": Money(20_00, "USD"),
    "until": UNTIL,
    "link": "https://wallet.example.com/sign-up",
}


def invite(to: str, *, about: UUID | None = None, now: datetime = NOW, **more: Any) -> UUID | None:
    values: dict[str, Any] = {
        "about": about or new_uuid7(),
        "channel": Channel.MAIL,
        "to": to,
        "template": "invitation",
        "language": "en",
        "data": DATA,
        "now": now,
        "expires_at": UNTIL,
    }
    with transaction.atomic():
        return actions.invite(**{**values, **more})


def test_there_is_one_about_each_thing() -> None:
    to, about = unique_email(), new_uuid7()
    first = invite(to, about=about)
    assert first is not None
    assert invite(to, about=about) is None
    assert invite(unique_email(), about=about) is None, "not to another address either"
    row = DeliveryRow.objects.get(id=first)
    assert (row.user_id, row.template, row.give_up_at) == (None, "invitation", NOW + timedelta(days=1))


def test_an_address_gets_three_within_a_day() -> None:
    to = unique_email()
    sent = [invite(to, now=NOW + timedelta(hours=hour)) for hour in (0, 1, 2, 3, 23)]
    assert [id_ is not None for id_ in sent] == [True, True, True, False, False]
    assert invite(to, now=NOW + timedelta(hours=24, seconds=1)) is not None
    assert invite(to, now=NOW + timedelta(hours=24, seconds=2)) is None, "any 24 hours, not a calendar's day"
    assert invite(unique_email(), now=NOW) is not None, "another address has its own"


def test_a_number_is_counted_too() -> None:
    number = unique_phone()
    by_sms: dict[str, Any] = {"channel": Channel.SMS, "template": "phone_invitation"}
    assert [invite(number, **by_sms) is not None for _ in range(4)] == [True, True, True, False]


def test_three_go_out_however_many_ask_at_once() -> None:
    to, barrier, sent = unique_email(), threading.Barrier(6), list[UUID | None]()

    def at_once() -> None:
        try:
            barrier.wait()
            sent.append(invite(to))
        finally:
            connection.close()

    threads = [threading.Thread(target=at_once) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(id_ is not None for id_ in sent) == [False] * 3 + [True] * 3


def test_it_comes_and_goes_with_the_caller() -> None:
    to = unique_email()
    with transaction.atomic():
        invite(to)
        transaction.set_rollback(True)
    assert [invite(to) is not None for _ in range(4)] == [True, True, True, False]
    with pytest.raises(BrokenInvariant):
        actions.invite(
            about=new_uuid7(), channel=Channel.MAIL, to=to, template="invitation", language="en", data=DATA,
            now=NOW, expires_at=UNTIL,
        )  # fmt: skip


def test_the_table_does_not_show_whom_and_is_not_changed(app_url: str) -> None:
    to, about = unique_email(), new_uuid7()
    invite(to, about=about)
    with psycopg.connect(app_url) as other:
        (row,) = other.execute(
            "SELECT * FROM notifications_invitation WHERE about_id = %s", [about]
        ).fetchall()
        assert to not in repr(row)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            other.execute("UPDATE notifications_invitation SET at = now()")


def test_it_is_forgotten_after_ninety_days() -> None:
    old, new = new_uuid7(), new_uuid7()
    invite(unique_email(), about=old, now=NOW - timedelta(days=91))
    invite(unique_email(), about=new, now=NOW - timedelta(days=89))
    while actions.forget_old(now=NOW):
        pass
    assert list(InvitationRow.objects.filter(about_id__in=[old, new]).values_list("about_id", flat=True)) == [
        new
    ]
