"""Carry out every recipe of docs/ledger.md, and hold the page to its chart of accounts and to what is promised."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from okpay.ledger.verification import verify
from tests.ledger.recipe_kitchen import Kitchen
from tests.ledger.recipe_lines import Block, accounts, items, purpose_of
from tests.ledger.recipe_reader import PAGE, Unreadable, blocks, chart, read

PROMISED = {
    "top-up by card": "topup.authorise topup.capture topup.void topup.mature acquirer.settle",
    "top-up by bank transfer": "topup.bank",
    "suspense": "suspense.receive suspense.match suspense.return suspense.pay suspense.explain",
    "withdrawal": "withdrawal.reserve withdrawal.accept withdrawal.refuse withdrawal.return payout.settle",
    "transfer": "transfer.send transfer.reserve transfer.complete transfer.arrive transfer.cancel"
    " transfer.expire",
    "payment": "payment.pay payment.authorise payment.capture payment.void payment.refund",
    "payment by card": "payment.card_authorise payment.card_capture payment.card_refund",
    "dispute": "dispute.open dispute.credit dispute.for_payer dispute.for_merchant dispute.take_back",
    "card chargeback": "chargeback.receive chargeback.recover chargeback.win",
    "bill": "bill.reserve bill.accept bill.settle bill.refuse bill.return",
    "currencies": "conversion.convert fx.cover transfer.cross_currency",
    "abroad": "remittance.reserve remittance.accept remittance.settle remittance.refuse remittance.return partner.fund",
    "merchant settlement": "settlement.keep settlement.free settlement.reserve settlement.accept settlement.refuse"
    " settlement.return merchant.invoice merchant.collect",
    "proof of ownership": "proof.charge proof.give_back proof.credit",
    "promotion": "promotion.fund promotion.bonus",
    "operator": "correction.reverse correction.adjust loss.write_off capital.contribute house.sweep",
    "bulk payout": "payout.send",
}
"""The kinds of entries behind what the product promises. A new kind is added here and gets a recipe."""

TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = blocks(TEXT)


def _ids() -> list[str]:
    seen: Counter[str] = Counter()
    names = []
    for block in BLOCKS:
        slug = re.sub(r"[^a-z0-9]+", "-", block.title.lower()).strip("-")
        seen[slug] += 1
        names.append(slug if seen[slug] == 1 else f"{slug}-{seen[slug]}")
    return names


@pytest.fixture(scope="module", autouse=True)
def _true_book_afterwards(django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Verify the whole book once the recipes of this process are done."""
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        report = verify()
    assert report.clean, report.problems


@pytest.mark.parametrize("block", BLOCKS, ids=_ids())
def test_recipe(block: Block) -> None:
    Kitchen(chart(TEXT)).cook(read(block))


def test_every_promise_has_a_recipe_and_every_kind_is_promised() -> None:
    promised = Counter(kind for kinds in PROMISED.values() for kind in kinds.split())
    used = {item.kind for block in BLOCKS for item in items(read(block)) if item.kind}
    assert max(promised.values()) == 1
    assert used == set(promised)


def test_kinds_are_well_formed() -> None:
    for kinds in PROMISED.values():
        for kind in kinds.split():
            assert re.fullmatch(r"[a-z][a-z0-9]*([._][a-z0-9]+)*", kind), kind
            assert len(kind) <= 40, kind


def test_the_chart_holds_exactly_the_accounts_that_the_recipes_use() -> None:
    used = {purpose_of(name) for block in BLOCKS for name in accounts(read(block))}
    assert used == set(chart(TEXT))


def test_codes_of_the_chart_fit_their_columns() -> None:
    for purpose, line in chart(TEXT).items():
        assert len(purpose) <= 40, purpose
        assert line.owners <= {"customer", "merchant", "house"}, line
        assert ("house" in line.owners) == (line.owners == {"house"}), line


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("sell anna/available", "cannot read"),
        ("  post transfer.send", "only legs, counts and the items of one call are indented"),
        ("  debit anna/available credit ben/available 1.00 USD", "there is none above it"),
        ("post transfer.send (refused: bad_weather)", "there is no refusal"),
        ("start anna/available 1.5 USD", "not an amount of whole minor units"),
        ("start anna/available 1.50 JPY", "not an amount of whole minor units"),
        ("start anna/available 1.50 XYZ", "not an amount of whole minor units"),
        ("expect anna/available 1.00", "cannot read"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, why: str) -> None:
    block = Block("A recipe", ((41, "start anna/available 1.00 USD"), (42, line)))
    with pytest.raises(Unreadable, match=re.escape("docs/ledger.md:42: ")) as caught:
        read(block)
    assert why in str(caught.value)


def test_a_block_that_is_never_closed_is_named() -> None:
    with pytest.raises(Unreadable, match=r"docs/ledger\.md:2: this block is never closed"):
        blocks("# Title\n```recipe\nwait 1 days\n")


@pytest.mark.parametrize(
    "line",
    [
        "expect anna/available 2.00 USD",
        "expect anna/available 1.00 USD, 1.00 held",
        "expect anna/available 1.00 USD, 0.00 held, 2.00 available",
        "post transfer.send\n  debit anna/available credit ben/available 1.00 USD",
        "post transfer.send (refused: account_closed)\n  debit anna/available credit ben/available 2.00 USD",
        "start anna/tip_jar 1.00 USD",
        "start anna/bank 1.00 USD",
        "start available 1.00 USD",
    ],
)
def test_a_recipe_that_is_not_true_fails(line: str) -> None:
    lines = ["start anna/available 1.00 USD", *line.split("\n")]
    with pytest.raises(AssertionError):
        Kitchen(chart(TEXT)).cook(read(Block("A recipe", tuple(enumerate(lines, 1)))))
