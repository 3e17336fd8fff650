"""The page of card payments, and the switch of cards on the page of failures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe

from okpay_sandbox.acquirer.records import Behaviour
from tests.okpay_sandbox.acquirer.client import Client
from tests.okpay_sandbox.running import running
from tests.okpay_sandbox.web.test_live import listening as listening_to_pages


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client with a sandbox of these tests."""
    with running(tmp_path_factory.mktemp("charges")) as sandbox:
        yield Client(sandbox)


def test_nothing_yet_is_said(client: Client) -> None:
    page = client.sandbox.ask("/charges").text
    assert "No card was charged yet" in page
    assert '<a href="/charges" aria-current="page">' in page


def test_charges_are_shown_newest_first_with_all_that_is_known(client: Client) -> None:
    made = client.charge(Behaviour.SUCCEEDS, "0193-first", 123456)
    with pytest.raises(stripe.CardError):
        client.charge(Behaviour.INSUFFICIENT, "0193-second", 500, currency="jpy")
    client.charge(Behaviour.PROCESSING, "0193-third", 1)
    client.v1.refunds.create({"payment_intent": made.id, "amount": 456})
    page = client.sandbox.ask("/charges").text
    assert page.index("0193-third") < page.index("0193-second") < page.index("0193-first")
    for shown in (
        "1,234.56 USD", "500 JPY", "0.01 USD", "Visa •••• 4242", "Visa •••• 9995 · insufficient funds",
        "4.56 USD refunded", "Succeeded</span>", "Declined</span>", "Processing</span>", made.id,
        client.charges_of("0193-second")[0].id,
    ):  # fmt: skip
        assert shown in page
    chinese = client.sandbox.ask("/charges", Accept_Language="zh").text
    for shown in ("银行卡支付", "Visa（尾号 9995） · 余额不足", "已退款 4.56 USD", "处理中", "成功"):
        assert shown in chinese


def test_open_pages_are_told_of_a_charge(client: Client) -> None:
    client.card(Behaviour.SUCCEEDS)
    with listening_to_pages(client.sandbox) as events:
        client.charge(Behaviour.SUCCEEDS, "live")
        assert events.readline() == b'data: {"kind":"changed","channel":null,"person":""}\n'


def test_the_switch_of_cards_is_set_on_the_page_and_what_it_did_is_shown(client: Client) -> None:
    sandbox = client.sandbox
    for mode, told in (
        ("refuses", "POST /v1/payment_intents"),
        ("answer_lost", "recorded, answer lost"),
        ("doubles", "recorded once, answered twice"),
    ):
        assert sandbox.post_form("/failures/cards", {"mode": mode, "seconds": ""}).status == 303
        assert "Cards: set to" in sandbox.ask("/charges").text
        try:
            client.charge(Behaviour.SUCCEEDS, f"switch-{mode}")
        except stripe.StripeError:
            assert mode != "doubles"
        assert told in sandbox.ask("/failures").text
    assert sandbox.post_form("/failures/cards", {"mode": "slow", "seconds": "0.5"}).status == 303
    assert sandbox.ask("/control/v1/switches").json["cards"] == {"mode": "slow", "seconds": 0.5}
    assert sandbox.post_form("/failures/cards", {"mode": "loses"}).status == 422
    assert sandbox.post_form("/failures/mail", {"mode": "doubles"}).status == 422
    assert sandbox.post_form("/failures/cards", {"mode": "works", "seconds": ""}).status == 303
