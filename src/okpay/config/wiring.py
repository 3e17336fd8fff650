"""What runs in the background, and who listens to which facts."""

from __future__ import annotations

from functools import partial

from okpay.base import clock
from okpay.base.outbox import Listener
from okpay.base.relay import Relay
from okpay.config.worker import Loop
from okpay.doors.web import live_listener, movement_messages
from okpay.doors.web.accounts import api_keys, payment_passwords, recovery
from okpay.funding import actions as funding
from okpay.identity import actions as identity
from okpay.ledger import actions as ledger
from okpay.movements import actions as movements
from okpay.notifications import actions as notifications
from okpay.notifications.records import Channel
from okpay.transfers import actions as transfers
from okpay.wallets import actions as wallets

LISTENERS: tuple[Listener, ...] = (
    api_keys.listener(),
    live_listener.listener(),
    movement_messages.listener(),
    payment_passwords.listener(),
    Listener("feed", movements.FEEDS, movements.feed),
    Listener("transfers", transfers.WAKES, transfers.wake),
)
"""Every listener of the outbox. A room that listens adds one here."""


def worker_loops() -> list[Loop]:
    """Return the loops of `--role worker` and `--role all`."""
    return [
        Loop("relay", Relay(LISTENERS).run_once, idle_seconds=0.2),
        Loop("sealer", _seal, idle_seconds=1.0),
        # One each, so that a slow mail server holds up no code on its way to a telephone.
        Loop("mail", partial(notifications.deliver_once, channels=(Channel.MAIL,)), idle_seconds=0.2),
        Loop("sms", partial(notifications.deliver_once, channels=(Channel.SMS,)), idle_seconds=0.2),
        Loop("recovery", recovery.answer_recovery_requests, idle_seconds=0.2),
        Loop("transfers", _settle, idle_seconds=0.5),
        # Three, because each waits for the acquirer's answer.
        *(Loop(f"cards {number}", _charge, idle_seconds=0.3) for number in (1, 2, 3)),
        Loop("maturing", _mature, idle_seconds=60.0),
        Loop("old deliveries", _forget, idle_seconds=60.0),
        Loop("old drafts", _clear_drafts, idle_seconds=600.0),
        Loop("abandoned sign-ups", _clear_abandoned, idle_seconds=600.0),
        Loop("old confirmations", _clear_confirmations, idle_seconds=600.0),
    ]


def _seal() -> int:
    sealed = ledger.seal()
    return sealed.entry_count if sealed else 0


def _charge() -> int:
    return funding.charge_due()


def _settle() -> int:
    return transfers.settle_once(now=clock.now())


def _clear_drafts() -> int:
    return transfers.clear_old(now=clock.now()) + funding.clear_old(now=clock.now())


def _mature() -> int:
    return wallets.mature_once(now=clock.now())


def _forget() -> int:
    return notifications.forget_old(now=clock.now())


def _clear_abandoned() -> int:
    return identity.clear_abandoned(now=clock.now())


def _clear_confirmations() -> int:
    return identity.clear_confirmations(now=clock.now())
