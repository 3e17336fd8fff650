"""One sandbox for the tests of a module, with every switch back on `works` before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.okpay_sandbox.running import Running, running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A sandbox that the tests of a module share."""
    with running(tmp_path_factory.mktemp("sandbox")) as found:
        yield found


@pytest.fixture
def sandbox(shared: Running) -> Running:
    """The sandbox of the module, empty and without failures."""
    shared.set_switches(**{channel: {"mode": "works"} for channel in ("mail", "sms", "cards")})
    shared.ask("/control/v1/messages", "DELETE")
    return shared
