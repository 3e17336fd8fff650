"""What the public pages answer, in a trial and in production."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.factories.people import open_person, session_of
from tests.journeys.routes import NAMES, SIGNED_IN, addresses

TRIAL_ONLY = (
    "book", "book_account", "book_entry", "book_trial_balance", "book_seals", "design", "design_wallet", "design_error"
)  # fmt: skip


FORMS = {name for name in NAMES if name.startswith("account_")} | {"recovery", "recover"}
"""Pages with a form of their own, which is sent to them."""


@pytest.fixture
def client() -> Client:
    """A visitor who reads English."""
    return Client(headers={"host": "localhost", "accept-language": "en"})


@pytest.fixture
def production(settings: pytest.FixtureRequest) -> None:
    """Serve as a real operator would."""
    settings.TRIAL = False  # type: ignore[attr-defined]
    settings.OPERATOR = "Example Wallet Ltd, 1 Example Street"  # type: ignore[attr-defined]
    settings.SECURE_SSL_REDIRECT = False  # type: ignore[attr-defined]


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("name", TRIAL_ONLY)
def test_production_has_no_trial_pages(name: str, client: Client) -> None:
    for address in addresses()[name]:
        assert client.get(address).status_code == 404
    assert client.get("/book/").status_code == 404


@pytest.mark.usefixtures("production")
def test_production_names_its_operator_and_says_nothing_of_test_money(client: Client) -> None:
    for name in addresses().keys() - set(TRIAL_ONLY) - SIGNED_IN:
        text = client.get(addresses()[name][0]).content.decode()
        assert "Example Wallet Ltd" in text, name
        assert "TEST MONEY" not in text, name
        assert "/book" not in text, name
    client.cookies["okpay_session"] = session_of(open_person())
    for name in SIGNED_IN:
        assert "TEST MONEY" not in client.get(addresses()[name][0]).content.decode(), name


def test_every_page_of_a_trial_says_test_money(client: Client) -> None:
    signed_in = Client(headers={"host": "localhost", "accept-language": "en"})
    signed_in.cookies["okpay_session"] = session_of(open_person())
    for name, pages in addresses().items():
        for address in pages:
            answer = (signed_in if name in SIGNED_IN else client).get(address)
            assert "TEST MONEY" in answer.content.decode(), address


def test_pages_are_read_only(client: Client) -> None:
    for name, pages in addresses().items():
        if name in SIGNED_IN | FORMS:
            continue
        assert client.post(pages[0]).status_code == 405, name
        assert client.head(pages[0]).status_code in (200, 400, 403, 404, 500, 503)


@pytest.mark.parametrize(
    "address", ["/nothing", "/countries/XX", "/countries/us", "/book/accounts/1", "/design/errors/418"]
)
def test_what_does_not_exist_is_a_page_that_says_so(client: Client, address: str) -> None:
    page = client.get(address)
    assert page.status_code == 404
    assert "No money was moved." in page.content.decode()


@pytest.mark.parametrize("key", ["", "-1", "x", "１", "1e3", str(2**63), "9" * 5000])
@pytest.mark.parametrize("address", ["/book?after=", "/book/seals?before="])
def test_a_key_that_no_link_gave_is_400(client: Client, address: str, key: str) -> None:
    page = client.get(address + key)
    assert page.status_code == 400
    assert "cannot be read" in page.content.decode()


@pytest.mark.parametrize("number", ["9" * 19, "9" * 400])
def test_an_account_number_beyond_the_book_is_404(client: Client, number: str) -> None:
    assert client.get(f"/book/accounts/{number}").status_code == 404


def test_a_broken_page_shows_nothing_of_the_cause(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("the secret cause")

    monkeypatch.setattr("okpay.doors.web.views.pages.regions.countries", broken)
    client.raise_request_exception = False
    page = client.get("/")
    assert page.status_code == 500
    assert "Something broke" in page.content.decode()
    assert "secret cause" not in page.content.decode()


def test_robots_stay_out_of_a_trial(client: Client) -> None:
    assert client.get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"


def test_pages_may_load_and_run_nothing_from_elsewhere(client: Client) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_page_depends_on_its_reader(client: Client) -> None:
    assert {"Cookie", "Accept-Language"} <= {
        part.strip() for part in client.get("/").headers["Vary"].split(",")
    }


def test_the_book_is_found_with_a_slash_too(client: Client) -> None:
    answer = client.get("/book/")
    assert answer.status_code == 301
    assert answer.headers["Location"] == "/book"


def test_a_country_says_when_money_arrives_and_may_leave(client: Client) -> None:
    page = client.get("/countries/JP").content.decode()
    waits = ("after 7 days", "14 days, then it comes back", "2 hours or 24 hours", "within 10 minutes")
    assert all(words in page for words in (*waits, "20 a day"))
    assert "Spans and numbers are examples that the operator must replace." in page


def test_the_fees_of_a_country_are_worked_out_by_the_program(client: Client) -> None:
    page = client.get("/fees?country=GB").content.decode()
    assert "Fees: United Kingdom" in page
    assert "An example, not an offer" in page
    # 0.9 % of 50.00 pounds and 5 pence.
    assert 'value="0.50 GBP"' in page
    assert 'value="50.50 GBP"' in page
    assert re.search(r'0\.9&nbsp;%</span> \+ <data class="money" value="0\.05 GBP">', page)
    assert '<option value="GB" selected>' in page
    # China offers no transfers abroad, and has a line for one level.
    china = client.get("/fees?country=CN").content.decode()
    assert "Transfer to a person abroad" not in china
    assert "verification levels 0–2" in china
    assert "verification level 3" in china


@pytest.mark.parametrize(("language", "country"), [("en", "US"), ("zh-CN", "CN")])
def test_the_fees_page_begins_where_the_language_is_spoken(
    client: Client, language: str, country: str
) -> None:
    page = client.get("/fees", headers={"accept-language": language}).content.decode()
    assert f'<option value="{country}" selected>' in page


def test_fees_of_nowhere_are_not_found(client: Client) -> None:
    assert client.get("/fees?country=XX").status_code == 404


def test_an_operator_s_own_fees_are_no_example(client: Client, settings: Settings, tmp_path: Path) -> None:
    kinds = ("transfer", "transfer_abroad", "card_top_up")
    text = "".join(
        f'[[schedules]]\ncode = "{kind}"\nsource = "Our tariff of May 2026, § 2"\nkind = "{kind}"\n'
        f"terms = {{ percent = '1' }}\n"
        for kind in kinds
    )
    high = 'currency = "USD"\nterms = { percent = "0", fixed = 100_000 }\n'
    text += f'[[schedules]]\ncode = "high"\nsource = "Our tariff of May 2026, § 3"\nkind = "transfer"\n{high}'
    (tmp_path / "ours.toml").write_text(text)
    settings.PRICING_FOLDER = tmp_path
    page = client.get("/fees?country=US").content.decode()
    assert "An example, not an offer" not in page
    assert "Our tariff of May 2026, § 2" in page
    assert "The fee would be more than the amount, so this is declined." in page


def test_a_country_says_what_is_an_example_and_where_the_rest_comes_from(client: Client) -> None:
    china = client.get("/countries/CN").content.decode()
    # The three yearly limits of China have a source; the mark beside the amount leads to it.
    assert china.count('href="#source-') == 3
    for number in (1, 2, 3):
        assert f'<li id="source-{number}">[{number}] <span lang="en">People&#x27;s Bank of China' in china
    assert "without a source" in china
    japan = client.get("/countries/JP").content.decode()
    assert "#source-" not in japan
    assert "Amounts are examples that the operator must replace." in japan
    assert "Payment Services Act of Japan" in japan


@pytest.mark.parametrize(
    ("language", "names"),
    [
        (
            "en",
            "Canada, China, France, Germany, Hong Kong, Indonesia, Italy, Japan, Malaysia, Netherlands, Philippines, "
            "Singapore, South Korea, Spain, Thailand, United Kingdom, United States, Viet Nam",
        ),
        # In Chinese by pinyin: Deguo, Faguo, Feilübin, Hanguo …
        (
            "zh-CN",
            "德国、法国、菲律宾、韩国、荷兰、加拿大、马来西亚、美国、日本、泰国、西班牙、新加坡、意大利、印度尼西亚、"
            "英国、越南、中国、中国香港",
        ),
    ],
)
def test_countries_stand_in_the_order_of_their_names(client: Client, language: str, names: str) -> None:
    page = client.get("/countries", headers={"accept-language": language}).content.decode()
    separator = ", " if language == "en" else "、"
    assert re.findall(r'href="/countries/[A-Z]{2}">([^<]+)</a>', page) == names.split(separator)
    assert names in client.get("/", headers={"accept-language": language}).content.decode()


def test_the_mark_of_a_source_stays_on_the_line_of_its_amount(client: Client) -> None:
    assert '">[1]</a>&nbsp;<data class="money"' in client.get("/countries/ID").content.decode()
