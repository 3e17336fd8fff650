"""The page on which a card is entered: what it takes, what it refuses, and that it keeps no number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe

from okpay_sandbox.acquirer.cards import code_length
from tests.okpay_sandbox.acquirer.client import (
    WALLET,
    Client,
    add_card,
    enter,
    library,
    open_page,
    page_of,
)
from tests.okpay_sandbox.running import Running, running

VISA = "4242424242424242"
AMEX = "378282246310005"
SUCCEEDING = {
    "visa": ("4242424242424242", "4000056655665556", "4111111111111111", "4012888888881881"),
    "mastercard": ("5555555555554444", "2223003122003222", "5200828282828210", "5105105105105100"),
    "amex": ("378282246310005", "371449635398431", "370000000000002"),
    "discover": ("6011111111111117", "6011000990139424", "6011981111111113"),
    "diners": ("3056930009020004", "36227206271667", "30569309025904", "38520000023237"),
    "jcb": ("3566002020360505", "3530111333300000"),
    "unionpay": ("6200000000000005", "6200000000000047", "6205500000000000004", "6555900000604105"),
}
EVERY = [(brand, number) for brand, numbers in SUCCEEDING.items() for number in numbers]
SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"\"'><img src=x onerror=alert(1)>{SCRIPT}"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client with a sandbox of these tests."""
    with running(tmp_path_factory.mktemp("pages")) as sandbox:
        yield Client(sandbox)


@pytest.fixture
def own(client: Client) -> Running:
    """The sandbox of these tests."""
    return client.sandbox


def is_open(own: Running, session: stripe.checkout.Session) -> bool:
    """Tell whether a session still waits for its card."""
    return library(own).v1.checkout.sessions.retrieve(session.id).status == "open"


@pytest.mark.parametrize(("brand", "number"), EVERY)
def test_every_usual_test_number_is_taken_and_can_be_charged(client: Client, brand: str, number: str) -> None:
    token = add_card(client.sandbox, number)
    card = client.v1.payment_methods.retrieve(token).card
    assert card
    assert (card.brand, card.last4, card.exp_month, card.exp_year) == (brand, number[-4:], 12, 2034)
    made = client.v1.payment_intents.create(
        {"amount": 1, "currency": "eur", "payment_method": token, "confirm": True}
    )
    assert made.status == "succeeded"


@pytest.mark.parametrize(
    "typed",
    [
        "4242 4242 4242 4242",
        " 4242-4242-4242-4242 ",
        "４２４２４２４２４２４２４２４２",
        "4242\u00a04242\u20094242–4242",
    ],
)
def test_a_number_may_be_typed_as_people_do(own: Running, typed: str) -> None:
    session = open_page(own)
    assert enter(own, page_of(session), typed, code="１２３").status == 303
    assert not is_open(own, session)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Enter the card number."),
        ("   ", "Enter the card number."),
        ("4242424242424241", "This is no card number"),
        ("400000000000000", "This is no card number"),
        ("42424242424242", "Only test cards are taken here."),
        ("424242424242424242424242", "This is no card number"),
        ("4242x4242y4242z4242", "This is no card number"),
        ("४२४२४२४२४२४२४२४२", "This is no card number"),
        ("4" * 5000, "This is no card number"),
        ("0000000000000000", "Only test cards are taken here."),
        ("4929123456789015", "Only test cards are taken here."),
        ("5425233430109903", "Only test cards are taken here."),
    ],
)
def test_a_wrong_number_is_said_beside_its_field(own: Running, typed: str, told: str) -> None:
    session = open_page(own)
    answer = enter(own, page_of(session), typed, code="123")
    assert answer.status == 422
    assert f'<p class="fault" id="number-fault">{told}' in answer.text
    assert re.search(
        r'<input id="number"[^>]* aria-invalid="true" aria-describedby="number-fault" autofocus>', answer.text
    )
    assert "<title>Error: " in answer.text
    assert is_open(own, session)


@pytest.mark.parametrize(
    ("expiry", "told"),
    [
        ("", "Enter the expiry date."),
        ("13 / 34", "Enter month and year"),
        ("00 / 34", "Enter month and year"),
        ("12", "Enter month and year"),
        ("12 / 2", "Enter month and year"),
        ("12 / 34 / 56", "Enter month and year"),
        ("soon", "Enter month and year"),
        ("12 / 20", "This card has expired."),
        ("12/2019", "This card has expired."),
        ("01/99", "This year is too far away"),
    ],
)
def test_a_wrong_expiry_is_said_beside_its_field(own: Running, expiry: str, told: str) -> None:
    session = open_page(own)
    answer = enter(own, page_of(session), VISA, expiry=expiry)
    assert answer.status == 422
    assert f'<p class="fault" id="expiry-fault">{told}' in answer.text
    assert "number-fault" not in answer.text
    assert is_open(own, session)


@pytest.mark.parametrize("expiry", ["1234", "12/34", "12 34", "12-2034", "122034", "1/35", "１２／３４"])
def test_an_expiry_may_be_typed_as_people_do(own: Running, expiry: str) -> None:
    assert enter(own, page_of(open_page(own)), VISA, expiry=expiry).status == 303


@pytest.mark.parametrize(
    ("number", "code", "told"),
    [
        (VISA, "", "Enter the security code."),
        (VISA, "12", "The security code of this card has 3 digits."),
        (VISA, "1234", "The security code of this card has 3 digits."),
        (VISA, "12a", "The security code of this card has 3 digits."),
        (AMEX, "123", "The security code of this card has 4 digits."),
    ],
)
def test_a_wrong_code_is_said_beside_its_field(own: Running, number: str, code: str, told: str) -> None:
    session = open_page(own)
    answer = enter(own, page_of(session), number, code=code)
    assert answer.status == 422
    assert f'<p class="fault" id="code-fault">{told}' in answer.text
    assert not re.search(r'<input id="code"[^>]*value=', answer.text), "the code is typed anew"
    assert is_open(own, session)


def test_a_session_takes_one_card(own: Running) -> None:
    session = open_page(own)
    back = f"{WALLET}/cards/done?session={session.id}"
    for number in (VISA, "5555555555554444", "not a number"):
        answer = enter(own, page_of(session), number, code="123")
        assert (answer.status, answer.headers["location"]) == (303, back)
    method = library(own).v1.checkout.sessions.retrieve(
        session.id, {"expand": ["setup_intent.payment_method"]}
    )
    assert isinstance(method.setup_intent, stripe.SetupIntent)
    assert isinstance(method.setup_intent.payment_method, stripe.PaymentMethod)
    assert method.setup_intent.payment_method.card
    assert method.setup_intent.payment_method.card.last4 == "4242"
    shown = own.ask(page_of(session))
    assert shown.status == 200
    assert "Visa •••• 4242 can be used" in shown.text
    assert f'href="{back}"' in shown.text


def test_in_a_frame_the_page_tells_the_wallet_and_leads_nowhere(own: Running) -> None:
    session = open_page(own)
    framed = f"{page_of(session)}&frame=1"
    form = own.ask(framed)
    assert f'{WALLET}/cards"' not in form.text, "the wallet around it has its own way out"
    assert 'data-done=""' in form.text
    entered = enter(own, framed, VISA)
    assert (entered.status, entered.headers["location"]) == (303, framed)
    done = own.ask(framed).text
    assert f'data-session="{session.id}" data-done="1" data-origin="{WALLET}"' in done
    assert "Card added" in done
    assert 'href="http' not in done


def test_only_the_wallet_may_frame_it_and_only_there_the_form_may_end(own: Running) -> None:
    session = open_page(own)
    for page, framed_by in ((page_of(session), "'none'"), (f"{page_of(session)}&frame=1", WALLET)):
        for answer in (own.ask(page), enter(own, page, "x")):
            policy = answer.headers["content-security-policy"]
            assert policy.endswith(f"form-action 'self' {WALLET}; frame-ancestors {framed_by}")
            assert policy.startswith("default-src 'self'; ")
            assert "unsafe" not in policy
            assert answer.headers["cache-control"] == "no-store"
    assert (
        "frame-ancestors 'none'"
        in own.ask("/card?session=cs_test_x&frame=1").headers["content-security-policy"]
    )
    for origin in (WALLET, "null", "https://evil.example"):
        assert enter(own, page_of(session), VISA, Origin=origin).status == 403
    assert is_open(own, session)


def test_an_unknown_page_is_said(own: Running) -> None:
    for page in ("/card", "/card?session=", "/card?session=cs_test_x", f"/card?session={'x' * 3000}"):
        assert own.ask(page).status == 404
        assert enter(own, page, VISA).status == 404


@pytest.mark.parametrize(
    "more",
    [
        {"success_url": "javascript:alert(1)"},
        {"success_url": "http://localhost:8000/\r\nX: y"},
        {"success_url": ""},
        {"cancel_url": "data:text/html,x"},
        {"mode": "payment"},
        {"currency": "none"},
        {"locale": "fr"},
    ],
)
def test_a_page_that_leads_elsewhere_is_not_opened(own: Running, more: dict[str, str]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        open_page(own, **more)


def test_nothing_that_was_sent_becomes_markup(client: Client) -> None:
    own = client.sandbox
    session = open_page(
        own, client_reference_id=HOSTILE, metadata={"x": HOSTILE},
        success_url=f"{WALLET}/?x={HOSTILE.replace(' ', '')}", cancel_url=f"{WALLET}/?x={HOSTILE.replace(' ', '')}",
    )  # fmt: skip
    typed = own.post_form(page_of(session), {"number": HOSTILE, "expiry": HOSTILE, "code": HOSTILE})
    assert typed.status == 422
    entered = enter(own, page_of(session), VISA)
    pages = [
        typed.text,
        own.ask(page_of(session)).text,
        own.ask(f"/card?session={HOSTILE.replace(' ', '+')}").text,
    ]
    made = client.v1.payment_intents.create({
        "amount": 1, "currency": "usd", "payment_method": add_card(own, VISA), "confirm": True,
        "description": HOSTILE, "metadata": {"movement": HOSTILE},
    })  # fmt: skip
    pages.append(own.ask("/charges").text)
    assert made.id in pages[-1]
    for page in pages:
        assert not re.search(r"<script(?! type=\"module\" src=\"/static/(live|card).js\">)", page)
        assert "<img" not in page
    assert entered.headers["x"] is None


def test_both_languages_by_the_session_and_else_by_the_browser(own: Running) -> None:
    for locale, browser, tag in (("en", "zh", "en"), ("zh", "en", "zh-Hans"), ("auto", "zh", "zh-Hans")):
        page = page_of(open_page(own, locale=locale))
        shown = own.ask(page, Accept_Language=browser)
        assert f'<html lang="{tag}">' in shown.text
        assert shown.headers["content-language"] == tag
        assert f'<html lang="{tag}">' in enter(own, page, "x", Accept_Language=browser).text


def test_no_number_and_no_code_is_kept_or_logged(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "log.jsonl"
    numbers = [VISA, AMEX, "6205500000000000004", "4000000000000002"]
    codes = {number: "7391"[: code_length(number)] for number in numbers}
    with running(data, "--log", str(log)) as sandbox:
        for number in numbers:
            page = page_of(open_page(sandbox))
            # Wrong at first, then right: neither leaves a trace.
            enter(sandbox, page, number, expiry="12 / 20", code=codes[number])
            enter(sandbox, page, " ".join(number), code=codes[number])
        enter(sandbox, page_of(open_page(sandbox)), "5425233430109903")
        enter(sandbox, f"/card?session={VISA}", VISA)
        sandbox.ask("/charges")
        pages = sandbox.ask("/charges").text + sandbox.ask("/failures").text
    kept = [path for folder in (data, log.parent) for path in folder.rglob("*") if path.is_file()]
    assert {"acquirer.jsonl", "log.jsonl", "fingerprints.key"} <= {path.name for path in kept}
    for text in [pages, *(path.read_bytes().decode("latin-1") for path in kept)]:
        digits = re.sub(r"(?<=\d)[\s-]+(?=\d)", "", text)
        for number in [*numbers, "5425233430109903"]:
            assert number not in digits
            assert number[:-4] not in digits
        assert "739" not in re.findall(r'"(?:code|cvc)": ?"(\d+)"', text)
    assert (data / "acquirer.jsonl").stat().st_mode & 0o077 == 0
    assert (data / "fingerprints.key").stat().st_mode & 0o077 == 0
    assert '"route": "/card"' in log.read_text()
    assert "cs_test" not in log.read_text()
