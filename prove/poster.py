"""The program that is killed: some clients, each sending one item after another through the batcher.

`python -m prove.poster FOLDER CLIENTS SEED`. When it starts, each client first sends again what its journal says was
never answered. SIGTERM ends it properly: every client gets its last answer.
"""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from pathlib import Path

import django

from okpay.base.batching import Batcher
from okpay.base.errors import Unavailable
from okpay.base.ids import new_uuid7
from okpay.base.retrying import is_retriable
from okpay.ledger.actions import post_many, seal
from okpay.ledger.records import Capture, Count, Item, Leg, Outcome, Post, Release, Reserve
from prove.book import DEADLINE, POOR_ACCOUNT, WALLETS
from prove.journal import Journal, Story

_PAUSE_SECONDS = 0.05
_PATIENCE_SECONDS = 30
_SEALING_SECONDS = 0.5


class Client(threading.Thread):
    """Somebody who sends an item, waits for the answer, and sends the item again for as long as none comes."""

    def __init__(self, number: int, folder: Path, seed: str, batcher: Batcher, stop: threading.Event) -> None:
        super().__init__(name=f"client-{number}")
        path = folder / f"client-{number}.journal"
        self._story = Story()
        if path.exists():
            self._story.read(path)
        self._journal = Journal(path)
        self._random = random.Random(seed)
        self._batcher, self._stop_event = batcher, stop
        self._open_holds = _open_holds(self._story)

    def run(self) -> None:
        """Send until told to stop."""
        for item in self._story.in_doubt():
            self._journal.again(item)
            self._send(item)
        while not self._stop_event.is_set():
            item = self._next_item()
            self._journal.sent(item)
            outcome = self._send(item)
            if isinstance(item, Reserve) and outcome in (Outcome.POSTED, Outcome.REPLAYED):
                self._open_holds.append(item)
            if self._random.random() < 0.03:
                self._journal.twice(item)
                self._send(item)

    def _send(self, item: Item) -> Outcome:
        while True:
            try:
                result = self._batcher.submit(post_many, item).result(timeout=_PATIENCE_SECONDS)
            except Exception as error:
                if not isinstance(error, Unavailable | TimeoutError) and not is_retriable(error):
                    raise
                time.sleep(_PAUSE_SECONDS)
                self._journal.again(item)
            else:
                self._journal.answered(item, result.outcome)
                return result.outcome

    def _next_item(self) -> Item:
        chance, amount = self._random.random(), self._random.randint(1, 100)
        payer, payee, fees = self._random.sample(WALLETS, 3)
        if self._open_holds and chance < 0.15:
            hold = self._open_holds.pop()
            if chance < 0.05:
                return Release(new_uuid7(), "release", hold.id)
            part = self._random.randint(1, hold.amount_minor)
            return Capture(
                new_uuid7(), "capture", hold.id, (Leg(hold.account_id, _other(hold.account_id, payee), part),)
            )
        if chance < 0.30:
            return Reserve(new_uuid7(), "reserve", payer, amount, DEADLINE, (Count(payer, amount),))
        if chance < 0.32:
            return Post(new_uuid7(), "transfer", (Leg(POOR_ACCOUNT, payee, amount),))
        legs = (
            (Leg(payer, payee, amount),) if chance < 0.8 else (Leg(payer, payee, amount), Leg(payer, fees, 1))
        )
        return Post(new_uuid7(), "transfer", legs, (Count(payer, amount),))


def _other(held: int, account: int) -> int:
    return account if account != held else WALLETS[account % len(WALLETS)]


def _open_holds(story: Story) -> list[Reserve]:
    closing = {item.hold_id for item in story.sent.values() if isinstance(item, Capture | Release)}
    return [item for item in story.accepted() if isinstance(item, Reserve) and item.id not in closing]


def _seal_now_and_then(stop: threading.Event) -> None:
    while not stop.wait(_SEALING_SECONDS):
        try:
            seal()
        except Exception as error:
            if not is_retriable(error):
                raise
            django.db.connection.close()


def main(argv: list[str]) -> int:
    """Start the clients and wait for them; return 1 when one of them failed."""
    django.setup()
    folder, clients, seed = Path(argv[0]), int(argv[1]), argv[2]
    failed: list[object] = []
    stop = threading.Event()

    def note(failure: threading.ExceptHookArgs) -> None:
        failed.append(failure)
        stop.set()
        threading.__excepthook__(failure)

    threading.excepthook = note
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    batcher = Batcher(writers=2)
    threads = [Client(number, folder, f"{seed}-{number}", batcher, stop) for number in range(clients)]
    sealer = threading.Thread(target=_seal_now_and_then, args=[stop])
    for thread in [*threads, sealer]:
        thread.start()
    for thread in [*threads, sealer]:
        thread.join()
    return 0 if batcher.close() and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
