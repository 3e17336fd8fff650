"""`okpay ledger` in a trial: the example is posted once, and what is shown can be found again."""

import argparse

import pytest

from okpay.doors.cli import ledger
from okpay.doors.cli.errors import CommandError
from okpay.ledger import queries


def shown(capsys: pytest.CaptureFixture[str], what: str | None = None) -> str:
    """Return what `okpay ledger show` prints."""
    assert ledger.run_show(argparse.Namespace(what=what, limit=20)) == 0
    return capsys.readouterr().out


def test_the_example_is_posted_once_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert ledger.run_example(argparse.Namespace()) == 0
    capsys.readouterr()
    assert ledger.run_example(argparse.Namespace()) == 0
    again = capsys.readouterr().out
    assert "replayed" in again
    assert "posted" not in again
    bank = queries.account_by_code("bank.example:USD")
    assert bank is not None
    assert bank.balance_minor == 100_00
    assert "topup.bank" in shown(capsys, "bank.example:USD")
    assert "NOT BALANCED" not in shown(capsys)
    entry = queries.postings(bank.id)[0].entry_id
    assert "balance after 100.00 USD" in shown(capsys, str(entry))


def test_the_seals_are_shown_with_the_hash_to_keep(capsys: pytest.CaptureFixture[str]) -> None:
    ledger.run_example(argparse.Namespace())
    ledger.run_seal(argparse.Namespace())
    capsys.readouterr()
    (latest,) = queries.seals(limit=1)
    assert latest.hash.hex() in shown(capsys, "seals")


@pytest.mark.parametrize("what", ["fees.nothing:USD", "999", "018f0000-0000-7000-8000-000000000000"])
def test_what_is_not_there_is_one_sentence(what: str) -> None:
    with pytest.raises(CommandError, match=what):
        ledger.run_show(argparse.Namespace(what=what, limit=20))
