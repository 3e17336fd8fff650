"""What people are told of their movements: whom, what, how often, and nothing that a stranger could say through us."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from okpay.base import clock
from okpay.base.encryption import load_key_ring
from okpay.base.ids import new_uuid7
from okpay.base.models import OutboxEvent
from okpay.base.money import Money
from okpay.base.outbox import Event, Listener
from okpay.base.relay import Relay
from okpay.customers import actions as customers
from okpay.doors.web import movement_messages
from okpay.identity import actions as identity
from okpay.identity.records import AddressKind
from okpay.ledger import actions as ledger
from okpay.ledger.records import AccountStatus
from okpay.movements import actions as movements
from okpay.movements.records import Kind, Movement, NewMovement, NextStep, Reason, State, Step, Turn, line_of
from okpay.notifications import queries as notices
from okpay.notifications.models import DeliveryRow
from okpay.notifications.rendering import Rendered, render
from okpay.notifications.sealing import open_content, open_recipient
from okpay.transfers import actions as transfers
from okpay.transfers.records import Recipient
from tests.factories.customers import new_customer
from tests.factories.people import open_person, unique_email, unique_phone
from tests.factories.sent import sent_to
from tests.factories.transfers import Holder, cancel, movement_of, new_holder, nobody, sent, settle

CORPUS = [
    "../../etc/passwd", "..%2f..%2f", "a\u0000.jpg", '"a\r\nX: y.jpg"', "gpj.\u202eexe", "=1+1",
    "=cmd|' /C calc'!A0", '=HYPERLINK("https://evil.example","x")', "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>', "<svg/onload=alert(1)>", "javascript:alert(1)", "{{7*7}}", "${7*7}",
    "</title><script>", "&#x3c;img src=x&#x3e;", "a\u2028b", "Bob\r\nBcc: x@evil.example",
    "https://evil.example/win", "Call 0800 123 456",
]  # fmt: skip
"""Names and notes that would like to be more."""


def tell() -> None:
    """Let the relay go round until nothing is left."""
    wakes = Listener("transfers", transfers.WAKES, transfers.wake)
    relay = Relay([movement_messages.listener(), wakes])
    while relay.run_once():
        pass


def told(user: Any) -> list[tuple[str, str, str]]:
    """Return the code, title and body of every notice of somebody, the oldest first."""
    found = notices.inbox(user.pk)
    return [
        (notice.code, (words := notices.words(notice, user.language)).title, words.body)
        for notice in reversed(found)
    ]


def codes(user: Any) -> list[str]:
    """Return the codes of somebody's notices, the oldest first."""
    return [code for code, _, _ in told(user)]


def mailed(address: str) -> list[str]:
    """Return the codes of what waits to be sent to an address or number, the oldest first."""
    return [code for code, _ in sent_to(address)]


def message(address: str, code: str) -> tuple[DeliveryRow, Rendered]:
    """Return the latest message of a code to an address, with its words."""
    ring = load_key_ring()
    for row in DeliveryRow.objects.filter(template=code).exclude(data=None).order_by("-id"):
        if open_recipient(ring, row.id, bytes(row.recipient)) == address:
            content = open_content(ring, row.id, bytes(row.data or b""))
            words = render(
                code, language=row.language, data=content.data, name=content.name, phrase=content.phrase
            )
            return row, words
    raise AssertionError(f"no {code} to {address}")


def test_the_payee_is_told_that_money_arrived() -> None:
    anna, ben = new_holder(available_minor=50_00), new_holder(language="zh-hans")
    identity.set_phrase(user_id=ben.user.pk, phrase="窗外的梧桐")
    movement = sent(anna, ben.email, 20_00, note="拉面")
    tell()
    ((code, title, body),) = told(ben.user)
    assert code == "transfer_arrived"
    assert "Anna" in title
    assert "US$20.00" in title
    assert "“拉面”" in body
    assert mailed(ben.user.email) == ["transfer_arrived"]
    row, mail = message(ben.user.email, "transfer_arrived")
    assert (row.user_id, row.language) == (ben.user.pk, "zh-Hans")
    assert "US$20.00" in mail.subject
    assert "Anna" not in mail.subject
    assert "Anna" in mail.text
    assert movement.reference in mail.text
    assert "窗外的梧桐" in mail.text, "every genuine mail carries the phrase"
    assert "拉面" not in mail.text + mail.html, "a note stands in no mail"
    assert (codes(anna.user), mailed(anna.user.email)) == ([], []), "who sent it saw the page"


def test_the_payer_is_told_when_what_waited_arrives() -> None:
    anna, address = new_holder(available_minor=50_00), nobody()
    sent(anna, address, 20_00)
    tell()
    assert codes(anna.user) == []
    carla = open_person(email=address.address)
    new_customer(user_id=carla.pk)
    tell()
    settle()
    tell()
    ((code, title, body),) = told(anna.user)
    assert (code, title) == ("transfer_delivered", "Your transfer of $20.00 has arrived")
    assert address.address in body
    assert mailed(anna.user.email) == []
    assert codes(carla) == ["transfer_arrived"]
    assert mailed(address.address) == ["invitation", "transfer_arrived"]


def test_somebody_who_is_not_registered_is_invited_in_the_senders_language() -> None:
    anna, address = new_holder(available_minor=50_00, language="zh-hans", display_name="安娜"), nobody()
    movement = sent(anna, address, 20_00, note="拉面")
    tell()
    row, mail = message(address.address, "invitation")
    assert (row.user_id, row.language) == (None, "zh-Hans")
    assert "安娜" in mail.text
    assert "US$20.00" in mail.text
    assert "/account/signup" in mail.text
    for hidden in ("拉面", anna.user.email, anna.user.legal_name, movement.reference, str(movement.id)):
        assert hidden not in mail.text + mail.html + mail.subject


def test_a_number_is_invited_by_sms() -> None:
    anna, number = new_holder(available_minor=50_00), unique_phone()
    sent(anna, Recipient(AddressKind.PHONE, number), 20_00)
    tell()
    assert mailed(number) == ["phone_invitation"]
    text = message(number, "phone_invitation")[1].text
    assert text.startswith("OKPay: Anna sent you $20.00. Open an account with this number by ")


def test_whoever_has_written_an_address_down_is_asked_to_prove_it_and_greeted_by_no_name() -> None:
    anna, address, number = new_holder(available_minor=50_00), nobody(), unique_phone()
    other = open_person(email=address.address, proven=False, display_name="Carla", language="zh-hans")
    identity.claim_phone(user_id=other.pk, number=number)
    sent(anna, address, 20_00)
    sent(anna, Recipient(AddressKind.PHONE, number), 5_00)
    tell()
    assert (mailed(address.address), mailed(number)) == (
        ["invitation_unproven"],
        ["phone_invitation_unproven"],
    )
    row, mail = message(address.address, "invitation_unproven")
    assert (row.user_id, row.language) == (None, "en"), "nothing depends on whose the address may be"
    assert "Carla" not in mail.text
    assert codes(other) == []


def test_a_transfer_invites_once_whatever_it_waits_for_next() -> None:
    anna, address = new_holder(available_minor=50_00), nobody()
    movement = sent(anna, address, 20_00)
    tell()
    open_person(email=address.address, proven=False)
    with transaction.atomic():
        locked = movements.lock_many([movement.id])
        step = Step(
            movement.id, State.PENDING, clock.now(), Reason.ADDRESS_NOT_PROVEN, Turn.PAYEE,
            NextStep.PROVES_ADDRESS, movement.deadline_at,
        )  # fmt: skip
        movements.advance_many([step], locked)
    tell()
    assert mailed(address.address) == ["invitation"]
    assert codes(anna.user) == [], "another cause to wait is nothing to be told of"


def test_an_address_is_invited_three_times_a_day_whoever_sends() -> None:
    address = nobody()
    for _ in range(2):
        anna = new_holder(available_minor=50_00)
        for _ in range(2):
            sent(anna, address, 1_00)
    tell()
    assert mailed(address.address) == ["invitation"] * 3


def test_what_was_cancelled_before_anybody_came_to_tell_invites_nobody() -> None:
    anna, address = new_holder(available_minor=50_00), nobody()
    movement = sent(anna, address, 20_00)
    cancel(anna, movement.id)
    tell()
    assert mailed(address.address) == []
    assert codes(anna.user) == ["transfer_cancelled"]
    assert mailed(anna.user.email) == []


def test_what_comes_back_is_told_to_the_payer_alone() -> None:
    anna, address = new_holder(available_minor=50_00), nobody()
    sent(anna, address, 20_00, now=clock.now() - timedelta(days=14) + timedelta(seconds=2))
    tell()
    # The book lets a hold expire by its own clock.
    time.sleep(2.1)
    settle()
    tell()
    assert codes(anna.user) == ["transfer_returned"]
    assert mailed(anna.user.email) == ["transfer_returned"]
    assert mailed(address.address) == ["invitation"]
    mail = message(anna.user.email, "transfer_returned")[1]
    assert "came back" in mail.subject
    assert re.search(r"n•+@example\.com", mail.text)
    assert address.address not in mail.text, "a mail masks addresses"
    assert "/account/recover/" in mail.text, "it can be locked from here"


def test_a_payee_at_their_limit_is_told_once() -> None:
    anna, ben = new_holder(available_minor=500_00), new_holder(level=0)
    movement = sent(anna, ben.email, 150_00)
    tell()
    account_id = ben.wallet.available_account_id
    for status, wait in ((AccountStatus.FROZEN, 6), (AccountStatus.ACTIVE, 12)):
        ledger.set_account_status(account_id=account_id, status=status)
        settle(clock.now() + timedelta(seconds=wait))
        tell()
    assert movement_of(movement.id).events == 3
    assert codes(ben.user) == ["transfer_over_limit"]
    assert mailed(ben.user.email) == ["transfer_over_limit"]
    mail = message(ben.user.email, "transfer_over_limit")[1]
    assert "/account/limits" in mail.text
    assert codes(anna.user) == []
    with transaction.atomic():
        customers.set_level(customer_id=ben.customer.id, level=1, now=clock.now())
    tell()
    settle()
    tell()
    assert codes(ben.user) == ["transfer_over_limit", "transfer_arrived"]
    assert codes(anna.user) == ["transfer_delivered"]


def test_a_frozen_payee_is_not_tipped_off() -> None:
    anna, ben = new_holder(available_minor=50_00), new_holder()
    ledger.set_account_status(account_id=ben.wallet.available_account_id, status=AccountStatus.FROZEN)
    movement = sent(anna, ben.email, 20_00, now=clock.now() - timedelta(days=14, seconds=1))
    tell()
    assert movement.reason is Reason.RECIPIENT_FROZEN
    assert (codes(ben.user), mailed(ben.user.email)) == ([], [])
    settle()
    tell()
    assert (codes(ben.user), mailed(ben.user.email)) == ([], [])
    mail = message(anna.user.email, "transfer_returned")[1]
    assert not re.search(
        "froz|freez|check|suspen|limit", mail.text.split("Nobody at OKPay")[0], re.IGNORECASE
    )


def test_a_delayed_one_is_told_when_it_arrives() -> None:
    anna, ben = new_holder(available_minor=50_00), new_holder(display_name="Ben")
    sent(anna, ben.email, 20_00, delay_hours=2)
    tell()
    assert (codes(ben.user), codes(anna.user)) == ([], [])
    settle(clock.now() + timedelta(minutes=121))
    tell()
    assert (codes(ben.user), codes(anna.user)) == (["transfer_arrived"], ["transfer_delivered"])
    assert told(anna.user)[0][2].startswith("To: Ben.")


def test_the_payer_is_told_when_it_is_newly_their_turn() -> None:
    anna, number = new_holder(available_minor=50_00), unique_phone()
    sent(anna, Recipient(AddressKind.PHONE, number), 20_00)
    identity.prove_phone(user_id=anna.user.pk, number=number, now=clock.now())
    tell()
    settle()
    tell()
    assert codes(anna.user) == ["transfer_needs_payer"]
    mail = message(anna.user.email, "transfer_needs_payer")[1]
    assert "waits for you" in mail.subject
    assert number not in mail.text


@pytest.mark.parametrize("hostile", CORPUS)
def test_names_and_notes_do_nothing(hostile: str) -> None:
    plain, anna = new_holder(available_minor=50_00), new_holder(available_minor=50_00)
    # As somebody could have written it before names were looked at.
    type(anna.user).objects.filter(pk=anna.user.pk).update(display_name=hostile.replace("\0", "")[:60])
    ben, carl = new_holder(), new_holder()
    found = {}
    for payer, payee in ((plain, ben), (anna, carl)):
        address = nobody()
        note = "".join(letter for letter in hostile if letter.isprintable()) if payer is anna else ""
        sent(payer, payee.email, 20_00, note=note)
        sent(payer, address, 20_00, note=note)
        tell()
        found[payer.user.pk] = (
            message(payee.user.email, "transfer_arrived")[1],
            message(address.address, "invitation")[1],
        )
    for usual, smuggled in zip(found[plain.user.pk], found[anna.user.pk], strict=True):
        assert smuggled.subject == usual.subject
        assert len(smuggled.text.splitlines()) == len(usual.text.splitlines())
        assert re.findall(r"<[a-z]+", smuggled.html) == re.findall(r"<[a-z]+", usual.html)
        assert "evil.example" not in smuggled.text + smuggled.html
        assert "0800" not in smuggled.text
    ((_, title, body),) = told(carl.user)
    assert "\n" not in title + body
    assert body.count("”") == 1


def top_up(owner: Holder, state: State, *, ago: timedelta = timedelta(0)) -> Movement:
    """Write down a top-up from a card that is being worked on, or is done."""
    now = clock.now() - ago
    is_final = state.is_final
    movement = Movement(
        id=new_uuid7(), kind=Kind.TOP_UP, state=state, reason=Reason.NONE,
        turn=Turn.NOBODY if is_final else Turn.PROVIDER,
        next_step=NextStep.NONE if is_final else NextStep.CARD_IS_CHARGED,
        deadline_at=None if is_final else now + timedelta(days=1), currency="USD", amount_minor=20_00,
        fee_minor=0, payer_id=None, payee_id=owner.customer.id, payee_key=owner.customer.id, note="",
        events=1, created_at=now, changed_at=now,
    )  # fmt: skip
    line = line_of(movement, owner.customer.id, counterparty="Visa 4242", at=now)
    with transaction.atomic():
        movements.open_many([NewMovement(movement, (line,))])
    return movement


def advance(movement: Movement, state: State, reason: Reason = Reason.NONE) -> None:
    """Bring a top-up into a state."""
    now = clock.now()
    step = Step(movement.id, state, now, reason)
    if not state.is_final:
        step = replace(
            step, turn=Turn.PROVIDER, next_step=NextStep.ANSWER_IS_FOUND, deadline_at=now + timedelta(days=1)
        )
    with transaction.atomic():
        movements.advance_many([step], movements.lock_many([movement.id]))


def test_a_top_up_is_told_to_its_owner() -> None:
    quick, slow = new_holder(), new_holder()
    top_up(quick, State.COMPLETED)
    advance(top_up(slow, State.PROCESSING, ago=timedelta(seconds=90)), State.COMPLETED)
    tell()
    assert (codes(quick.user), mailed(quick.user.email)) == (["top_up_completed"], [])
    assert (codes(slow.user), mailed(slow.user.email)) == (["top_up_completed"], ["top_up_completed"])


def test_a_declined_top_up_says_why() -> None:
    anna = new_holder()
    advance(top_up(anna, State.PROCESSING), State.DECLINED, Reason.CARD_INSUFFICIENT_FUNDS)
    tell()
    ((code, _, body),) = told(anna.user)
    assert (code, body) == ("top_up_declined", "The card has not enough funds. No money was moved.")
    assert mailed(anna.user.email) == []


def test_an_unknown_top_up_is_told_once_and_its_end_by_mail() -> None:
    anna = new_holder()
    movement = top_up(anna, State.PROCESSING)
    for _ in range(2):
        advance(movement, State.UNKNOWN, Reason.ANSWER_LOST)
        tell()
    assert (codes(anna.user), mailed(anna.user.email)) == (["top_up_unknown"], [])
    advance(movement, State.DECLINED, Reason.CARD_DECLINED)
    tell()
    assert codes(anna.user) == ["top_up_unknown", "top_up_declined"]
    assert mailed(anna.user.email) == ["top_up_declined"]


def test_everything_is_told_once_by_relays_at_once_that_fail_now_and_then() -> None:
    anna, ben = new_holder(available_minor=50_00), new_holder()
    addresses = [nobody() for _ in range(4)]
    for address in addresses:
        sent(anna, ben.email, 1_00)
        sent(anna, address, 1_00)
    ours, failures = movement_messages.listener(), iter(range(1000))

    def handle(events: Sequence[Event]) -> None:
        ours.handle(list(events))
        if next(failures) % 3 == 0:
            raise RuntimeError("after everything was written")

    listener = Listener(ours.name, ours.types, handle)
    barrier = threading.Barrier(2)

    def go() -> None:
        relay = Relay([listener], batch=3, pauses=(timedelta(0),))
        try:
            barrier.wait()
            for _ in range(60):
                relay.run_once()
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tell()
    assert codes(ben.user) == ["transfer_arrived"] * 4
    assert mailed(ben.user.email) == ["transfer_arrived"] * 4
    assert [mailed(address.address) for address in addresses] == [["invitation"]] * 4


def test_no_event_holds_anything_personal() -> None:
    started = clock.now()
    anna = new_holder(available_minor=50_00, display_name="Annabella")
    ben, address = new_holder(), Recipient(AddressKind.EMAIL, unique_email("nobody"))
    sent(anna, ben.email, 20_00, note="ramen on Friday")
    sent(anna, address, 20_00, note="ramen on Friday")
    tell()
    seen = json.dumps([event.data for event in OutboxEvent.objects.filter(occurred_at__gte=started)])
    assert "transfer_arrived" in seen
    for personal in ("Annabella", "ramen", address.address, ben.user.email, "20.00", "2000"):
        assert personal not in seen


def test_a_movement_of_nobody_known_does_not_stop_the_others() -> None:
    ben = new_holder()
    stranger = new_customer()
    movement = top_up(replace(ben, customer=stranger), State.COMPLETED)
    top_up(ben, State.COMPLETED)
    tell()
    assert codes(ben.user) == ["top_up_completed"]
    assert movement_of(movement.id).amount == Money(20_00, "USD")
