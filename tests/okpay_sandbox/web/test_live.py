"""Live events as a page hears them."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.okpay_sandbox.running import Running, running


@contextmanager
def listening(sandbox: Running) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=10)
    connection.request("GET", "/events")
    with connection.getresponse() as answer:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.readline() == b"retry: 2000\n"
        assert answer.readline() == b"\n"
        yield answer
    connection.close()


def test_what_arrives_is_told_at_once(sandbox: Running) -> None:
    with listening(sandbox) as events:
        sandbox.send_mail("anna@example.com", "Secret", "text")
        line = events.readline()
    assert line.startswith(b"data: ")
    assert json.loads(line[6:]) == {"kind": "arrived", "channel": "mail", "person": "anna@example.com"}


def test_not_more_listen_than_the_machine_bears(tmp_path: Path) -> None:
    with running(tmp_path) as sandbox, ExitStack() as open_:
        for _ in range(100):
            open_.enter_context(listening(sandbox))
        assert sandbox.ask("/events").status == 503


def test_open_pages_do_not_hold_up_the_end(tmp_path: Path) -> None:
    with ExitStack() as open_:
        with running(tmp_path) as sandbox:
            events = open_.enter_context(listening(sandbox))
        assert events.read() == b""
