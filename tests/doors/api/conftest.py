"""The API, served as `./okpay run --role api` serves it, in a thread of the tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from django.db import connections
from pytest_django import DjangoDbBlocker

from okpay.config.serving import http_config
from tests.doors.api.programs import EVERYTHING, Program, new_key
from tests.factories.transfers import Holder

NewProgram = Callable[..., Program]


@contextmanager
def served(role: str = "api") -> Iterator[int]:
    """Serve the application and give the port that it answers on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(http_config(role))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="session")
def api_port(django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    """Where the API answers."""
    with django_db_blocker.unblock(), served() as port:
        yield port
        connections.close_all()


@pytest.fixture
def program(api_port: int) -> Iterator[NewProgram]:
    """Make programs of customers, each with a key of its own."""
    made: list[Program] = []

    def make(holder: Holder, scopes: Any = EVERYTHING, **more: Any) -> Program:
        made.append(Program(api_port, new_key(holder, scopes, **more).secret))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def nobody(api_port: int) -> Iterator[Program]:
    """A program without a key."""
    found = Program(api_port, "")
    yield found
    found.close()
