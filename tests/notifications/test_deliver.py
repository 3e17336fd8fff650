"""What is due is delivered once, whatever the servers and the workers do in between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connections, transaction
from pytest_django.fixtures import Settings

from okpay.base.encryption import KeyRingMissing, create_key_ring
from okpay.base.errors import BrokenInvariant
from okpay.notifications.actions import deliver, deliver_once, forget_old, queue_mail, queue_sms
from okpay.notifications.messages import message_of
from okpay.notifications.models import DeliveryRow
from okpay.notifications.providers.choice import provider_for
from okpay.notifications.providers.protocol import Answer, Outcome, Outgoing
from okpay.notifications.providers.sms import HttpSms
from okpay.notifications.queries import backlog, channels
from okpay.notifications.records import Channel, Channels, Standing, State
from tests.notifications.conftest import Clock
from tests.notifications.samples import sample
from tests.notifications.servers import MailServer, SmsServer

RESET = {"link": "https://wallet.example.com/reset/secret-token", "minutes": 30}
CODE = {"code": "480215", "minutes": 10}


def ask_mail(now: datetime, **more: Any) -> UUID:
    return queue_mail(
        to="anna@example.com", template="reset_password", language="en", data=RESET, now=now, **more
    )


def ask_sms(now: datetime, **more: Any) -> UUID:
    return queue_sms(to="+12025550123", template="phone_code", language="zh-Hans", data=CODE, now=now, **more)


def row(id_: UUID) -> DeliveryRow:
    return DeliveryRow.objects.get(id=id_)


def standing(id_: UUID) -> tuple[str, int, str]:
    found = row(id_)
    return found.state, found.attempts, found.error


class Scripted:
    """A provider that gives one answer after another and counts how often it was called."""

    def __init__(self, *answers: Answer, known: Answer = Answer(Outcome.ABSENT)) -> None:  # noqa: B008 - frozen
        self.answers, self.known = list(answers), known
        self.sent: list[UUID] = []
        self.asked: list[UUID] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def send(self, outgoing: Outgoing) -> Answer:
        self.sent.append(outgoing.id)
        self.meanwhile()
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def ask(self, id: UUID) -> Answer:
        self.asked.append(id)
        return self.known


ACCEPTED, REFUSED = Answer(Outcome.ACCEPTED), Answer(Outcome.REFUSED, "no")
LATER, LOST = Answer(Outcome.TEMPORARY, "later"), Answer(Outcome.UNKNOWN, "answer_lost")


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Scripted], Scripted]:
    """Let a scripted provider serve both channels."""

    def set_up(provider: Scripted) -> Scripted:
        monkeypatch.setattr(deliver, "provider_for", lambda _: provider)
        return provider

    return set_up


Use = Callable[[Scripted], Scripted]


def test_a_mail_goes_out_and_what_it_held_is_wiped(clock: Clock, mail_server: MailServer) -> None:
    id_ = ask_mail(clock.now)
    assert deliver_once(clock=clock) == 1
    (arrived,) = mail_server.received
    assert arrived.to == "anna@example.com"
    assert arrived.reference == f"<{id_}@localhost.example>"
    found = row(id_)
    assert (found.state, found.attempts, found.error, found.finished_at) == ("sent", 1, "", clock.now)
    assert found.data is None
    assert bytes(found.recipient)
    assert deliver_once(clock=clock) == 0


def test_a_password_link_does_not_wait_behind_news(clock: Clock, mail_server: MailServer) -> None:
    for _ in range(3):
        queue_mail(
            to="anna@example.com",
            template="transfer_arrived",
            language="en",
            data=sample(message_of("transfer_arrived", Channel.MAIL).keys),
            now=clock.now - timedelta(hours=1),
        )
    urgent = ask_mail(clock.now)
    assert deliver_once(clock=clock) == 1
    assert row(urgent).state == "sent"
    while deliver_once(clock=clock):
        pass
    assert len(mail_server.received) == 4


def test_both_channels_go_in_one_round(clock: Clock, mail_server: MailServer, sms_server: SmsServer) -> None:
    ask_mail(clock.now)
    ask_sms(clock.now)
    assert deliver_once(channels=[Channel.SMS], clock=clock) == 1
    assert (len(mail_server.received), len(sms_server.received)) == (0, 1)
    assert deliver_once(clock=clock) == 1
    assert channels() == Channels(mail=True, sms=True)


def test_where_nothing_is_configured_all_wait(clock: Clock) -> None:
    id_ = ask_mail(clock.now)
    assert channels() == Channels(mail=False, sms=False)
    assert deliver_once(clock=clock) == 0
    assert standing(id_) == ("queued", 0, "")


def test_the_intent_is_committed_before_the_call(clock: Clock, sms_server: SmsServer, app_url: str) -> None:
    id_ = ask_sms(clock.now)
    seen: list[Any] = []

    def look() -> None:
        with psycopg.connect(app_url) as other:
            seen.append(
                other.execute("SELECT state FROM notifications_delivery WHERE id = %s", [id_]).fetchone()
            )

    sms_server.on_arrival = look
    deliver_once(clock=clock)
    assert seen == [("sending",)]


def test_a_provider_is_never_called_inside_a_transaction(clock: Clock) -> None:
    with transaction.atomic(), pytest.raises(BrokenInvariant, match="transaction"):
        deliver_once(clock=clock)


def test_pauses_grow_and_after_a_day_it_is_given_up(clock: Clock, use: Use) -> None:
    provider, id_, started = use(Scripted(LATER)), ask_mail(clock.now), clock.now
    pauses = []
    while not (found := row(id_)).finished_at:
        pauses.append(int((found.next_at - clock.now).total_seconds()))
        clock.now = max(found.next_at, clock.now)
        deliver_once(clock=clock)
    assert pauses[:9] == [0, 1, 5, 30, 120, 600, 1800, 3600, 3600]
    assert timedelta(hours=22) < clock.now - started <= timedelta(days=1)
    assert (found.state, found.error, found.data) == ("given_up", "later", None)
    assert len(provider.sent) == found.attempts
    assert deliver_once(clock=clock) == 0


def test_a_code_is_not_sent_when_it_has_expired(clock: Clock, use: Use) -> None:
    provider = use(Scripted(LATER, ACCEPTED))
    tried = ask_sms(clock.now, expires_at=clock.now + timedelta(minutes=10))
    deliver_once(clock=clock)
    untried = ask_sms(clock.now, expires_at=clock.now + timedelta(minutes=10))
    clock.forward(minutes=10)
    assert deliver_once(clock=clock) == 1
    assert deliver_once(clock=clock) == 1
    assert provider.sent == [tried]
    assert standing(tried) == ("given_up", 2, "later")
    assert standing(untried) == ("given_up", 1, "expired")


def test_a_refusal_is_final(clock: Clock, mail_server: MailServer, caplog: pytest.LogCaptureFixture) -> None:
    mail_server.behave = "refuse"
    id_ = ask_mail(clock.now)
    deliver_once(clock=clock)
    assert standing(id_) == ("refused", 1, "mail_recipient_refused")
    assert row(id_).data is None
    ours = [found for found in caplog.records if found.name.startswith("okpay")]
    assert ours
    for found in ours:
        assert "anna@" not in repr(found.__dict__)
        assert "secret-token" not in repr(found.__dict__)


def test_an_sms_whose_answer_was_lost_is_asked_for_and_not_sent_again(
    clock: Clock, sms_server: SmsServer
) -> None:
    sms_server.behave = "lost"
    id_ = ask_sms(clock.now)
    deliver_once(clock=clock)
    assert standing(id_) == ("unknown", 1, "answer_lost")
    assert deliver_once(clock=clock) == 0, "it rests first"
    clock.forward(seconds=1)
    deliver_once(clock=clock)
    assert standing(id_) == ("unknown", 2, "answer_lost"), "that answer was lost, too"
    sms_server.behave = "well"
    clock.forward(seconds=5)
    deliver_once(clock=clock)
    assert standing(id_) == ("sent", 3, "")
    assert len(sms_server.received) == 1


def test_an_sms_that_never_arrived_is_sent_again(clock: Clock, use: Use) -> None:
    provider, id_ = use(Scripted(LOST, ACCEPTED)), ask_sms(clock.now)
    deliver_once(clock=clock)
    clock.forward(seconds=1)
    deliver_once(clock=clock)
    assert (provider.sent, provider.asked) == ([id_, id_], [id_])
    assert standing(id_) == ("sent", 2, "")


def test_what_did_arrive_is_not_called_given_up(clock: Clock, use: Use) -> None:
    provider = use(Scripted(LOST, known=LOST))
    id_ = ask_sms(clock.now, expires_at=clock.now + timedelta(minutes=10))
    for _ in range(4):
        deliver_once(clock=clock)
        clock.now = row(id_).next_at
    provider.known = ACCEPTED
    clock.forward(minutes=10)
    deliver_once(clock=clock)
    assert row(id_).state == "sent"
    assert provider.sent == [id_]


def test_what_nobody_knows_ends_with_its_time(clock: Clock, use: Use) -> None:
    provider = use(Scripted(LOST, known=LOST))
    id_ = ask_sms(clock.now, expires_at=clock.now + timedelta(minutes=10))
    for _ in range(10):
        deliver_once(clock=clock)
        clock.now = max(clock.now, row(id_).next_at)
    assert row(id_).state == "given_up"
    assert row(id_).error == "answer_lost"
    assert row(id_).finished_at == row(id_).give_up_at
    assert provider.sent == [id_]


def test_a_mail_whose_answer_was_lost_is_sent_again_under_its_name(
    clock: Clock, mail_server: MailServer
) -> None:
    mail_server.behave = "lost"
    id_ = ask_mail(clock.now)
    deliver_once(clock=clock)
    assert standing(id_) == ("unknown", 1, "answer_lost")
    mail_server.behave = "well"
    clock.forward(seconds=1)
    deliver_once(clock=clock)
    assert standing(id_) == ("sent", 2, "")
    first, second = mail_server.received
    assert first == second, "the same Message-ID and the same bytes"


def test_what_a_killed_worker_left_is_taken_up_after_a_minute(clock: Clock, use: Use) -> None:
    provider, id_ = use(Scripted(ACCEPTED, known=ACCEPTED)), ask_sms(clock.now)

    def die() -> None:
        raise SystemExit

    provider.meanwhile = die
    with pytest.raises(SystemExit):
        deliver_once(clock=clock)
    assert standing(id_) == ("sending", 1, "")
    clock.forward(seconds=59)
    assert deliver_once(clock=clock) == 0
    clock.forward(seconds=1)
    assert deliver_once(clock=clock) == 1
    assert standing(id_) == ("sent", 2, "")
    assert (provider.sent, provider.asked) == ([id_], [id_]), "asked for, not sent twice"


def test_a_worker_that_comes_back_late_changes_nothing(clock: Clock, use: Use) -> None:
    provider, id_ = use(Scripted(REFUSED)), ask_mail(clock.now)

    def overtake() -> None:
        provider.meanwhile = lambda: None
        provider.answers = [ACCEPTED]
        clock.forward(seconds=61)
        assert deliver_once(clock=clock) == 1
        provider.answers = [REFUSED]

    provider.meanwhile = overtake
    deliver_once(clock=clock)
    assert standing(id_) == ("sent", 2, "")


def test_a_worker_that_comes_back_late_leaves_it_to_the_other(clock: Clock, use: Use) -> None:
    provider, id_ = use(Scripted(REFUSED)), ask_mail(clock.now)
    provider.meanwhile = lambda: deliver._take(Channel.MAIL, clock.forward(seconds=61))
    deliver_once(clock=clock)
    assert standing(id_) == ("sending", 2, "")


def test_many_workers_share_the_work(clock: Clock, sms_server: SmsServer, mail_server: MailServer) -> None:
    ids = [ask(clock.now) for _ in range(30) for ask in (ask_mail, ask_sms)]
    start, errors = threading.Barrier(6), []

    def work() -> None:
        try:
            start.wait(10)
            while deliver_once(clock=clock):
                pass
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert {standing(id_) for id_ in ids} == {("sent", 1, "")}
    references = [arrived.reference for arrived in sms_server.received]
    references += [arrived.reference[1:37] for arrived in mail_server.received]
    assert sorted(references) == sorted(str(id_) for id_ in ids)


def test_one_that_cannot_be_rendered_holds_up_nobody(clock: Clock, use: Use) -> None:
    use(Scripted(ACCEPTED))
    bad, good = ask_mail(clock.now), ask_mail(clock.now)
    DeliveryRow.objects.filter(id=bad).update(template="of_an_older_version")
    assert [deliver_once(clock=clock) for _ in range(3)] == [1, 1, 0]
    assert standing(bad) == ("queued", 1, "not_rendered")
    assert standing(good) == ("sent", 1, "")


def test_a_fault_of_a_provider_module_is_unknown(clock: Clock, use: Use) -> None:
    provider, id_ = use(Scripted(ACCEPTED)), ask_sms(clock.now)

    def fail() -> None:
        raise ZeroDivisionError

    provider.meanwhile = fail
    deliver_once(clock=clock)
    assert standing(id_) == ("unknown", 1, "provider_failed")


def test_without_the_keys_nothing_is_used_up(
    clock: Clock, use: Use, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys_folder: Path
) -> None:
    use(Scripted(ACCEPTED))
    id_ = ask_mail(clock.now)
    monkeypatch.setenv("OKPAY_KEYS", str(tmp_path / "lost"))
    with pytest.raises(KeyRingMissing):
        deliver_once(clock=clock)
    assert standing(id_) == ("queued", 0, "")
    create_key_ring(tmp_path / "lost")
    deliver_once(clock=clock)
    assert standing(id_) == ("queued", 1, "key_missing")
    monkeypatch.setenv("OKPAY_KEYS", str(keys_folder))
    clock.forward(seconds=1)
    deliver_once(clock=clock)
    assert standing(id_) == ("sent", 2, "")


def test_what_ended_long_ago_is_forgotten(clock: Clock, use: Use) -> None:
    use(Scripted(ACCEPTED))
    old, waiting = ask_mail(clock.now), ask_mail(clock.now + timedelta(days=200))
    deliver_once(clock=clock)
    assert forget_old(now=clock.forward(days=90)) == 0
    assert forget_old(now=clock.forward(seconds=1)) == 1
    assert not DeliveryRow.objects.filter(id=old).exists()
    assert row(waiting).state == "queued"


def test_the_backlog_counts_what_waits_and_what_ended_lately(clock: Clock, use: Use) -> None:
    use(Scripted(ACCEPTED, REFUSED))
    ask_sms(clock.now)
    deliver_once(clock=clock)
    oldest = clock.forward(days=2)
    ask_sms(clock.now)
    deliver_once(clock=clock)
    ask_mail(clock.now)
    ask_mail(clock.forward(hours=1))
    found = backlog(now=clock.now)
    assert found.standings == (
        Standing(Channel.MAIL, State.QUEUED, 2),
        Standing(Channel.SMS, State.REFUSED, 1),
    )
    assert found.oldest_waiting_at == {Channel.MAIL: oldest}


def test_the_providers_come_from_the_settings(
    clock: Clock, settings: Settings, sms_server: SmsServer
) -> None:
    assert isinstance(provider_for(Channel.SMS), HttpSms)
    settings.SMS_URL = ""
    assert provider_for(Channel.SMS) is None
