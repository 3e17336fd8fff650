"""First light: a transfer."""

from django.db import transaction

from okpay.base.ids import new_bigint_id, new_uuid7
from okpay.ledger import actions
from okpay.ledger.records import Leg, NewAccount, Outcome, Post, Side


def test_transfer() -> None:
    a, b = new_bigint_id(), new_bigint_id()
    with transaction.atomic():
        actions.open_accounts(
            [NewAccount(a, "USD", Side.CREDIT, "test", None), NewAccount(b, "USD", Side.CREDIT, "test")]
        )
    item = Post(new_uuid7(), "test", (Leg(a, b, 100),))
    with transaction.atomic():
        assert actions.post_many([item])[0].outcome is Outcome.POSTED
    with transaction.atomic():
        assert actions.post_many([item])[0].outcome is Outcome.REPLAYED


def test_verify() -> None:
    from okpay.ledger.verification import verify

    report = verify()
    assert report.clean, report.problems
    actions.seal()
    report = verify()
    assert report.clean, report.problems
    print(report)
