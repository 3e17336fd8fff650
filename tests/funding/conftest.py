"""What the tests of top-ups begin with: nothing is due, and a clock that a test sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from okpay.base import clock as base_clock
from okpay.funding.models import TopUp
from tests.factories.ledger import FAR


@dataclass
class Clock:
    """A clock that goes when it is told to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **span: int) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    """Give a clock, and leave nothing due from other tests."""
    TopUp.objects.filter(due_at__isnull=False).update(due_at=FAR)
    # What a test begins on the real clock is due by then.
    return Clock(base_clock.now() + timedelta(seconds=5))
