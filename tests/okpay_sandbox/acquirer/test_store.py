"""What the acquirer keeps: bounds, restarts, and lines that were cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from okpay_sandbox.acquirer.acquiring import Acquirer, Order, events_of
from okpay_sandbox.acquirer.records import (
    Behaviour,
    Delivered,
    Intent,
    Kept,
    Method,
    Refund,
    Session,
    Status,
)
from okpay_sandbox.acquirer.refusals import Invalid
from okpay_sandbox.acquirer.store import Store
from okpay_sandbox.inbox.changes import Changes

NOW = 1_790_000_000


def store_in(folder: Path, most: int = 50) -> Store:
    return Store(folder, Changes(), most=most)


def intent(number: int, status: Status = Status.SUCCEEDED, settles: int = 0) -> Intent:
    return Intent(f"pi_{number}", NOW, 1250, "usd", "pm_1", f"ch_{number}", status, settles=settles)


def kept(number: int) -> Kept:
    return Kept(f"key-{number}", NOW, "digest", 200, "{}", f"req_{number}")


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    method = Method("pm_1", NOW, "visa", "4242", 12, 2034, "f", Behaviour.SUCCEEDS)
    session = Session("cs_1", NOW, "usd", "http://localhost/x", "", "seti_1", method="pm_1")
    processing = intent(2, Status.PROCESSING, NOW + 20)
    (event,) = events_of(intent(1), now=NOW, key="key-1")
    store.put(method, session)
    store.put(intent(1), event, kept(1))
    store.put(processing)
    store.put(Refund("re_1", NOW, "pi_1", "ch_1", 50, "usd"))
    again = store_in(tmp_path)
    for name in ("sessions", "methods", "intents", "refunds", "keys", "undelivered", "processing"):
        assert getattr(again, name) == getattr(store, name) != {}, name
    again.put(Delivered(event.id))
    assert store_in(tmp_path).undelivered == {}
    assert (tmp_path / "acquirer.jsonl").stat().st_mode & 0o077 == 0


def test_the_oldest_are_dropped_and_the_file_stays_bounded(tmp_path: Path) -> None:
    store = store_in(tmp_path, most=10)
    for number in range(500):
        store.put(intent(number, Status.PROCESSING, NOW), *events_of(intent(number), now=NOW), kept(number))
    last = [f"pi_{number}" for number in range(490, 500)]
    assert list(store.intents) == last
    assert store.processing == set(last)
    assert list(store.keys) == [f"key-{number}" for number in range(490, 500)]
    assert len(store.undelivered) == 10
    # A file is written anew when it holds twelve times what may be kept of each kind.
    assert len((tmp_path / "acquirer.jsonl").read_bytes().splitlines()) <= 123
    assert list(store_in(tmp_path, most=10).intents) == last


def test_a_line_that_was_cut_off_spoils_nothing(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.put(intent(1), kept(1))
    store.put(intent(2), kept(2))
    path = tmp_path / "acquirer.jsonl"
    path.write_bytes(path.read_bytes()[:-10])
    again = store_in(tmp_path)
    assert list(again.keys) == ["key-1"]
    again.put(intent(3), kept(3))
    assert list(store_in(tmp_path).keys) == ["key-1", "key-3"]
    path.write_bytes(b'\xff\xfe\n[]\n{}\nnull\n{"line": "Kept"}\n')
    assert store_in(tmp_path).intents == {}


def acquirer_in(folder: Path, behaviour: Behaviour = Behaviour.SUCCEEDS) -> Acquirer:
    store = store_in(folder)
    store.put(Method("pm_1", NOW, "visa", "4242", 12, 2034, "f", behaviour))
    return Acquirer(store, folder)


def order(amount: int = 100, currency: str = "usd", method: str = "pm_1") -> Order:
    return Order(amount, currency, method, "", {})


def test_a_session_is_open_for_half_an_hour_and_complete_once(tmp_path: Path) -> None:
    acquirer = acquirer_in(tmp_path)
    session = acquirer.open_session(
        now=NOW,
        currency="EUR",
        success_url="http://localhost/",
        cancel_url="",
        reference="",
        metadata={},
        locale="",
    )
    assert session.currency == "eur"
    assert session.status(NOW + 1799) == "open"
    assert session.status(NOW + 1800) == "expired"
    card = {"number": "4242424242424242", "month": 12, "year": 2034}
    with pytest.raises(Invalid):
        acquirer.enter_card(session, now=NOW + 1800, **card)  # type: ignore[arg-type]
    complete = acquirer.enter_card(session, now=NOW + 1799, **card)  # type: ignore[arg-type]
    assert complete.status(NOW + 1_000_000) == "complete"
    with pytest.raises(Invalid):
        acquirer.enter_card(complete, now=NOW, **card)  # type: ignore[arg-type]


def test_a_processing_charge_settles_when_it_is_time_and_once(tmp_path: Path) -> None:
    acquirer = acquirer_in(tmp_path, Behaviour.PROCESSING)
    charged, decision = acquirer.charge(order(), now=NOW)
    assert decision.settles_in == 20
    acquirer.store.put(charged)
    acquirer.settle(NOW + 19)
    assert acquirer.intent(charged.id).status is Status.PROCESSING
    acquirer.settle(NOW + 20)
    acquirer.settle(NOW + 21)
    assert acquirer.intent(charged.id).status is Status.SUCCEEDED
    assert [event.kind for event in acquirer.store.undelivered.values()] == ["payment_intent.succeeded"]


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        (order(0), "amount"),
        (order(-1), "amount"),
        (order(1_000_000_000_000), "amount"),
        (order(currency="xyz"), "currency"),
        (order(currency=""), "currency"),
        (order(method="pm_2"), "payment_method"),
    ],
)
def test_an_order_that_cannot_be_carried_out_leaves_nothing(tmp_path: Path, wrong: Order, param: str) -> None:
    acquirer = acquirer_in(tmp_path)
    with pytest.raises(Invalid) as refused:
        acquirer.charge(wrong, now=NOW)
    assert refused.value.param == param
    assert acquirer.store.intents == {}


def test_parts_given_back_are_never_more_than_the_whole(tmp_path: Path) -> None:
    acquirer = acquirer_in(tmp_path)
    charged, _ = acquirer.charge(order(100), now=NOW)
    given = 0
    for amount in (40, 61, 0, -5, 59, 1, 1):
        try:
            refund, charged = acquirer.refund(charged, now=NOW, amount=amount, reason="", metadata={})
        except Invalid:
            continue
        given += refund.amount
    assert given == charged.refunded == 100
