"""The house's accounts are those of docs/ledger.md, and have ids that nobody else is given."""

import re
from pathlib import Path

from django.db import transaction

from okpay.base.ids import new_bigint_id
from okpay.ledger import actions, queries
from okpay.ledger.chart import HOUSE, house_account
from okpay.ledger.records import Side

PAGE = Path(__file__).resolve().parents[2] / "docs" / "ledger.md"
_ROW = re.compile(r"^\| `([a-z_.]+)` \| house \| (debit|credit) \| (0|none) \|", re.MULTILINE)


def test_they_are_those_of_the_page() -> None:
    written = {
        purpose: (Side[side.upper()], None if floor == "none" else int(floor))
        for purpose, side, floor in _ROW.findall(PAGE.read_text())
    }
    assert written == HOUSE


def test_their_ids_differ_from_each_other_and_from_those_of_the_clock() -> None:
    ids = {
        queries.house_account_id(purpose, currency) for purpose in HOUSE for currency in ("USD", "EUR", "JPY")
    }
    assert len(ids) == 3 * len(HOUSE)
    assert all(2**62 <= id_ < 2**63 for id_ in ids)
    assert all(house_account(purpose, "KWD").code == f"{purpose}:KWD" for purpose in HOUSE)
    assert new_bigint_id() < min(ids)


def test_opening_them_again_changes_nothing() -> None:
    wanted = [("fees.transfer", "ISK"), ("acquirer.clearing", "ISK"), ("fees.transfer", "ISK")]
    for _ in range(2):
        with transaction.atomic():
            actions.open_house_accounts(wanted)
    account = queries.account_by_code("fees.transfer:ISK")
    assert account is not None
    assert account.id == queries.house_account_id("fees.transfer", "ISK")
    assert account.normal_side is Side.CREDIT
    assert account.floor_minor is None
