"""Devices, the emergency lock, and asking for a way back in."""

from __future__ import annotations

import pytest
from django.db import transaction

from okpay.base import audit, clock
from okpay.identity import actions, queries
from okpay.identity.errors import IdentityRefused
from okpay.identity.records import Recovery, Sighting
from tests.factories.people import open_person, unique_email


def test_a_device_is_first_known_or_new() -> None:
    user = open_person()
    seen = {"user_id": user.pk, "user_agent": "Browser " * 100, "address": "192.0.2.1"}
    assert actions.remember_device(**seen, token="one", now=clock.now()) is Sighting.FIRST
    assert actions.remember_device(**seen, token="one", now=clock.now()) is Sighting.KNOWN
    assert actions.remember_device(**seen, token="two", now=clock.now()) is Sighting.NEW
    first, second = queries.devices(user.pk)
    assert first.first_seen_at > second.first_seen_at
    actions.forget_device(user_id=open_person().pk, device_id=first.id)
    assert len(queries.devices(user.pk)) == 2
    actions.forget_device(user_id=user.pk, device_id=first.id)
    assert queries.devices(user.pk) == [second]
    assert actions.remember_device(**seen, token="two", now=clock.now()) is Sighting.NEW


def test_a_lock_holds_until_it_is_undone_and_leaves_a_trace() -> None:
    user, now = open_person(), clock.now()
    assert actions.lock(user_id=user.pk, now=now)
    assert not actions.lock(user_id=user.pk, now=now)
    assert queries.person(user.pk).locked_at == now
    actions.unlock(user_id=user.pk, now=now)
    assert queries.person(user.pk).locked_at is None
    with pytest.raises(IdentityRefused):
        actions.unlock(user_id=user.pk, now=now)
    assert [row.action for row in audit.history(f"user:{user.pk}")] == ["unlocked", "locked"]


def test_requests_are_taken_once_in_their_order() -> None:
    with transaction.atomic():
        actions.take_recovery_requests()
    wanted = [unique_email() for _ in range(3)]
    for email in wanted:
        actions.ask_for_recovery(kind=Recovery.RESET, email=email, language="en", now=clock.now())
    with transaction.atomic():
        assert [request.email for request in actions.take_recovery_requests()] == wanted
        assert actions.take_recovery_requests() == []
