"""What runs in the background, and who listens to which facts."""

from __future__ import annotations

from okpay.base.outbox import Listener
from okpay.base.relay import Relay
from okpay.config.worker import Loop

LISTENERS: tuple[Listener, ...] = ()
"""Every listener of the outbox. A room that listens adds one here."""


def worker_loops() -> list[Loop]:
    """Return the loops of `--role worker` and `--role all`."""
    return [Loop("relay", Relay(LISTENERS).run_once, idle_seconds=0.2)]
