"""The pages of sending: what will happen is shown first, the payment password confirms it, and it happens once."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from okpay.base import clock
from okpay.identity import actions as identity
from okpay.ledger import actions as ledger
from okpay.ledger.records import AccountStatus
from okpay.movements import queries as movements
from okpay.movements.records import Reason, Refused, State
from okpay.transfers import models
from tests.factories.people import DIGITS, session_of, set_payment_password
from tests.factories.transfers import Holder, new_holder, nobody, settle


def browser_of(holder: Holder, language: str = "en") -> Client:
    """Return the browser in which somebody is signed in."""
    headers = {"host": "localhost", "accept-language": language, "user-agent": "Test Browser/1.0"}
    client = Client(headers=headers)
    client.cookies["okpay_session"] = session_of(holder.user)
    return client


def payer(minor: int = 100_00, **changes: Any) -> tuple[Holder, Client]:
    """Return somebody with money and a payment password, and their browser."""
    holder = new_holder(available_minor=minor, **changes)
    set_payment_password(holder.user)
    return holder, browser_of(holder)


def write(client: Client, **fields: str) -> Any:
    """Fill the form and send it."""
    return client.post("/send", {"recipient": "", "amount": "", "note": "", "delay": "0", **fields})


def written(client: Client, **fields: str) -> str:
    """Write a transfer, and return the address of the page that confirms it."""
    answer = write(client, **fields)
    assert answer.status_code == 302, re.findall(
        r"field-error.*?</p>|notice-text.*?</div>", answer.content.decode()
    )
    return str(answer["Location"])


def test_from_the_form_to_the_result() -> None:
    anna, client = payer()
    ben = new_holder(legal_name="Benjamin Carter", display_name="Ben")
    page = written(client, recipient=f" {ben.user.email.upper()} ", amount="30.00", note="Dinner")
    shown = client.get(page).content.decode()
    assert "B••••••• C•••••" in shown
    assert "Benjamin" not in shown
    assert "You have never sent money to this address" in shown
    assert 'value="30.00 USD"' in shown
    answer = client.post(page, {"digits": DIGITS, "fee": "0"})
    assert (answer.status_code, answer["Location"]) == (302, f"{page}/done")
    result = client.get(f"{page}/done").content.decode()
    assert "Sent, and arrived" in result
    assert "Completed" in result
    assert (anna.available, ben.available) == (70_00, 30_00)
    again = client.get("/send").content.decode()
    assert ben.user.email in again


def test_twenty_presses_at_once_are_one_transfer_and_show_its_result() -> None:
    anna, client = payer()
    ben = new_holder()
    page = written(client, recipient=ben.user.email, amount="10")
    barrier, answers = threading.Barrier(20), list[Any]()

    def press() -> None:
        twin = browser_of(anna)
        twin.cookies["okpay_session"] = client.cookies["okpay_session"].value
        try:
            barrier.wait()
            answers.append(twin.post(page, {"digits": DIGITS, "fee": "0"}))
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, f"{page}/done")}
    assert (anna.available, ben.available) == (90_00, 10_00)
    assert len(movements.record(anna.customer.id)) == 1
    # Back and Reload show the same.
    assert client.get(page)["Location"] == f"{page}/done"
    assert client.post(page, {"digits": "000000", "fee": "0"})["Location"] == f"{page}/done"


def test_a_wrong_payment_password_sends_nothing_and_says_how_many_tries_are_left() -> None:
    anna, client = payer()
    page = written(client, recipient=nobody().address, amount="10")
    shown = client.post(page, {"digits": "739153", "fee": "0"}, follow=True).content.decode()
    assert "This is not your payment password." in shown
    assert "4 tries left" in shown
    for _ in range(4):
        shown = client.post(page, {"digits": "739153", "fee": "0"}, follow=True).content.decode()
    assert "Blocked after too many wrong tries" in shown
    assert client.post(page, {"digits": DIGITS, "fee": "0"}, follow=True).status_code == 200
    assert anna.available == 100_00
    assert movements.record(anna.customer.id) == []


def test_without_a_payment_password_one_is_chosen_first() -> None:
    anna = new_holder(available_minor=10_00)
    client = browser_of(anna)
    page = written(client, recipient=nobody().address, amount="1")
    shown = client.get(page).content.decode()
    assert f"/account/payment-password?next={page.replace('/', '%2F')}" in shown
    assert 'name="digits"' not in shown
    assert client.post(page, {"digits": "739152", "fee": "0"}, follow=True).status_code == 200
    assert anna.available == 10_00


@pytest.mark.parametrize(
    "amount",
    ["-1", "0", "-0", "0.00", "0.001", "1.005", "1e3", "1E+2", "NaN", "Infinity", "0x10", "1,00", "1_000", "٣", "１",
     "1.0.0", ".5", "5.", "9223372036854775808", "1" + "0" * 40, "true", "", "1\u0000", "12 34", "1" * 10_000],
)  # fmt: skip
def test_amounts_that_are_none_are_refused_beside_the_field(amount: str) -> None:
    anna, client = payer()
    answer = write(client, recipient=nobody().address, amount=amount)
    assert answer.status_code in (200, 400, 413)
    assert not models.Draft.objects.filter(customer_id=anna.customer.id).exists()
    assert anna.available == 100_00


@pytest.mark.parametrize(
    "recipient", ["", "x", "a@b", "a@x.com,b@y.com", "+0123", "a@exаmple.com", "a@x.com\r\nBcc: b@y.com"]
)
def test_recipients_that_are_none_are_refused_beside_the_field(recipient: str) -> None:
    anna, client = payer()
    answer = write(client, recipient=recipient, amount="1")
    assert answer.status_code == 200
    assert "recipient-error" in answer.content.decode()
    assert not models.Draft.objects.filter(customer_id=anna.customer.id).exists()


def test_what_stands_in_hidden_fields_changes_nothing() -> None:
    """AC-16: the draft on the server is what is sent."""
    anna, client = payer()
    ben, eve = new_holder(), new_holder()
    page = written(client, recipient=ben.user.email, amount="10")
    client.post(
        page, {"digits": DIGITS, "amount": "99", "recipient": eve.user.email, "fee": "0", "currency": "EUR"}
    )
    assert (anna.available, ben.available, eve.available) == (90_00, 10_00, 0)


def test_a_fee_that_was_not_shown_is_not_taken() -> None:
    """AC-16: whoever was shown another fee is asked anew."""
    anna, client = payer()
    page = written(client, recipient=nobody().address, amount="10")
    for fee in ("1", "-1", ""):
        answer = client.post(page, {"digits": DIGITS, "fee": fee})
        assert answer.status_code == 409
        assert "The fee has changed" in answer.content.decode()
    assert client.post(page, {"digits": DIGITS}).status_code == 409
    assert anna.available == 100_00


def test_two_presses_of_the_whole_balance_show_the_one_result() -> None:
    anna, client = payer(10_00)
    page = written(client, recipient=new_holder().email.address, amount="10")
    for _ in range(2):
        answer = client.post(page, {"digits": DIGITS, "fee": "0"})
        assert (answer.status_code, answer["Location"]) == (302, f"{page}/done")
    assert anna.available == 0


def test_the_draft_of_another_is_not_there() -> None:
    """AC-25, AC-28: neither seen, nor confirmed, nor cancelled by anybody else."""
    anna, client = payer()
    _, eves = payer()
    page = written(client, recipient=nobody().address, amount="10")
    for address in (page, f"{page}/done"):
        assert eves.get(address).status_code == 404
    assert eves.post(page, {"digits": DIGITS, "fee": "0"}).status_code == 404
    assert eves.get("/send", {"again": page.rpartition("/")[2]}).content.decode().count("nobody") == 0
    client.post(page, {"digits": DIGITS, "fee": "0"})
    (entry,) = movements.record(anna.customer.id)
    assert eves.post(f"/records/{entry.movement.id}/cancel").status_code == 404
    assert entry.movement.state is State.PENDING


def test_a_confirmation_is_for_this_payee_amount_and_fee_alone() -> None:
    anna, client = payer()
    page = written(client, recipient=nobody().address, amount="10")
    from okpay.base.ids import new_uuid7
    from okpay.identity.records import binding_of
    from tests.factories.transfers import command, send

    bound = binding_of(payee="email:other@example.com", amount_minor=10_00, currency="USD", fee_minor=0)
    confirmed = identity.confirm_payment(user_id=anna.user.pk, digits=DIGITS, binding=bound, now=clock.now())
    draft = models.Draft.objects.get(id=UUID(page.rpartition("/")[2]))
    assert draft.amount_minor == 10_00
    (answer,) = send(
        command(anna, nobody(), 10_00, key=str(new_uuid7()), confirmation_id=confirmed.confirmation_id)
    )
    assert answer == Refused("confirmation_other")
    assert anna.available == 100_00


def test_a_page_that_was_open_too_long_sends_nothing() -> None:
    anna, client = payer()
    page = written(client, recipient=nobody().address, amount="10")
    draft_id = page.rpartition("/")[2]
    models.Draft.objects.filter(id=draft_id).delete()
    models.Draft.objects.create(
        id=draft_id, customer_id=anna.customer.id, address_kind="email", address=nobody().address, currency="USD",
        amount_minor=10_00, note="", delay_hours=0, created_at=clock.now() - timedelta(minutes=31),
    )  # fmt: skip
    answer = client.post(page, {"digits": DIGITS, "fee": "0"})
    assert answer.status_code == 409
    assert "open too long" in answer.content.decode()
    assert f"/send?again={draft_id}" in answer.content.decode()
    assert anna.available == 100_00


def test_what_waits_says_why_and_can_be_cancelled() -> None:
    anna, client = payer()
    address = nobody().address
    page = written(client, recipient=address, amount="10")
    assert "Nobody has registered this address yet" in client.get(page).content.decode()
    client.post(page, {"digits": DIGITS, "fee": "0"})
    assert "Sent, and waiting" in client.get(f"{page}/done").content.decode()
    (entry,) = movements.record(anna.customer.id)
    answer = client.post(f"/records/{entry.movement.id}/cancel")
    assert answer["Location"] == f"/records/{entry.movement.id}"
    assert "The transfer was cancelled" in client.get(answer["Location"]).content.decode()
    assert anna.available == 100_00
    answer = client.post(f"/records/{entry.movement.id}/cancel", follow=True)
    assert "The transfer was cancelled" in answer.content.decode()


def test_a_frozen_recipient_is_told_to_nobody() -> None:
    """AC-54: generic words."""
    anna, client = payer()
    ben = new_holder()
    ledger.set_account_status(account_id=ben.wallet.available_account_id, status=AccountStatus.FROZEN)
    page = written(client, recipient=ben.user.email, amount="10")
    client.post(page, {"digits": DIGITS, "fee": "0"})
    (entry,) = movements.record(anna.customer.id)
    assert entry.movement.reason is Reason.RECIPIENT_FROZEN
    for address in (page, f"{page}/done", f"/records/{entry.movement.id}", "/records"):
        said = client.get(address, follow=True).content.decode().lower()
        assert "frozen" not in said
        assert "freeze" not in said


def test_only_so_many_new_people_are_looked_up_in_a_day() -> None:
    """AC-22: whether an address is known is learnt with an amount, and not of everybody."""
    anna, client = payer()
    known = [nobody().address for _ in range(20)]
    for address in known:
        written(client, recipient=address, amount="1")
    refused = write(client, recipient=nobody().address, amount="1")
    assert refused.status_code == 200
    assert "as many new people today" in refused.content.decode()
    written(client, recipient=known[0], amount="1")
    assert anna.available == 100_00


def test_a_cross_site_post_does_nothing() -> None:
    """AC-24."""
    anna, _ = payer()
    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost", "origin": "https://evil.example"})
    strict.cookies["okpay_session"] = session_of(anna.user)
    assert strict.post("/send", {"recipient": nobody().address, "amount": "1"}).status_code == 403
    assert not models.Draft.objects.filter(customer_id=anna.customer.id).exists()


def test_a_name_and_a_note_are_shown_as_text() -> None:
    """AC-45."""
    _, client = payer(display_name="<script>alert(1)</script>")
    ben = new_holder(display_name='"><img src=x onerror=alert(1)>')
    note = "{{7*7}} <svg/onload=alert(1)> ${7*7}"
    page = written(client, recipient=ben.user.email, amount="10", note=note)
    client.post(page, {"digits": DIGITS, "fee": "0"})
    bens = browser_of(ben)
    for browser, address in (
        (client, f"{page}/done"),
        (client, "/records"),
        (client, "/send"),
        (bens, "/records"),
        (bens, "/wallet"),
    ):
        shown = browser.get(address).content.decode()
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "<svg/onload" not in shown
    assert "{{7*7}}" in bens.get("/records").content.decode()


def test_a_note_that_turns_the_writing_is_refused() -> None:
    _, client = payer()
    answer = write(client, recipient=nobody().address, amount="1", note="gpj.\u202eexe")
    assert "note-error" in answer.content.decode()
    answer = write(client, recipient=nobody().address, amount="1", note="x" * 141)
    assert "note-error" in answer.content.decode()


def test_chinese_pages_say_it_in_chinese() -> None:
    anna, _ = payer()
    client = browser_of(anna, "zh-hans")
    ben = new_holder(legal_name="王小明", display_name="小明")
    page = written(client, recipient=ben.user.email, amount="1,0.00".replace(",", ""), note="晚饭")
    shown = client.get(page).content.decode()
    assert "••明" in shown
    assert "确认转账" in shown
    client.post(page, {"digits": DIGITS, "fee": "0"})
    assert "已转账，已到账" in client.get(f"{page}/done").content.decode()
    settle()
